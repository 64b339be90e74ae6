//! Collecting the inbox: download into TEMP, publish in IN, note in the journal, acknowledge.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mesh::MessageType;
use nhs::MessageId;
use tokio_util::sync::CancellationToken;

use super::directories::Directories;
use super::download::{DATA, is_worth_keeping};
use super::event::{Cycle, Event};
use super::files::{
    Durability, free_base, rename_if_there, subdirectories, sync_directory, write_durably,
};
use super::mailbox::MailboxAgent;
use super::report;
use crate::ClientError;
use crate::api::InboxQuery;

/// The prefix of the directories in TEMP that hold a message each that is being received.
pub(super) const RECEIVE_PREFIX: &str = "in-";
const CONTROL: &str = "control";
/// Holds the base name in IN; there once data and control are whole and on disk.
const PUBLISH: &str = "publish";

impl MailboxAgent {
    /// Publishes what a crash left complete in TEMP, and forgets what it left of no use.
    pub(super) async fn finish_published(&self) -> Result<(), ClientError> {
        let now = self.clock_now();
        let ids = self
            .on_disk("reading TEMP", move |directories| {
                let mut ids = Vec::new();
                for directory in subdirectories(&directories.temp, RECEIVE_PREFIX)? {
                    if publish(&directories, &directory)? {
                        ids.extend(id_of(&directory).map(|id| (id, directory)));
                    } else if !is_worth_keeping(&directory, now) {
                        fs::remove_dir_all(&directory)?;
                    }
                }
                Ok(ids)
            })
            .await?;
        for (id, directory) in ids {
            self.note_published(&id, directory).await?;
        }
        Ok(())
    }

    /// Takes what waits in the inbox, `max_messages` at a time, until nothing waits or moves. What
    /// is acknowledged leaves the listing, so its first page always holds the next ones.
    pub(super) async fn collect(
        &self,
        cycle: &mut Cycle,
        shutdown: &CancellationToken,
    ) -> Result<(), ClientError> {
        let page_size = u32::try_from(self.options.max_messages).unwrap_or(u32::MAX);
        let page_size = page_size.clamp(10, 5000);
        let query = InboxQuery {
            max_results: Some(page_size),
            workflow_filter: None,
        };
        let mut left_behind = HashSet::new();
        let mut page = self.client.inbox_page(&query).await?;
        loop {
            if let Some(waiting) = page.waiting {
                let mailbox = self.config.id.to_string();
                metrics::gauge!("restante_client_waiting_in_inbox", "mailbox" => mailbox)
                    .set(waiting as f64);
            }
            let mut moved = false;
            for id in &page.messages {
                if shutdown.is_cancelled() {
                    return Ok(());
                }
                if left_behind.contains(id) {
                    continue;
                }
                match self.receive(id, cycle, shutdown).await {
                    Ok(()) => moved = true,
                    Err(error) if concerns_one_message(&error) => {
                        let error = error.with_causes();
                        tracing::warn!(mailbox = %self.config.id, message = %id, %error, "not received");
                        left_behind.insert(id.clone());
                    }
                    Err(error) => return Err(error),
                }
            }
            let is_last = !page.has_next() && page.messages.len() < page_size as usize;
            page = match moved {
                true if is_last => return Ok(()),
                true => self.client.inbox_page(&query).await?,
                false => match self.client.next_inbox_page(&page).await? {
                    Some(next) => next,
                    None => return Ok(()),
                },
            };
        }
    }

    async fn receive(
        &self,
        id: &MessageId,
        cycle: &mut Cycle,
        shutdown: &CancellationToken,
    ) -> Result<(), ClientError> {
        let mailbox = self.id();
        let known = self.published.lock().await.contains(id);
        if !known {
            let Some(_turn) = self.turn(shutdown).await else {
                return Ok(());
            };
            let directory = self.directories.temp.join(format!("{RECEIVE_PREFIX}{id}"));
            let Some(headers) = self.download(id, &directory, shutdown).await? else {
                return Ok(());
            };
            let control = report::received(&headers, id, &mailbox, &self.times);
            self.publish_new(id, &directory, control.write_received())
                .await?;
            self.note_published(id, directory).await?;
            let report = headers.message_type == MessageType::Report;
            if report {
                cycle.reports += 1
            } else {
                cycle.received += 1
            }
            let (message, workflow) = (id.clone(), headers.workflow);
            tracing::info!(%mailbox, %message, report, "published in IN");
            self.live.count_received();
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
    async fn note_published(&self, id: &MessageId, directory: PathBuf) -> Result<(), ClientError> {
        let noting = |error| ClientError::File("writing the journal", error);
        let mut published = self.published.lock().await;
        published
            .add(id, self.clock_now(), Durability::Machine)
            .map_err(noting)?;
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
        ClientError::Interrupted(_) | ClientError::Silent => true,
        _ => false,
    }
}
