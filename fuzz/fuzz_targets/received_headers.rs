//! The headers of a download, from a text of `name: value` lines: what is read, written and read
//! again is the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesh::ReceivedHeaders;

mod lines;

fuzz_target!(|bytes: &[u8]| {
    let Ok(read) = ReceivedHeaders::read(&lines::headers(bytes)) else {
        return;
    };
    let mut written = http::HeaderMap::new();
    read.write(&mut written)
        .expect("what was read can be written");
    let mut again = ReceivedHeaders::read(&written).expect("what was written is read");
    if read.file_name.is_none() {
        // A server that has no file name writes the message id's.
        let name = again.file_name.take();
        assert_eq!(name, Some(format!("{}.dat", read.message_id)));
    }
    assert!(
        again == read,
        "changed by writing: {read:?} became {again:?}"
    );
});
