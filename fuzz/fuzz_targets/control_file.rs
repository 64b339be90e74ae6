//! A control file: what is read is read the same when it is written, in either layout, and what
//! is wrong is told.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesh::{ControlFile, control_file};

fuzz_target!(|bytes: &[u8]| {
    let (file, places) = match ControlFile::read_with_places(bytes) {
        Ok(read) => read,
        Err(error) => {
            assert!(!control_file::unreadable(&error).expected.is_empty());
            return;
        }
    };
    if let Err(faults) = control_file::check(&file, &places, None) {
        assert!(!faults.is_empty());
    }
    for written in [file.write(), file.write_received()] {
        let again = ControlFile::read(&written).expect("what was written is read");
        assert!(
            again == file,
            "changed by writing: {file:?} became {again:?}"
        );
    }
});
