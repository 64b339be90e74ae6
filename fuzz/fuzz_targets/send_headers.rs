//! The headers of a send, from a text of `name: value` lines: what is read, written and read again is
//! the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesh::{ChunkHeaders, SendHeaders};

mod lines;

fuzz_target!(|bytes: &[u8]| {
    let headers = lines::headers(bytes);
    if let Ok(read) = SendHeaders::read(&headers) {
        let mut written = http::HeaderMap::new();
        read.write(&mut written)
            .expect("what was read can be written");
        let mut again = SendHeaders::read(&written).expect("what was written is read");
        if read.content_type.is_none() {
            // A body without a type is sent as octets.
            let octets = again.content_type.take();
            assert_eq!(octets.as_deref(), Some("application/octet-stream"));
        }
        assert!(
            again == read,
            "changed by writing: {read:?} became {again:?}"
        );
    }
    if let Ok(read) = ChunkHeaders::read(&headers) {
        let mut written = http::HeaderMap::new();
        read.write(&mut written)
            .expect("what was read can be written");
        assert_eq!(ChunkHeaders::read(&written).ok(), Some(read));
    }
});
