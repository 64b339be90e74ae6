//! Downloading one message: a small one into memory, a larger one into a directory of its own in TEMP. A message in
//! several chunks goes on at the first chunk that is missing; a chunk whose connection broke is fetched again from
//! its beginning.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use mesh::{MessageType, ReceivedHeaders};
use nhs::MessageId;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::writer::Writer;
use crate::ClientError;
use crate::agent::disk::Disk;
use crate::agent::environment::Environment;
use crate::agent::event::{Direction, Event};
use crate::agent::files::{make_private_directory, nameless, read_own};
use crate::agent::live_status::{LiveStatus, TransferProgress};
use crate::agent::room::Room;
use crate::agent::turns::{Turn, Turns};
use crate::api::{MeshClient, Pieces};
use crate::config::Options;

pub(super) const DATA: &str = "data";
/// What of a message in several chunks is on disk.
pub(super) const PARTS: &str = "parts";
/// A message of at most so many bytes stays in memory until it is published.
const SMALL: usize = 128 * 1024;
/// A server keeps a message for 30 days.
const KEEP: SignedDuration = SignedDuration::from_hours(31 * 24);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parts {
    chunks: u32,
    total: u32,
    bytes: u64,
    since: Timestamp,
}

/// A message that is whole.
#[derive(Debug)]
pub(super) struct Downloaded {
    pub headers: ReceivedHeaders,
    pub data: Data,
}

/// How far the download of a message came.
pub(super) enum Fetched {
    Whole(Box<Downloaded>),
    /// Told to stop between two chunks.
    Stopped,
    /// It does not stay in memory, and another such one is on its way.
    IsLarge,
}

/// Where a message's data is.
#[derive(Debug)]
pub(super) enum Data {
    /// In memory, and nothing of it in TEMP.
    Memory(Vec<u8>),
    /// In its directory in TEMP, on disk.
    Written,
}

/// Whether half a message in TEMP can be gone on with.
pub(super) fn is_worth_keeping(directory: &Path, now: Timestamp) -> bool {
    read_parts(directory).is_some_and(|parts| now.duration_since(parts.since) < KEEP)
}

/// Makes a directory no longer worth keeping.
pub(super) fn forget_parts(directory: &Path) -> io::Result<()> {
    match fs::remove_file(directory.join(PARTS)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Downloads messages.
pub(super) struct Downloader {
    client: MeshClient,
    disk: Disk,
    live: Arc<LiveStatus>,
    environment: Environment,
    options: Arc<Options>,
    /// Directories in TEMP that may hold half a message.
    halves: Mutex<HashSet<PathBuf>>,
    /// Messages on their way at once that do not stay in memory.
    large: Turns,
}

impl Downloader {
    pub fn new(
        client: MeshClient,
        disk: Disk,
        live: Arc<LiveStatus>,
        environment: Environment,
        options: Arc<Options>,
        large: usize,
    ) -> Self {
        Self {
            client,
            disk,
            live,
            environment,
            large: Turns::new(large),
            options,
            halves: Mutex::default(),
        }
    }

    /// Takes note of the directories in TEMP that hold half a message.
    pub fn know_halves(&self, halves: Vec<PathBuf>) {
        *self.halves() = halves.into_iter().collect();
    }

    fn halves(&self) -> std::sync::MutexGuard<'_, HashSet<PathBuf>> {
        self.halves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until another message may be on its way that does not stay in memory; `None` when told to stop.
    pub async fn large_turn(&self, stop: &CancellationToken) -> Option<Turn> {
        self.large.next(stop).await
    }

    /// Downloads a message; a large one as long as it has, or can have, a turn as such.
    ///
    /// # Errors
    /// As [`MeshClient::chunk`]; [`ClientError::TooLarge`] and [`ClientError::File`].
    pub async fn download(
        &self,
        id: &MessageId,
        directory: &Path,
        large: Option<Turn>,
        stop: &CancellationToken,
    ) -> Result<Fetched, ClientError> {
        let place = directory.file_name().unwrap_or_default();
        let place = place.to_string_lossy();
        let now = self.environment.now();
        let progress = self.live.begin(Direction::Receive, &place, None, now);
        let Some(mut taking) = self.begin(id, directory, large).await? else {
            return Ok(Fetched::IsLarge);
        };
        let headers = self.take_chunks(id, &mut taking, &progress, stop).await;
        if taking.gives_way {
            return Ok(Fetched::IsLarge);
        }
        // What came is noted before anything else is done about an error.
        let data = match taking.into {
            Into::Memory(bytes) => Ok(Data::Memory(bytes)),
            Into::File(writer) => writer.finish().await.map(|()| Data::Written),
        };
        let (Some(headers), data) = (headers?, data?) else {
            return Ok(Fetched::Stopped);
        };
        let is_report = headers.message_type == MessageType::Report;
        let data = match data {
            Data::Memory(_) if is_report => Data::Memory(Vec::new()),
            Data::Written if is_report => {
                let path = directory.join(DATA);
                let work = move |_: &_| fs::remove_file(path);
                self.disk.run("writing a message", work).await?;
                Data::Written
            }
            data => data,
        };
        Ok(Fetched::Whole(Box::new(Downloaded { headers, data })))
    }

    /// Takes chunk by chunk until the message is whole; `None` when told to stop between two.
    async fn take_chunks(
        &self,
        id: &MessageId,
        taking: &mut Taking<'_>,
        progress: &TransferProgress,
        stop: &CancellationToken,
    ) -> Result<Option<ReceivedHeaders>, ClientError> {
        let (mut headers, mut room) = (None, self.room());
        while headers.is_none() || taking.parts.chunks < taking.parts.total {
            if stop.is_cancelled() {
                return Ok(None);
            }
            let index = taking.parts.chunks + 1;
            progress.at(Some(id), index, taking.parts.total);
            let received = self.chunk(index, taking, &mut room).await?;
            progress.reach(taking.parts.bytes);
            let range = received.chunk_range;
            let is_report = received.message_type == MessageType::Report;
            let total = taking.parts.total;
            let as_asked = range.index() == index && (index == 1 || range.total() == total);
            if !is_report && !as_asked {
                let what = "another chunk than the one asked for";
                return Err(ClientError::Answer(what.to_owned()));
            }
            taking.parts.chunks = index;
            taking.parts.total = range.total().max(1);
            if taking.parts.total > 1 {
                let parts = taking.parts;
                taking.writer().await?.note(parts).await?;
            }
            headers = Some(received);
        }
        Ok(headers)
    }

    /// Whether there is room for any message.
    ///
    /// # Errors
    /// [`ClientError::NoRoom`] and [`ClientError::File`].
    pub fn check_room(&self) -> Result<(), ClientError> {
        self.room().check()
    }

    fn room(&self) -> Room {
        let temp = self.disk.directories().temp.clone();
        Room::new(temp, self.options.message_limit)
    }

    /// Removes what there is of a message.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn discard(&self, directory: &Path) -> Result<(), ClientError> {
        self.halves().remove(directory);
        let directory = directory.to_owned();
        let work = move |_: &_| match fs::remove_dir_all(directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        self.disk.run("clearing TEMP", work).await
    }

    /// Begins in memory, or goes on with what an earlier try left of a message in several chunks; `None` when that
    /// must wait for its turn.
    async fn begin<'a>(
        &'a self,
        id: &'a MessageId,
        directory: &'a Path,
        large: Option<Turn>,
    ) -> Result<Option<Taking<'a>>, ClientError> {
        let mut taking = Taking {
            downloader: self,
            id,
            directory,
            parts: Parts {
                chunks: 0,
                total: 1,
                bytes: 0,
                since: self.environment.now(),
            },
            into: Into::Memory(Vec::new()),
            large,
            gives_way: false,
        };
        if self.halves().contains(directory) {
            if !taking.may_be_large() {
                return Ok(None);
            }
            let place = directory.to_owned();
            let left = self
                .disk
                .run("making room in TEMP", move |_| reopen(&place));
            if let Some((file, parts)) = left.await? {
                taking.parts = parts;
                taking.into = Into::File(taking.writing(file, parts.bytes));
            }
        }
        Ok(Some(taking))
    }

    async fn chunk(
        &self,
        index: u32,
        taking: &mut Taking<'_>,
        room: &mut Room,
    ) -> Result<ReceivedHeaders, ClientError> {
        let before = taking.parts.bytes;
        let mut tried = 1;
        loop {
            let chunk = self.client.chunk(taking.id, index).await?;
            let headers = chunk.headers().clone();
            let allow = |bytes: u64| room.allow(before.saturating_add(bytes));
            match chunk.copy_while(taking, allow).await {
                Ok(length) => {
                    taking.parts.bytes += length;
                    return Ok(headers);
                }
                Err(ClientError::Interrupted(_) | ClientError::Silent)
                    if tried < self.client.tries() =>
                {
                    taking.cut_to(before).await?;
                    tokio::time::sleep(self.client.pause(tried, None)).await;
                    tried += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// A message that is being taken.
struct Taking<'a> {
    downloader: &'a Downloader,
    id: &'a MessageId,
    directory: &'a Path,
    parts: Parts,
    into: Into,
    /// Its turn as a large message.
    large: Option<Turn>,
    /// It is a large one, and has no turn as such.
    gives_way: bool,
}

enum Into {
    Memory(Vec<u8>),
    File(Writer),
}

impl Taking<'_> {
    /// Takes a turn as a large message, if there is one.
    fn may_be_large(&mut self) -> bool {
        if self.large.is_none() {
            self.large = self.downloader.large.at_once();
        }
        self.large.is_some()
    }

    /// What writes it into its directory; what is in memory goes there first.
    async fn writer(&mut self) -> Result<&mut Writer, ClientError> {
        if matches!(self.into, Into::Memory(_)) && !self.may_be_large() {
            self.gives_way = true;
            let later = io::ErrorKind::WouldBlock.into();
            return Err(ClientError::File("writing a message", later));
        }
        if let Into::Memory(bytes) = &mut self.into {
            let (bytes, place) = (std::mem::take(bytes), self.directory.to_owned());
            self.downloader.halves().insert(place.clone());
            let made = self
                .downloader
                .disk
                .run("making room in TEMP", move |_| make_empty(&place));
            let mut writer = self.writing(made.await?, 0);
            writer.take(bytes.into()).await?;
            self.into = Into::File(writer);
        }
        match &mut self.into {
            Into::File(writer) => Ok(writer),
            Into::Memory(_) => Err(ClientError::File(
                "writing a message",
                io::ErrorKind::Other.into(),
            )),
        }
    }

    fn writing(&self, file: fs::File, at: u64) -> Writer {
        let environment = self.downloader.environment.clone();
        let mailbox = self.downloader.client.mailbox().clone();
        let message = self.id.clone();
        let noted = move |parts: Parts| {
            environment.notify(Event::Progress {
                mailbox: mailbox.clone(),
                direction: Direction::Receive,
                message: message.clone(),
                chunk: parts.chunks,
                chunks: parts.total,
                bytes: parts.bytes,
            });
        };
        let place = self.directory.to_owned();
        Writer::begin(file, at, place, Box::new(noted))
    }

    async fn cut_to(&mut self, bytes: u64) -> Result<(), ClientError> {
        match &mut self.into {
            Into::Memory(held) => {
                held.truncate(usize::try_from(bytes).unwrap_or_default());
                Ok(())
            }
            Into::File(writer) => writer.cut_to(bytes).await,
        }
    }
}

impl Pieces for Taking<'_> {
    async fn take(&mut self, piece: Bytes) -> Result<(), ClientError> {
        if let Into::Memory(held) = &mut self.into
            && held.len() + piece.len() <= SMALL
        {
            held.extend_from_slice(&piece);
            return Ok(());
        }
        self.writer().await?.take(piece).await
    }
}

/// Opens what an earlier try left of a message in several chunks.
fn reopen(directory: &Path) -> io::Result<Option<(fs::File, Parts)>> {
    let path = directory.join(DATA);
    let left = read_parts(directory).filter(|parts| {
        let there = fs::metadata(&path).map_or(0, |data| data.len());
        parts.chunks < parts.total && parts.bytes <= there
    });
    let Some(parts) = left else {
        return Ok(None);
    };
    let file = fs::File::options().write(true).open(&path)?;
    file.set_len(parts.bytes)?;
    Ok(Some((file, parts)))
}

/// Makes the directory of a message and its empty data file; what was left there goes.
fn make_empty(directory: &Path) -> io::Result<fs::File> {
    make_anew(directory)?;
    let path = directory.join(DATA);
    durable::create_new(&path, durable::Access::GroupReads).map_err(nameless)
}

/// Makes the directory of a message; what was left there goes.
pub(super) fn make_anew(directory: &Path) -> io::Result<()> {
    match make_private_directory(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_dir_all(directory)?;
            make_private_directory(directory)
        }
        made => made,
    }
}

fn read_parts(directory: &Path) -> Option<Parts> {
    serde_json::from_slice(&read_own(&directory.join(PARTS)).ok()?).ok()
}
