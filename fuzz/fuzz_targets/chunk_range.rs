//! `Mex-Chunk-Range`: what is read is in order, and is read the same when it is written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesh::ChunkRange;

fuzz_target!(|text: &str| {
    let sent = ChunkRange::parse(text);
    let received = ChunkRange::parse_received(text);
    if let Ok(range) = sent {
        assert!(range.index() >= 1 && range.index() <= range.total());
        assert_eq!(range.is_first(), range.index() == 1);
        assert_eq!(range.is_last(), range.index() == range.total());
        assert_eq!(ChunkRange::new(range.index(), range.total()), Ok(range));
        assert_eq!(received, Ok(range), "sent and received differ");
        // The numbers read may have leading zeros but are never longer than what was read.
        assert_eq!(ChunkRange::parse(&range.to_string()), Ok(range));
    }
    match received {
        Ok(range) if sent.is_err() => assert_eq!(range, ChunkRange::REPORT),
        Ok(_) => {}
        Err(_) => assert!(sent.is_err()),
    }
});
