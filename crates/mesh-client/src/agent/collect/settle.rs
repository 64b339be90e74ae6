//! What was downloaded is published together, in the order of the inbox, while further messages are downloaded and those
//! published before are acknowledged; what comes meanwhile is the next group.

use std::collections::VecDeque;
use std::future::pending;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{FuturesUnordered, StreamExt};
use mesh::MessageType;
use nhs::{MessageId, WorkflowId};
use tokio::time::{Instant, sleep_until};

use super::download::{Data, Downloaded};
use super::publish::Publication;
use super::{Collecting, concerns_one_message};
use crate::ClientError;
use crate::agent::control_files;
use crate::agent::event::{Cycle, Event};

/// Messages of a group.
const MOST_TOGETHER: usize = 64;
/// With so many published at once there is little to gain from more.
const PUBLISH_FROM: usize = 32;
/// Bytes of a group that are held in memory.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// How long a message in a burst waits for others to be published with.
const REST: Duration = Duration::from_millis(50);

/// What is to be settled of a message.
pub(super) enum Unsettled {
    /// It is in IN already, and its acknowledgement was lost.
    Published(MessageId),
    Downloaded(MessageId, Box<Downloaded>),
}

/// What became of a message.
pub(super) struct Settled {
    pub id: MessageId,
    /// Whether it was published now, and then whether it is a report.
    pub published: Option<bool>,
    pub is_acknowledged: bool,
    pub result: Result<(), ClientError>,
}

impl Settled {
    /// Counts it.
    pub fn count(&self, cycle: &mut Cycle) {
        match self.published {
            Some(true) => cycle.reports += 1,
            Some(false) => cycle.received += 1,
            None => {}
        }
        cycle.acknowledged += usize::from(self.is_acknowledged);
    }
}

/// Settles messages: publishes them in groups, one group after the other, and acknowledges those that are published
/// while the next are.
pub(super) struct Settling<'a> {
    collecting: &'a Collecting,
    waiting: Vec<Unsettled>,
    held: usize,
    /// When what waits is to be published at the latest.
    due: Instant,
    /// Whether further messages come at once.
    more_follow: bool,
    publishing: Option<BoxFuture<'a, Vec<Settled>>>,
    published: VecDeque<Settled>,
    acknowledging: FuturesUnordered<BoxFuture<'a, Settled>>,
    /// Whether nothing more is acknowledged: the next would fare no better.
    is_halted: bool,
}

impl<'a> Settling<'a> {
    pub fn new(collecting: &'a Collecting) -> Self {
        Self {
            collecting,
            waiting: Vec::new(),
            held: 0,
            due: Instant::now(),
            more_follow: true,
            publishing: None,
            published: VecDeque::new(),
            acknowledging: FuturesUnordered::new(),
            is_halted: false,
        }
    }

    /// Adds a message to the next group.
    pub fn add(&mut self, message: Unsettled) {
        if let Unsettled::Downloaded(_, downloaded) = &message
            && let Data::Memory(bytes) = &downloaded.data
        {
            self.held += bytes.len();
        }
        if self.waiting.is_empty() {
            self.due = Instant::now() + REST;
        }
        self.waiting.push(message);
        self.go_on();
    }

    /// Nothing more is added soon, so that nothing is to wait for it.
    pub fn no_more_follow(&mut self) {
        self.more_follow = false;
        self.go_on();
    }

    /// Whether nothing is to be added until something is settled.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= MOST_TOGETHER
            || self.held >= MOST_BYTES
            || self.published.len() >= MOST_TOGETHER
    }

    /// Whether nothing waits and nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.publishing.is_none()
            && self.waiting.is_empty()
            && self.published.is_empty()
            && self.acknowledging.is_empty()
    }

    /// What became of the next messages, if of any; waits for ever when there are none.
    pub async fn next(&mut self) -> Vec<Settled> {
        let waits = !self.waiting.is_empty() && self.publishing.is_none();
        let due = self.due;
        let publishing = async {
            match self.publishing.as_mut() {
                Some(group) => group.await,
                None => pending().await,
            }
        };
        let settled = tokio::select! {
            Some(message) = self.acknowledging.next() => {
                let failed = message.result.as_ref().err();
                self.is_halted |= failed.is_some_and(|error| !concerns_one_message(error));
                vec![message]
            }
            group = publishing => {
                self.publishing = None;
                let (failed, published) = group.into_iter().partition(|it| it.result.is_err());
                self.published.extend::<Vec<_>>(published);
                failed
            }
            () = sleep_until(due), if waits => Vec::new(),
            else => pending().await,
        };
        self.go_on();
        match self.is_halted {
            true => settled
                .into_iter()
                .chain(self.published.drain(..))
                .collect(),
            false => settled,
        }
    }

    /// Begins what may begin.
    fn go_on(&mut self) {
        let is_due = !self.more_follow
            || self.waiting.len() >= PUBLISH_FROM
            || self.held >= MOST_BYTES
            || Instant::now() >= self.due;
        if self.publishing.is_none() && !self.waiting.is_empty() && is_due {
            self.held = 0;
            let group = std::mem::take(&mut self.waiting);
            self.publishing = Some(self.collecting.publish(group).boxed());
        }
        let collecting = self.collecting;
        while !self.is_halted && self.acknowledging.len() < collecting.at_once {
            let Some(message) = self.published.pop_front() else {
                break;
            };
            self.acknowledging
                .push(collecting.acknowledge(message).boxed());
        }
    }
}

impl Collecting {
    /// Publishes what of a group is not published.
    async fn publish(&self, group: Vec<Unsettled>) -> Vec<Settled> {
        let mut settled = Vec::with_capacity(group.len());
        let mut publications = Vec::with_capacity(group.len());
        let mut workflows = Vec::with_capacity(group.len());
        for message in group {
            match message {
                Unsettled::Published(id) => settled.push(Settled {
                    id,
                    published: None,
                    is_acknowledged: false,
                    result: Ok(()),
                }),
                Unsettled::Downloaded(id, downloaded) => {
                    let is_report = downloaded.headers.message_type == MessageType::Report;
                    workflows.push(downloaded.headers.workflow.clone());
                    settled.push(Settled {
                        id: id.clone(),
                        published: Some(is_report),
                        is_acknowledged: false,
                        result: Ok(()),
                    });
                    publications.push(self.publication(id, *downloaded));
                }
            }
        }
        if !publications.is_empty() {
            let published = self.publisher.publish(publications).await;
            self.note_published(&mut settled, workflows, published);
        }
        settled
    }

    fn publication(&self, id: MessageId, downloaded: Downloaded) -> Publication {
        let (mailbox, times) = (self.mailbox(), self.reports.times());
        let headers = &downloaded.headers;
        let control = control_files::received(headers, &id, mailbox, times).write_received();
        Publication {
            directory: self.place_of(&id),
            is_report: headers.message_type == MessageType::Report,
            data: downloaded.data,
            control,
            id,
        }
    }

    fn note_published(
        &self,
        settled: &mut [Settled],
        workflows: Vec<Option<WorkflowId>>,
        published: Result<Vec<std::io::Result<()>>, ClientError>,
    ) {
        const DOING: &str = "publishing a message";
        let results = match published {
            Ok(results) => results,
            Err(error) => {
                let words = error.with_causes();
                let again = |_: &_| Err(std::io::Error::other(words.clone()));
                workflows.iter().map(again).collect()
            }
        };
        let fetched = settled.iter_mut().filter(|it| it.published.is_some());
        for ((message, workflow), result) in fetched.zip(workflows).zip(results) {
            if let Err(error) = result {
                message.published = None;
                message.result = Err(ClientError::File(DOING, error));
                continue;
            }
            let report = message.published.unwrap_or_default();
            let (mailbox, id) = (self.mailbox().clone(), message.id.clone());
            tracing::info!(%mailbox, message = %id, report, "published in IN");
            self.live.count_received();
            self.environment.notify(Event::Published {
                mailbox,
                message: id,
                workflow,
                report,
            });
        }
    }

    /// Acknowledges a message that is in IN. What is not acknowledged now is at the next poll.
    async fn acknowledge(&self, mut message: Settled) -> Settled {
        match self.client.acknowledge(&message.id).await {
            Ok(()) => {
                message.is_acknowledged = true;
                self.environment.notify(Event::Acknowledged {
                    mailbox: self.mailbox().clone(),
                    message: message.id.clone(),
                });
            }
            Err(error) => message.result = Err(error),
        }
        message
    }
}
