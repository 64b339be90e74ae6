//! Collecting the inbox: download into TEMP, publish in IN, note in the journal, acknowledge.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::stream::{self, FuturesUnordered, StreamExt};
use mesh::status::DATA_FILE_MISSING;
use mesh::{ControlFile, StatusRecord};
use nhs::{MailboxId, MessageId};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::control_files;
use super::disk::Disk;
use super::environment::Environment;
use super::event::{Cycle, Event};
use super::journal::Journal;
use super::live_status::LiveStatus;
use super::parts::Parts;
use super::reports::Reports;
use super::status::NotReceived;
use super::turns::Turns;
use crate::ClientError;
use crate::api::{InboxPage, InboxQuery, MeshClient};

mod download;
mod given_up;
mod publish;
mod settle;
mod writer;

use download::{Downloaded, Downloader, Fetched};
use given_up::{GivenUp, is_for_good};
use publish::{Publisher, RECEIVE_PREFIX};
use settle::{Settling, Unsettled};

/// What the API allows on a page of the inbox.
const PAGE_SIZES: std::ops::RangeInclusive<u32> = 10..=5000;

/// Messages on their way at once, at least; those that are small.
const AT_ONCE: usize = 8;

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
    given_up: Mutex<GivenUp>,
    message_limit: u64,
    page_size: u32,
    /// Messages on their way at once, and acknowledgements. They are published in the order of the inbox.
    at_once: usize,
}

/// What a poll asks of a server beside its list.
#[derive(Debug, Clone, Default)]
pub(super) enum Ask {
    /// Nothing.
    #[default]
    List,
    /// Whether it waits.
    Whether,
    /// To wait for so many seconds with a list that has nothing.
    Wait {
        seconds: u32,
        /// What comes behind this message, which stays in the inbox, and those before it.
        behind: Option<MessageId>,
    },
}

/// What a poll found.
#[derive(Debug, Default)]
pub(super) struct Collected {
    /// For how many seconds the server was prepared to wait; `None` where it does not.
    pub applied_wait: Option<u32>,
    /// A message was taken out of the inbox.
    pub took_something: bool,
    /// The last message listed, when it or others stay in the inbox.
    pub last_left: Option<MessageId>,
}

/// The messages of an inbox that a poll leaves there.
type LeftBehind = HashMap<MessageId, NotReceived>;

impl Collecting {
    /// `published` holds what was published before.
    pub fn new(parts: &Parts, published: Journal) -> Self {
        let (disk, environment) = (parts.disk.clone(), parts.environment.clone());
        let temp = &disk.directories().temp;
        let given_up = GivenUp::read(temp, environment.now());
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
                parts.mailbox.messages_at_once,
            ),
            publisher: Publisher::new(disk, environment, published),
            given_up: Mutex::new(given_up),
            message_limit: parts.options.message_limit,
            page_size: page_size.clamp(*PAGE_SIZES.start(), *PAGE_SIZES.end()),
            at_once: parts.mailbox.messages_at_once.max(AT_ONCE),
        }
    }

    /// Publishes what a crash left complete in TEMP, and removes what it left of no use.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn finish_published(&self) -> Result<(), ClientError> {
        let halves = self.publisher.finish().await?;
        self.downloader.know_halves(halves);
        Ok(())
    }

    /// Takes what waits in the inbox, a page at a time, until nothing waits or moves. What is
    /// acknowledged leaves the listing, so its first page always holds the next ones. Told to stop,
    /// it ends a wait at once.
    ///
    /// # Errors
    /// What concerns all messages: an absent server, a refused login, a failing disk.
    pub async fn collect(
        &self,
        cycle: &mut Cycle,
        ask: Ask,
        stop: &CancellationToken,
    ) -> Result<Collected, ClientError> {
        let query = InboxQuery {
            max_results: Some(self.page_size),
            workflow_filter: None,
        };
        let mut first = tokio::select! {
            () = stop.cancelled() => return Ok(Collected::default()),
            first = self.first_page(&query, &ask) => first?,
        };
        let (applied_wait, before) = (first.applied_wait(), cycle.acknowledged);
        if let Ask::Wait {
            behind: Some(behind),
            ..
        } = ask
        {
            if first.messages.is_empty() {
                return Ok(Collected {
                    applied_wait,
                    took_something: false,
                    last_left: Some(behind),
                });
            }
            first = self.client.inbox_page(&query).await?;
        }
        let mut left_behind = LeftBehind::new();
        let collected = self
            .collect_pages(&query, first, cycle, stop, &mut left_behind)
            .await;
        let is_left = !left_behind.is_empty();
        cycle.not_received += left_behind.len();
        self.live.not_received(left_behind.into_values().collect());
        let last = collected?;
        Ok(Collected {
            applied_wait,
            took_something: cycle.acknowledged > before,
            last_left: last.filter(|_| is_left),
        })
    }

    /// The first page, once there is one where the server waits for it.
    async fn first_page(&self, query: &InboxQuery, ask: &Ask) -> Result<InboxPage, ClientError> {
        match ask {
            Ask::List => self.client.inbox_page(query).await,
            Ask::Whether => self.client.inbox_page_within(query, None, 0).await,
            Ask::Wait { seconds, behind } => {
                let behind = behind.as_ref();
                self.client.inbox_page_within(query, behind, *seconds).await
            }
        }
    }

    async fn collect_pages(
        &self,
        query: &InboxQuery,
        mut page: InboxPage,
        cycle: &mut Cycle,
        stop: &CancellationToken,
        left_behind: &mut LeftBehind,
    ) -> Result<Option<MessageId>, ClientError> {
        let mut last = None;
        loop {
            last = page.messages.last().cloned().or(last);
            self.note_waiting(page.waiting);
            let taken = self
                .take_page(&page.messages, cycle, stop, left_behind)
                .await?;
            let Some(moved) = taken else {
                return Ok(last);
            };
            let is_last = !page.has_next() && page.messages.len() < self.page_size as usize;
            page = match moved {
                true if is_last => return Ok(last),
                true => self.client.inbox_page(query).await?,
                false => match self.client.next_inbox_page(&page).await? {
                    Some(next) => next,
                    None => return Ok(last),
                },
            };
        }
    }

    /// Brings messages into IN that are not there, and acknowledges them: further ones are downloaded while others are
    /// published and acknowledged. Whether any left the inbox; `None` when told to stop.
    async fn take_page(
        &self,
        ids: &[MessageId],
        cycle: &mut Cycle,
        stop: &CancellationToken,
        left_behind: &mut LeftBehind,
    ) -> Result<Option<bool>, ClientError> {
        let published = self.publisher.published_of(ids).await;
        let wanted = self.wanted(ids, left_behind).await;
        let fetched = wanted.into_iter().map(|id| {
            let is_published = published.contains(&id);
            self.unsettled(id, is_published, stop)
        });
        let mut fetched = stream::iter(fetched).buffered(self.at_once);
        let mut settling = Settling::new(self);
        // Beside the rest, for it may ask the server.
        let mut leaving = FuturesUnordered::new();
        let (mut fetching, mut stopped, mut failure) = (true, false, None);
        let mut moved = false;
        while fetching || !settling.is_idle() || !leaving.is_empty() {
            if !fetching {
                settling.no_more_follow();
            }
            tokio::select! {
                next = fetched.next(), if fetching && !settling.is_full() && leaving.len() < AT_ONCE => match next {
                    Some(Ok(Some(message))) => settling.add(message),
                    Some(Ok(None)) => (fetching, stopped) = (false, true),
                    Some(Err((id, error))) => leaving.push(self.left(id, error)),
                    None => fetching = false,
                },
                group = settling.next(), if !settling.is_idle() => for message in group {
                    message.count(cycle);
                    match message.result {
                        Ok(()) => moved |= message.is_acknowledged,
                        Err(error) => leaving.push(self.left(message.id, error)),
                    }
                },
                Some(left) = leaving.next() => match left {
                    Ok(left) => _ = left_behind.insert(left.message.clone(), left),
                    Err(error) => {
                        fetching = false;
                        failure = failure.or(Some(error));
                    }
                },
            }
        }
        failure.map_or(Ok((!stopped).then_some(moved)), Err)
    }

    /// The messages that are neither left behind nor given up before.
    async fn wanted(&self, ids: &[MessageId], left_behind: &mut LeftBehind) -> Vec<MessageId> {
        let mut wanted = Vec::with_capacity(ids.len());
        for id in ids {
            if left_behind.contains_key(id) {
                continue;
            }
            match self.given_up_before(id).await {
                Some(known) => _ = left_behind.insert(id.clone(), known),
                None => wanted.push(id.clone()),
            }
        }
        wanted
    }

    /// Downloads a message unless it was published before; `None` when told to stop before it was whole.
    async fn unsettled(
        &self,
        id: MessageId,
        is_published: bool,
        stop: &CancellationToken,
    ) -> Result<Option<Unsettled>, (MessageId, ClientError)> {
        if stop.is_cancelled() {
            return Ok(None);
        }
        if is_published {
            return Ok(Some(Unsettled::Published(id)));
        }
        match self.fetched(&id, stop).await {
            Ok(Some(downloaded)) => Ok(Some(Unsettled::Downloaded(id, Box::new(downloaded)))),
            Ok(None) => Ok(None),
            Err(error) => Err((id, error)),
        }
    }

    /// Downloads a message; one that proves to be large gives way, and begins anew when it is its turn.
    async fn fetched(
        &self,
        id: &MessageId,
        stop: &CancellationToken,
    ) -> Result<Option<Downloaded>, ClientError> {
        let directory = self.place_of(id);
        let mut large = None;
        loop {
            let Some(turn) = self.turns.next(stop).await else {
                return Ok(None);
            };
            self.downloader.check_room()?;
            let tried = self.downloader.download(id, &directory, large.take(), stop);
            match tried.await? {
                Fetched::Whole(downloaded) => return Ok(Some(*downloaded)),
                Fetched::Stopped => return Ok(None),
                Fetched::IsLarge => {}
            }
            drop(turn);
            large = self.downloader.large_turn(stop).await;
            if large.is_none() {
                return Ok(None);
            }
        }
    }

    /// Leaves a message behind whose failure is its own.
    ///
    /// # Errors
    /// A failure that concerns all.
    async fn left(&self, id: MessageId, error: ClientError) -> Result<NotReceived, ClientError> {
        if !concerns_one_message(&error) {
            return Err(error);
        }
        self.leave_behind(&id, &error).await
    }

    /// What was said of a message that was given up in an earlier poll.
    async fn given_up_before(&self, id: &MessageId) -> Option<NotReceived> {
        let given_up = self.given_up.lock().await;
        given_up
            .get(id, self.message_limit)
            .map(|entry| NotReceived {
                message: id.clone(),
                why: entry.why.clone(),
                given_up: true,
            })
    }

    /// Leaves a message in the inbox: to be fetched again at the next poll or, where that would fail again,
    /// reported once and given up, with nothing of it kept.
    async fn leave_behind(
        &self,
        id: &MessageId,
        error: &ClientError,
    ) -> Result<NotReceived, ClientError> {
        let why = error.with_causes();
        let given_up = is_for_good(error);
        tracing::warn!(mailbox = %self.mailbox(), message = %id, error = why, given_up, "not received");
        if given_up || matches!(error, ClientError::NoRoom { .. }) {
            self.downloader.discard(&self.place_of(id)).await?;
        }
        if given_up {
            self.report_given_up(id, &why).await?;
            let noting = |error| ClientError::File("noting a message that was given up", error);
            let (mut noted, now) = (self.given_up.lock().await, self.environment.now());
            noted.add(id, error, now).map_err(noting)?;
            self.environment.notify(Event::GivenUp {
                mailbox: self.mailbox().clone(),
                message: id.clone(),
            });
        }
        Ok(NotReceived {
            message: id.clone(),
            why,
            given_up,
        })
    }

    async fn report_given_up(&self, id: &MessageId, why: &str) -> Result<(), ClientError> {
        let mailbox = self.mailbox();
        let times = self.reports.times();
        let original = match self.client.head(id).await {
            Ok(headers) => control_files::received(&headers, id, mailbox, times),
            Err(_) => ControlFile {
                address_type: Some("ALL".to_owned()),
                to_dts: Some(mailbox.to_string()),
                dts_id: Some(id.to_string()),
                ..ControlFile::default()
            },
        };
        let record = DATA_FILE_MISSING.record(self.reports.now());
        let description = format!(
            "{} {why}. It was not taken, stays in the inbox and is not fetched again; ask the sender for \
             another copy",
            record.description
        );
        let record = StatusRecord {
            description,
            ..record
        };
        self.reports.write(&original, id.as_str(), record).await
    }

    /// The directory in TEMP of a message that is being received.
    fn place_of(&self, id: &MessageId) -> PathBuf {
        let temp = &self.disk.directories().temp;
        temp.join(format!("{RECEIVE_PREFIX}{id}"))
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
        ClientError::Answer(_) | ClientError::Mesh(_) | ClientError::NoRoom { .. } => true,
        error if is_for_good(error) => true,
        ClientError::NotSent | ClientError::Interrupted(_) | ClientError::Silent => true,
        _ => false,
    }
}
