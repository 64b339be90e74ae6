//! Writing a message that does not stay in memory: on a thread of its own in large pieces, and pushed to the disk by
//! another while further ones arrive.

use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;

use bytes::Bytes;
use tokio::sync::mpsc as orders;
use tokio::task::JoinHandle;

use super::download::{PARTS, Parts};
use crate::ClientError;
use crate::agent::files::write_volatile;
use crate::api::Pieces;

/// Bytes handed to the writing thread at once.
const HAND_OVER: usize = 1024 * 1024;
/// Such amounts that wait for the thread.
const WAITING: usize = 4;
/// Bytes after which what was written is pushed to the disk.
const PUSH_EVERY: u64 = 16 * 1024 * 1024;

const WRITING: &str = "writing a message";

/// What the writing thread is to do.
enum Order {
    Write(Vec<Bytes>),
    /// Forget what is beyond: it is written again.
    CutTo(u64),
    /// A chunk is written; it is noted once it is on disk.
    Note(Parts),
}

/// Told of each chunk that is noted.
pub(super) type Noted = Box<dyn Fn(Parts) + Send>;

/// A file being written.
pub(super) struct Writer {
    orders: orders::Sender<Order>,
    /// Nothing once it has ended, and told why.
    work: Option<JoinHandle<io::Result<()>>>,
    pieces: Vec<Bytes>,
    held: usize,
}

impl Writer {
    /// Goes on writing `file` at `at`, in a message's directory.
    pub fn begin(file: File, at: u64, directory: PathBuf, noted: Noted) -> Self {
        let (orders, to_do) = orders::channel(WAITING);
        let work = move || write_all(file, at, directory, to_do, noted);
        Self {
            orders,
            work: Some(tokio::task::spawn_blocking(work)),
            pieces: Vec::new(),
            held: 0,
        }
    }

    /// Cuts the file to what was there before a chunk that is fetched again.
    pub async fn cut_to(&mut self, bytes: u64) -> Result<(), ClientError> {
        self.pieces.clear();
        self.held = 0;
        self.order(Order::CutTo(bytes)).await
    }

    /// A chunk is whole: it is noted once it is on disk, while the next comes.
    pub async fn note(&mut self, parts: Parts) -> Result<(), ClientError> {
        self.hand_over().await?;
        self.order(Order::Note(parts)).await
    }

    /// Waits until all of it is on disk.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn finish(mut self) -> Result<(), ClientError> {
        self.hand_over().await?;
        self.end().await
    }

    async fn hand_over(&mut self) -> Result<(), ClientError> {
        self.held = 0;
        match std::mem::take(&mut self.pieces) {
            pieces if pieces.is_empty() => Ok(()),
            pieces => self.order(Order::Write(pieces)).await,
        }
    }

    async fn order(&mut self, order: Order) -> Result<(), ClientError> {
        if self.orders.send(order).await.is_ok() {
            return Ok(());
        }
        // The thread ends early when it fails only.
        self.end().await?;
        let gone = io::Error::other("the writing thread is gone");
        Err(ClientError::File(WRITING, gone))
    }

    async fn end(&mut self) -> Result<(), ClientError> {
        let (closed, _) = orders::channel(1);
        self.orders = closed;
        let Some(work) = self.work.take() else {
            return Ok(());
        };
        let done = work.await;
        done.map_err(io::Error::other)
            .and_then(|done| done)
            .map_err(|error| ClientError::File(WRITING, error))
    }
}

impl Pieces for Writer {
    async fn take(&mut self, piece: Bytes) -> Result<(), ClientError> {
        // HTTP/2 may end a body with an empty frame, and writing nothing counts as a disk that takes no more.
        if piece.is_empty() {
            return Ok(());
        }
        self.held += piece.len();
        self.pieces.push(piece);
        if self.held >= HAND_OVER {
            self.hand_over().await?;
        }
        Ok(())
    }
}

/// The writing thread.
fn write_all(
    file: File,
    at: u64,
    directory: PathBuf,
    mut to_do: orders::Receiver<Order>,
    noted: Noted,
) -> io::Result<()> {
    let (to_push, pushes) = mpsc::channel();
    let (file, parts) = (&file, directory.join(PARTS));
    thread::scope(|scope| {
        let pushing = scope.spawn(move || push(file, &parts, &pushes, &noted));
        let written = carry_out(file, at, &mut to_do, &to_push);
        drop(to_push);
        let pushed = pushing.join();
        written?;
        pushed.unwrap_or_else(|_| Err(io::Error::other("the syncing thread ended early")))
    })
}

fn carry_out(
    mut file: &File,
    mut at: u64,
    to_do: &mut orders::Receiver<Order>,
    to_push: &mpsc::Sender<Option<Parts>>,
) -> io::Result<()> {
    use std::io::{Seek, SeekFrom};

    file.seek(SeekFrom::Start(at))?;
    let mut pushed = at;
    while let Some(order) = to_do.blocking_recv() {
        match order {
            Order::Write(pieces) => at += write_pieces(file, &pieces)?,
            Order::CutTo(bytes) => {
                file.set_len(bytes)?;
                file.seek(SeekFrom::Start(bytes))?;
                (at, pushed) = (bytes, pushed.min(bytes));
            }
            Order::Note(parts) => {
                pushed = at;
                // A thread that is gone has an error, which is told at the end.
                _ = to_push.send(Some(parts));
            }
        }
        if at - pushed >= PUSH_EVERY {
            pushed = at;
            _ = to_push.send(None);
        }
    }
    Ok(())
}

fn write_pieces(mut file: &File, pieces: &[Bytes]) -> io::Result<u64> {
    let mut slices: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
    let mut rest = slices.as_mut_slice();
    let mut written = 0;
    while !rest.is_empty() {
        match file.write_vectored(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                written += count as u64;
                IoSlice::advance_slices(&mut rest, count);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}

/// The thread that pushes what is written to the disk, and notes chunks once they are there.
fn push(
    file: &File,
    path: &std::path::Path,
    pushes: &mpsc::Receiver<Option<Parts>>,
    noted: &Noted,
) -> io::Result<()> {
    while let Ok(first) = pushes.recv() {
        // What was asked for meanwhile is done by one sync.
        let parts = std::iter::once(first).chain(pushes.try_iter());
        let parts: Vec<_> = parts.flatten().collect();
        file.sync_data()?;
        if let Some(last) = parts.last() {
            write_volatile(path, &serde_json::to_vec(last)?)?;
        }
        parts.into_iter().for_each(noted);
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_empty_piece_after_a_full_hand_over_is_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data");
        let file = File::create(&path).unwrap();
        let noted: Noted = Box::new(|_| {});
        let mut writer = Writer::begin(file, 0, directory.path().to_owned(), noted);
        for piece in [vec![7; HAND_OVER], Vec::new()] {
            writer.take(piece.into()).await.unwrap();
        }
        writer.finish().await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), vec![7; HAND_OVER]);
    }
}
