//! Downloading one message into a directory of its own in TEMP. A message in several chunks goes on
//! at the first chunk that is missing; a chunk whose connection broke is fetched again from its
//! beginning.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mesh::{MessageType, ReceivedHeaders};
use nhs::MessageId;
use serde::{Deserialize, Serialize};
use tokio::fs::File;
use tokio::io::AsyncSeekExt;
use tokio_util::sync::CancellationToken;

use crate::ClientError;
use crate::agent::disk::Disk;
use crate::agent::environment::Environment;
use crate::agent::event::{Direction, Event};
use crate::agent::files::{make_private_directory, nameless, read_own, write_volatile};
use crate::agent::live_status::{LiveStatus, TransferProgress};
use crate::agent::room::Room;
use crate::api::MeshClient;
use crate::config::Options;

pub(super) const DATA: &str = "data";
/// What of a message in several chunks is on disk.
const PARTS: &str = "parts";
/// A server keeps a message for 30 days.
const KEEP: SignedDuration = SignedDuration::from_hours(31 * 24);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Parts {
    chunks: u32,
    total: u32,
    bytes: u64,
    since: Timestamp,
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

/// Downloads messages into TEMP.
pub(super) struct Downloader {
    client: MeshClient,
    disk: Disk,
    live: Arc<LiveStatus>,
    environment: Environment,
    options: Arc<Options>,
}

impl Downloader {
    pub fn new(
        client: MeshClient,
        disk: Disk,
        live: Arc<LiveStatus>,
        environment: Environment,
        options: Arc<Options>,
    ) -> Self {
        Self {
            client,
            disk,
            live,
            environment,
            options,
        }
    }

    /// Downloads a message; `None` when told to stop between two chunks.
    ///
    /// # Errors
    /// As [`MeshClient::chunk`]; [`ClientError::TooLarge`] and [`ClientError::File`].
    pub async fn download(
        &self,
        id: &MessageId,
        directory: &Path,
        stop: &CancellationToken,
    ) -> Result<Option<ReceivedHeaders>, ClientError> {
        let place = directory.file_name().unwrap_or_default();
        let place = place.to_string_lossy();
        let now = self.environment.now();
        let progress = self.live.begin(Direction::Receive, &place, None, now);
        let mut room = self.room();
        let (mut file, mut parts) = self.open_data(directory).await?;
        let mut headers = None;
        while headers.is_none() || parts.chunks < parts.total {
            if stop.is_cancelled() {
                return Ok(None);
            }
            let index = parts.chunks + 1;
            progress.at(Some(id), index, parts.total);
            let received = self
                .chunk(id, index, &mut file, &mut parts, &mut room, &progress)
                .await?;
            let range = received.chunk_range;
            let is_report = received.message_type == MessageType::Report;
            let as_asked = range.index() == index && (index == 1 || range.total() == parts.total);
            if !is_report && !as_asked {
                let what = "another chunk than the one asked for";
                return Err(ClientError::Answer(what.to_owned()));
            }
            parts.chunks = index;
            parts.total = range.total().max(1);
            if parts.total > 1 {
                self.note_part(id, directory, &file, parts).await?;
            }
            headers = Some(received);
        }
        let writing = |error| ClientError::File("writing a message", error);
        file.sync_all().await.map_err(writing)?;
        if let Some(headers) = &headers
            && headers.message_type == MessageType::Report
        {
            let path = directory.join(DATA);
            tokio::fs::remove_file(&path).await.map_err(writing)?;
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
        let directory = directory.to_owned();
        let work = move |_: &_| match fs::remove_dir_all(directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        self.disk.run("clearing TEMP", work).await
    }

    /// Opens what an earlier try left of a message in several chunks, else an empty file.
    async fn open_data(&self, directory: &Path) -> Result<(File, Parts), ClientError> {
        let (directory, since) = (directory.to_owned(), self.environment.now());
        let (file, parts) = self
            .disk
            .run("making room in TEMP", move |_| {
                let path = directory.join(DATA);
                let left = read_parts(&directory).filter(|parts| {
                    let there = fs::metadata(&path).map_or(0, |data| data.len());
                    parts.chunks < parts.total && parts.bytes <= there
                });
                if let Some(parts) = left {
                    let file = fs::File::options().write(true).open(&path)?;
                    file.set_len(parts.bytes)?;
                    return Ok((file, parts));
                }
                if directory.exists() {
                    fs::remove_dir_all(&directory)?;
                }
                make_private_directory(&directory)?;
                let nothing = Parts {
                    chunks: 0,
                    total: 1,
                    bytes: 0,
                    since,
                };
                let file = durable::create_new(&path, durable::Access::GroupReads);
                Ok((file.map_err(nameless)?, nothing))
            })
            .await?;
        let mut file = File::from_std(file);
        file.seek(io::SeekFrom::Start(parts.bytes))
            .await
            .map_err(|error| ClientError::File("writing a message", error))?;
        Ok((file, parts))
    }

    async fn chunk(
        &self,
        id: &MessageId,
        index: u32,
        file: &mut File,
        parts: &mut Parts,
        room: &mut Room,
        progress: &TransferProgress,
    ) -> Result<ReceivedHeaders, ClientError> {
        let writing = |error| ClientError::File("writing a message", error);
        let mut tried = 1;
        loop {
            let chunk = self.client.chunk(id, index).await?;
            let headers = chunk.headers().clone();
            let before = parts.bytes;
            let allow = |bytes: u64| room.allow(before.saturating_add(bytes));
            match chunk.copy_while(file, allow).await {
                Ok(length) => {
                    parts.bytes += length;
                    progress.reach(parts.bytes);
                    return Ok(headers);
                }
                Err(ClientError::Interrupted(_) | ClientError::Silent)
                    if tried < self.client.tries() =>
                {
                    file.set_len(parts.bytes).await.map_err(writing)?;
                    file.seek(io::SeekFrom::Start(parts.bytes))
                        .await
                        .map_err(writing)?;
                    tokio::time::sleep(self.client.pause(tried, None)).await;
                    tried += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Notes a chunk once it is on disk.
    async fn note_part(
        &self,
        id: &MessageId,
        directory: &Path,
        file: &File,
        parts: Parts,
    ) -> Result<(), ClientError> {
        let writing = |error| ClientError::File("writing a message", error);
        file.sync_data().await.map_err(writing)?;
        let path = directory.join(PARTS);
        let work = move |_: &_| write_volatile(&path, &serde_json::to_vec(&parts)?);
        self.disk.run("noting a chunk", work).await?;
        self.environment.notify(Event::Progress {
            mailbox: self.client.mailbox().clone(),
            direction: Direction::Receive,
            message: id.clone(),
            chunk: parts.chunks,
            chunks: parts.total,
            bytes: parts.bytes,
        });
        Ok(())
    }
}

fn read_parts(directory: &Path) -> Option<Parts> {
    serde_json::from_slice(&read_own(&directory.join(PARTS)).ok()?).ok()
}
