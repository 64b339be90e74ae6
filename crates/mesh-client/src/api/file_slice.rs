//! A stretch of a file as a stream. It is read by position, so that one descriptor serves several readers, and
//! one piece ahead.

use std::fs::File;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use tokio::task::{JoinHandle, spawn_blocking};

/// Bytes read at a time; two such pieces are in memory at most.
const PIECE: u64 = 256 * 1024;

/// Bytes `start` to `end` of a file.
#[derive(Debug)]
pub(crate) struct FileSlice {
    file: Arc<File>,
    /// Where the next piece begins.
    next: u64,
    end: u64,
    /// Where in the file it is, for others to watch.
    position: Arc<AtomicU64>,
    reading: Option<JoinHandle<io::Result<Vec<u8>>>>,
}

impl FileSlice {
    pub fn new(file: Arc<File>, start: u64, end: u64, position: Arc<AtomicU64>) -> Self {
        position.store(start, Ordering::Relaxed);
        Self {
            file,
            next: start,
            end,
            position,
            reading: None,
        }
    }

    /// Begins to read the next piece, when there is one.
    fn read_ahead(&mut self) {
        let length = self.end.saturating_sub(self.next).min(PIECE);
        if length > 0 {
            let (file, at) = (self.file.clone(), self.next);
            self.reading = Some(spawn_blocking(move || read_at(&file, at, length)));
        }
    }
}

/// The pieces, as they are read.
impl Stream for FileSlice {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.reading.is_none() {
            self.read_ahead();
        }
        let Some(reading) = self.reading.as_mut() else {
            return Poll::Ready(None);
        };
        let piece = ready!(Pin::new(reading).poll(cx));
        self.reading = None;
        let piece = piece.map_err(io::Error::other)??;
        self.next += piece.len() as u64;
        self.position.store(self.next, Ordering::Relaxed);
        self.read_ahead();
        Poll::Ready(Some(Ok(piece.into())))
    }
}

/// Reads at most `length` bytes, and at least one.
fn read_at(file: &File, at: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut piece = vec![0; usize::try_from(length).unwrap_or_default()];
    let read = loop {
        match read_once(file, &mut piece, at) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => break read?,
        }
    };
    if read == 0 {
        let what = "the file became shorter while it was read";
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
    }
    piece.truncate(read);
    Ok(piece)
}

#[cfg(unix)]
fn read_once(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

#[cfg(windows)]
fn read_once(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}
