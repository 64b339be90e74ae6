//! Collecting the inbox: download into TEMP, publish in IN, note in the journal, acknowledge.

use std::collections::HashSet;
use std::sync::Arc;

use mesh::MessageType;
use nhs::{MailboxId, MessageId};
use tokio_util::sync::CancellationToken;

use super::control_files;
use super::disk::Disk;
use super::environment::Environment;
use super::event::{Cycle, Event};
use super::journal::Journal;
use super::live_status::LiveStatus;
use super::parts::Parts;
use super::reports::Reports;
use super::turns::Turns;
use crate::ClientError;
use crate::api::{InboxQuery, MeshClient};

mod download;
mod publish;

use download::Downloader;
use publish::{Publisher, RECEIVE_PREFIX};

/// What the API allows on a page of the inbox.
const PAGE_SIZES: std::ops::RangeInclusive<u32> = 10..=5000;

/// Collects the messages of one mailbox.
pub(super) struct Collecting {
    client: MeshClient,
    disk: Disk,
    reports: Reports,
    live: Arc<LiveStatus>,
    turns: Turns,
    environment: Environment,
    downloader: Downloader,
    publisher: Publisher,
    page_size: u32,
}

impl Collecting {
    /// `published` holds what was published before.
    pub fn new(parts: &Parts, published: Journal) -> Self {
        let (disk, environment) = (parts.disk.clone(), parts.environment.clone());
        let page_size = u32::try_from(parts.options.max_messages).unwrap_or(u32::MAX);
        Self {
            client: parts.client.clone(),
            disk: disk.clone(),
            reports: parts.reports.clone(),
            live: parts.live.clone(),
            turns: parts.turns.clone(),
            environment: environment.clone(),
            downloader: Downloader::new(
                parts.client.clone(),
                disk.clone(),
                parts.live.clone(),
                environment.clone(),
                parts.options.clone(),
            ),
            publisher: Publisher::new(disk, environment, published),
            page_size: page_size.clamp(*PAGE_SIZES.start(), *PAGE_SIZES.end()),
        }
    }

    /// Publishes what a crash left complete in TEMP, and removes what it left of no use.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn finish_published(&self) -> Result<(), ClientError> {
        self.publisher.finish().await
    }

    /// Takes what waits in the inbox, a page at a time, until nothing waits or moves. What is
    /// acknowledged leaves the listing, so its first page always holds the next ones.
    ///
    /// # Errors
    /// What concerns all messages: an absent server, a refused login, a failing disk.
    pub async fn collect(
        &self,
        cycle: &mut Cycle,
        stop: &CancellationToken,
    ) -> Result<(), ClientError> {
        let query = InboxQuery {
            max_results: Some(self.page_size),
            workflow_filter: None,
        };
        let mut left_behind = HashSet::new();
        let mut page = self.client.inbox_page(&query).await?;
        loop {
            self.note_waiting(page.waiting);
            let mut moved = false;
            for id in &page.messages {
                if stop.is_cancelled() {
                    return Ok(());
                }
                if left_behind.contains(id) {
                    continue;
                }
                match self.receive(id, cycle, stop).await {
                    Ok(()) => moved = true,
                    Err(error) if concerns_one_message(&error) => {
                        let error = error.with_causes();
                        tracing::warn!(mailbox = %self.mailbox(), message = %id, %error, "not received");
                        left_behind.insert(id.clone());
                    }
                    Err(error) => return Err(error),
                }
            }
            let is_last = !page.has_next() && page.messages.len() < self.page_size as usize;
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

    /// Brings one message into IN, when it is not there, and acknowledges it.
    async fn receive(
        &self,
        id: &MessageId,
        cycle: &mut Cycle,
        stop: &CancellationToken,
    ) -> Result<(), ClientError> {
        if !self.publisher.was_published(id).await && !self.fetch(id, cycle, stop).await? {
            return Ok(());
        }
        self.client.acknowledge(id).await?;
        cycle.acknowledged += 1;
        self.environment.notify(Event::Acknowledged {
            mailbox: self.mailbox().clone(),
            message: id.clone(),
        });
        Ok(())
    }

    /// Downloads and publishes a message; false when told to stop before it was whole.
    async fn fetch(
        &self,
        id: &MessageId,
        cycle: &mut Cycle,
        stop: &CancellationToken,
    ) -> Result<bool, ClientError> {
        let Some(_turn) = self.turns.next(stop).await else {
            return Ok(false);
        };
        let temp = &self.disk.directories().temp;
        let directory = temp.join(format!("{RECEIVE_PREFIX}{id}"));
        let Some(headers) = self.downloader.download(id, &directory, stop).await? else {
            return Ok(false);
        };
        let (mailbox, times) = (self.mailbox().clone(), self.reports.times());
        let control = control_files::received(&headers, id, &mailbox, times);
        let control = control.write_received();
        self.publisher.publish(id, directory, control).await?;
        let report = headers.message_type == MessageType::Report;
        let count = if report {
            &mut cycle.reports
        } else {
            &mut cycle.received
        };
        *count += 1;
        let (message, workflow) = (id.clone(), headers.workflow);
        tracing::info!(%mailbox, %message, report, "published in IN");
        self.live.count_received();
        self.environment.notify(Event::Published {
            mailbox,
            message,
            workflow,
            report,
        });
        Ok(true)
    }

    fn note_waiting(&self, waiting: Option<u64>) {
        if let Some(waiting) = waiting {
            let mailbox = self.mailbox().to_string();
            metrics::gauge!("restante_client_waiting_in_inbox", "mailbox" => mailbox)
                .set(waiting as f64);
        }
    }

    fn mailbox(&self) -> &MailboxId {
        self.client.mailbox()
    }
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
