//! A control file: what is read is read the same when it is written, in either layout.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesh::ControlFile;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = ControlFile::read(bytes) else {
        return;
    };
    for written in [file.write(), file.write_received()] {
        let again = ControlFile::read(&written).expect("what was written is read");
        assert!(
            again == file,
            "changed by writing: {file:?} became {again:?}"
        );
    }
});
