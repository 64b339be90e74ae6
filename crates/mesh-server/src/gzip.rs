//! Whether gzip can be expanded: of a body that comes in while it is passed on, of a stored one before the
//! answer's head is written. Memory is bounded whatever the body holds, and so is the work: beyond
//! [`LONGEST`] expanded bytes, or two hundred times what came, nothing more is looked at.

use std::io::{self, Write};

use async_compression::tokio::bufread::GzipDecoder;
use axum::body::Bytes;
use flate2::write::GzDecoder;
use tokio::io::{AsyncBufRead, AsyncReadExt};

use crate::options::Options;

/// How gzip begins.
pub(crate) const MAGIC: &[u8] = &[0x1f, 0x8b];
/// So many expanded bytes are looked at: as many as the largest request, five times over.
const LONGEST: u64 = 512 * 1024 * 1024;
/// What is made of a gzip is more than this many times its length only up to [`FREE`] bytes: documents with
/// attachments stay below forty times, zeros reach a thousand.
const RATIO: u64 = 200;
const FREE: u64 = 10 * 1024 * 1024;
/// What is expanded up to here is kept, so that it need not be expanded again.
const KEPT: usize = 1024 * 1024;
const PIECE: usize = 64 * 1024;

/// The most bytes that the server makes of a stored gzip of so many bytes.
pub(crate) fn most_expanded(compressed: u64, options: &Options) -> u64 {
    within_ratio(compressed).min(options.expanded_bytes)
}

fn within_ratio(compressed: u64) -> u64 {
    compressed.saturating_mul(RATIO).max(FREE)
}

/// Follows a body that is declared gzip as it comes in. One that does not begin as gzip is nobody's gzip
/// and is not judged; neither is what follows the first member.
pub(crate) enum Incoming {
    /// Nothing but the first byte, or not that.
    Begins(Vec<u8>),
    Expanding {
        decoder: Box<GzDecoder<Counted>>,
        /// Bytes of gzip.
        taken: u64,
    },
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
            *self = Self::Expanding {
                decoder: Box::new(GzDecoder::new(Counted(0))),
                taken: 0,
            };
            return self.expand(&begun);
        }
        self.expand(bytes)
    }

    fn expand(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while let Self::Expanding { decoder, taken } = self
            && !bytes.is_empty()
        {
            let count = decoder.write(bytes)?;
            bytes = bytes.get(count..).unwrap_or_default();
            *taken += count as u64;
            if decoder.get_ref().0 > within_ratio(*taken).min(LONGEST) {
                *self = Self::Settled;
            } else if count == 0 {
                decoder.try_finish()?;
                *self = Self::Settled;
            }
        }
        Ok(())
    }

    /// After the last byte of the body: whether the gzip has its end.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Expanding { decoder, .. } => decoder.try_finish(),
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
    /// More than is kept, and nothing wrong with it.
    Long,
    /// More than is allowed; the rest was not looked at.
    TooLong,
}

/// Expands a stored body to its end, which may be `most` bytes from its beginning.
pub(crate) async fn expand(stored: impl AsyncBufRead + Unpin, most: u64) -> io::Result<Expanded> {
    let mut decoder = GzipDecoder::new(stored);
    decoder.multiple_members(true);
    let mut kept = Vec::new();
    let mut limited = decoder.take(KEPT as u64 + 1);
    limited.read_to_end(&mut kept).await?;
    let mut expanded = kept.len() as u64;
    if expanded <= most && kept.len() <= KEPT {
        return Ok(Expanded::Whole(kept.into()));
    }
    let mut decoder = limited.into_inner();
    let mut piece = vec![0; PIECE];
    drop(kept);
    while expanded <= most {
        match decoder.read(&mut piece).await? {
            0 => return Ok(Expanded::Long),
            read => expanded += read as u64,
        }
    }
    Ok(Expanded::TooLong)
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
