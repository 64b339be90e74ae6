//! Collecting the inbox: download into TEMP, publish in IN, note in the journal, acknowledge.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mesh::{MessageType, ReceivedHeaders};
use nhs::MessageId;
use tokio::fs::File;
use tokio::io::AsyncSeekExt;
use tokio_util::sync::CancellationToken;

use super::directories::Directories;
use super::event::{Cycle, Event};
use super::files::{free_base, rename_if_there, subdirectories, sync_directory, write_durably};
use super::mailbox::{MailboxAgent, State};
use super::report;
use crate::ClientError;

/// The prefix of the directories in TEMP that hold a message each that is being received.
const RECEIVE_PREFIX: &str = "in-";
const DATA: &str = "data";
const CONTROL: &str = "control";
/// Holds the base name in IN; there once data and control are whole and on disk.
const PUBLISH: &str = "publish";

impl MailboxAgent {
    /// Publishes what a crash left complete in TEMP, and forgets what it left half downloaded.
    pub(super) async fn finish_published(&self, state: &mut State) -> Result<(), ClientError> {
        let ids = self
            .on_disk("reading TEMP", |directories| {
                let mut ids = Vec::new();
                for directory in subdirectories(&directories.temp, RECEIVE_PREFIX)? {
                    if publish(&directories, &directory)? {
                        ids.extend(id_of(&directory).map(|id| (id, directory)));
                    } else {
                        fs::remove_dir_all(&directory)?;
                    }
                }
                Ok(ids)
            })
            .await?;
        for (id, directory) in ids {
            self.note_published(state, &id, directory).await?;
        }
        Ok(())
    }

    /// Takes what waits in the inbox, `max_messages` at a time, until nothing waits or moves.
    pub(super) async fn collect(
        &self,
        state: &mut State,
        cycle: &mut Cycle,
        shutdown: &CancellationToken,
    ) -> Result<(), ClientError> {
        loop {
            let waiting = self.client.list_inbox().await?;
            let all = waiting.len() <= self.options.max_messages;
            let before = cycle.acknowledged;
            for id in waiting.into_iter().take(self.options.max_messages) {
                if shutdown.is_cancelled() {
                    return Ok(());
                }
                match self.receive(state, &id, cycle).await {
                    Ok(()) => {}
                    Err(error) if concerns_one_message(&error) => {
                        tracing::warn!(mailbox = %self.config.id, message = %id, %error, "not received");
                    }
                    Err(error) => return Err(error),
                }
            }
            if all || cycle.acknowledged == before {
                return Ok(());
            }
        }
    }

    async fn receive(
        &self,
        state: &mut State,
        id: &MessageId,
        cycle: &mut Cycle,
    ) -> Result<(), ClientError> {
        let mailbox = self.config.id.clone();
        if !state.journal.contains(id) {
            let directory = self.directories.temp.join(format!("{RECEIVE_PREFIX}{id}"));
            let headers = self.download(id, &directory).await?;
            let control = report::received(&headers, id, &mailbox, &self.times);
            self.publish_new(id, &directory, control.write_received())
                .await?;
            self.note_published(state, id, directory).await?;
            let report = headers.message_type == MessageType::Report;
            if report {
                cycle.reports += 1
            } else {
                cycle.received += 1
            }
            let (message, workflow) = (id.clone(), headers.workflow);
            tracing::info!(%mailbox, %message, report, "published in IN");
            self.tell(Event::Published {
                mailbox: mailbox.clone(),
                message,
                workflow,
                report,
            });
        }
        self.client.acknowledge(id).await?;
        cycle.acknowledged += 1;
        self.tell(Event::Acknowledged {
            mailbox,
            message: id.clone(),
        });
        Ok(())
    }

    /// Downloads into a directory of its own in TEMP; a chunk whose connection broke is fetched
    /// again from its beginning.
    async fn download(
        &self,
        id: &MessageId,
        directory: &Path,
    ) -> Result<ReceivedHeaders, ClientError> {
        let path = directory.join(DATA);
        let made = directory.to_owned();
        self.on_disk("making room in TEMP", move |_| {
            if made.exists() {
                fs::remove_dir_all(&made)?;
            }
            fs::create_dir(&made)
        })
        .await?;
        let writing = |error| ClientError::File("writing a message", error);
        let mut file = File::create(&path).await.map_err(writing)?;
        let mut written = 0;
        let first = self.chunk(id, 1, &mut file, &mut written).await?;
        for index in 2..=first.chunk_range.total() {
            let headers = self.chunk(id, index, &mut file, &mut written).await?;
            let range = headers.chunk_range;
            if range.index() != index || range.total() != first.chunk_range.total() {
                return Err(ClientError::Answer(
                    "another chunk than the one asked for".into(),
                ));
            }
        }
        file.sync_all().await.map_err(writing)?;
        if first.message_type == MessageType::Report {
            tokio::fs::remove_file(&path).await.map_err(writing)?;
        }
        Ok(first)
    }

    async fn chunk(
        &self,
        id: &MessageId,
        index: u32,
        file: &mut File,
        written: &mut u64,
    ) -> Result<ReceivedHeaders, ClientError> {
        let writing = |error| ClientError::File("writing a message", error);
        let room = self.options.message_limit.saturating_sub(*written);
        let mut tried = 1;
        loop {
            let chunk = self.client.chunk(id, index).await?;
            let headers = chunk.headers().clone();
            match chunk.copy_to(file, room).await {
                Ok(length) => {
                    *written += length;
                    return Ok(headers);
                }
                Err(ClientError::Interrupted(_)) if tried < 3 => {
                    file.set_len(*written).await.map_err(writing)?;
                    file.seek(io::SeekFrom::Start(*written))
                        .await
                        .map_err(writing)?;
                    tokio::time::sleep(self.client.pause(tried, None)).await;
                    tried += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn publish_new(
        &self,
        id: &MessageId,
        directory: &Path,
        control: Vec<u8>,
    ) -> Result<(), ClientError> {
        let (id, directory) = (id.to_string(), directory.to_owned());
        self.on_disk("publishing a message", move |directories| {
            write_durably(&directory.join(CONTROL), &control)?;
            let base = free_base(&directories.inbox, &id);
            write_durably(&directory.join(PUBLISH), base.as_bytes())?;
            sync_directory(&directory)?;
            sync_directory(&directories.temp)?;
            publish(&directories, &directory).map(|_| ())
        })
        .await
    }

    /// Notes in the journal what is in IN, and only then clears TEMP.
    async fn note_published(
        &self,
        state: &mut State,
        id: &MessageId,
        directory: PathBuf,
    ) -> Result<(), ClientError> {
        let noting = |error| ClientError::File("writing the journal", error);
        state.journal.add(id, self.clock.now()).map_err(noting)?;
        self.on_disk("clearing TEMP", move |_| fs::remove_dir_all(directory))
            .await
    }
}

/// Moves `.dat`, then `.ctl`, into IN; false when the message is not complete. Safe to repeat: a
/// file already moved is not there any more.
fn publish(directories: &Directories, directory: &Path) -> io::Result<bool> {
    let base = match fs::read_to_string(directory.join(PUBLISH)) {
        Ok(base) => base,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let inbox = &directories.inbox;
    rename_if_there(&directory.join(DATA), &inbox.join(format!("{base}.dat")))?;
    rename_if_there(&directory.join(CONTROL), &inbox.join(format!("{base}.ctl")))?;
    sync_directory(inbox)?;
    Ok(true)
}

fn id_of(directory: &Path) -> Option<MessageId> {
    let name = directory.file_name()?.to_str()?;
    MessageId::parse(name.strip_prefix(RECEIVE_PREFIX)?).ok()
}

/// Whether the next message may fare better. A refused login, an absent server or a failing disk
/// concern all.
fn concerns_one_message(error: &ClientError) -> bool {
    match error {
        ClientError::Refused(refusal) => refusal.status != 403,
        ClientError::Answer(_) | ClientError::TooLarge(_) | ClientError::Mesh(_) => true,
        ClientError::Interrupted(_) => true,
        _ => false,
    }
}
