//! Whether gzip can be expanded: of a body that comes in while it is passed on, of a stored one before the
//! answer's head is written. Memory is bounded whatever the body holds, and so is the work: beyond
//! [`LONGEST`] expanded bytes nothing more is looked at.

use std::io::{self, Write};

use async_compression::tokio::bufread::GzipDecoder;
use axum::body::Bytes;
use flate2::write::GzDecoder;
use tokio::io::{AsyncBufRead, AsyncReadExt};

/// How gzip begins.
pub(crate) const MAGIC: &[u8] = &[0x1f, 0x8b];
/// So many expanded bytes are looked at: as many as the largest request, five times over.
const LONGEST: u64 = 512 * 1024 * 1024;
/// What is expanded up to here is kept, so that it need not be expanded again.
const KEPT: usize = 1024 * 1024;
const PIECE: usize = 64 * 1024;

/// Follows a body that is declared gzip as it comes in. One that does not begin as gzip is nobody's gzip
/// and is not judged; neither is what follows the first member.
pub(crate) enum Incoming {
    /// Nothing but the first byte, or not that.
    Begins(Vec<u8>),
    Expanding(Box<GzDecoder<Counted>>),
    /// Nothing more to look at.
    Settled,
}

impl Incoming {
    pub(crate) fn new() -> Self {
        Self::Begins(Vec::new())
    }

    /// The next bytes of the body.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Self::Begins(begun) = self {
            begun.extend_from_slice(bytes);
            if begun.len() < MAGIC.len() {
                return Ok(());
            }
            let begun = std::mem::take(begun);
            if !begun.starts_with(MAGIC) {
                *self = Self::Settled;
                return Ok(());
            }
            *self = Self::Expanding(Box::new(GzDecoder::new(Counted(0))));
            return self.expand(&begun);
        }
        self.expand(bytes)
    }

    fn expand(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while let Self::Expanding(decoder) = self
            && !bytes.is_empty()
        {
            let taken = decoder.write(bytes)?;
            bytes = bytes.get(taken..).unwrap_or_default();
            if decoder.get_ref().0 > LONGEST {
                *self = Self::Settled;
            } else if taken == 0 {
                decoder.try_finish()?;
                *self = Self::Settled;
            }
        }
        Ok(())
    }

    /// After the last byte of the body: whether the gzip has its end.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Expanding(decoder) => decoder.try_finish(),
            Self::Begins(_) | Self::Settled => Ok(()),
        }
    }
}

/// Counts what is expanded and keeps none of it.
pub(crate) struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a stored gzip holds.
pub(crate) enum Expanded {
    /// All of it.
    Whole(Bytes),
    /// More than is kept, and nothing wrong with it as far as was looked.
    Long,
}

/// Expands a stored body to its end.
pub(crate) async fn expand(stored: impl AsyncBufRead + Unpin) -> io::Result<Expanded> {
    let mut decoder = GzipDecoder::new(stored);
    decoder.multiple_members(true);
    let mut kept = Vec::new();
    let mut limited = decoder.take(KEPT as u64 + 1);
    limited.read_to_end(&mut kept).await?;
    if kept.len() <= KEPT {
        return Ok(Expanded::Whole(kept.into()));
    }
    let mut decoder = limited.into_inner();
    let mut piece = vec![0; PIECE];
    let mut expanded = kept.len() as u64;
    drop(kept);
    while expanded < LONGEST {
        match decoder.read(&mut piece).await? {
            0 => break,
            read => expanded += read as u64,
        }
    }
    Ok(Expanded::Long)
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn judged(body: &[u8], piece: usize) -> io::Result<()> {
        let mut incoming = Incoming::new();
        for piece in body.chunks(piece) {
            incoming.take(piece)?;
        }
        incoming.finish()
    }

    proptest! {
        #[test]
        fn whole_gzip_passes_and_cut_or_changed_gzip_does_not(
            bytes in proptest::collection::vec(any::<u8>(), 1..2000),
            piece in 1usize..300,
            at: prop::sample::Index,
        ) {
            let whole = gzip(&bytes);
            prop_assert!(judged(&whole, piece).is_ok());
            // the first ten bytes are the header: time and system say nothing about the contents
            let at = 10 + at.index(whole.len() - 10);
            prop_assert!(judged(&whole[..at], piece).is_err());
            let mut changed = whole.clone();
            let last = changed.len() - 6;
            changed[last] ^= 1;
            prop_assert!(judged(&changed, piece).is_err());
        }
    }

    #[test]
    fn what_is_no_gzip_and_what_follows_a_member_is_not_judged() {
        assert!(judged(b"plain", 1).is_ok());
        assert!(judged(b"", 1).is_ok());
        let mut padded = gzip(b"padded");
        padded.extend([0; 100]);
        assert!(judged(&padded, 7).is_ok());
    }
}
