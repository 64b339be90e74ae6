//! What was downloaded is published and acknowledged together, while further messages are downloaded: in the order of
//! the inbox, and what comes meanwhile is the next group.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{self, StreamExt};
use mesh::MessageType;
use nhs::{MessageId, WorkflowId};

use super::download::{Data, Downloaded};
use super::publish::Publication;
use super::{Collecting, concerns_one_message};
use crate::ClientError;
use crate::agent::control_files;
use crate::agent::event::{Cycle, Event};

/// Messages of a group.
const MOST_TOGETHER: usize = 64;
/// Bytes of a group that are held in memory.
const MOST_BYTES: usize = 4 * 1024 * 1024;

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

/// Settles groups of messages, one after the other.
pub(super) struct Settling<'a> {
    collecting: &'a Collecting,
    waiting: Vec<Unsettled>,
    held: usize,
    under_way: Option<BoxFuture<'a, Vec<Settled>>>,
}

impl<'a> Settling<'a> {
    pub fn new(collecting: &'a Collecting) -> Self {
        Self {
            collecting,
            waiting: Vec::new(),
            held: 0,
            under_way: None,
        }
    }

    /// Adds a message to the next group.
    pub fn add(&mut self, message: Unsettled) {
        if let Unsettled::Downloaded(_, downloaded) = &message
            && let Data::Memory(bytes) = &downloaded.data
        {
            self.held += bytes.len();
        }
        self.waiting.push(message);
        self.begin();
    }

    /// Whether nothing is to be added until a group is settled.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= MOST_TOGETHER || self.held >= MOST_BYTES
    }

    /// Whether nothing waits and nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.under_way.is_none() && self.waiting.is_empty()
    }

    /// What became of the group under way; waits for ever when there is none.
    pub async fn next(&mut self) -> Vec<Settled> {
        let Some(group) = self.under_way.as_mut() else {
            return std::future::pending().await;
        };
        let settled = group.await;
        self.under_way = None;
        self.begin();
        settled
    }

    fn begin(&mut self) {
        if self.under_way.is_none() && !self.waiting.is_empty() {
            self.held = 0;
            let group = std::mem::take(&mut self.waiting);
            self.under_way = Some(self.collecting.settle(group).boxed());
        }
    }
}

impl Collecting {
    /// Publishes what is not published, and acknowledges all of a group.
    async fn settle(&self, group: Vec<Unsettled>) -> Vec<Settled> {
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
        self.acknowledge(settled).await
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

    /// Acknowledges what is in IN. What stays behind a failure that concerns all is acknowledged at the next poll.
    async fn acknowledge(&self, settled: Vec<Settled>) -> Vec<Settled> {
        let halted = AtomicBool::new(false);
        let one = |mut message: Settled| {
            let halted = &halted;
            async move {
                if message.result.is_err() || halted.load(Ordering::Relaxed) {
                    return message;
                }
                match self.client.acknowledge(&message.id).await {
                    Ok(()) => {
                        message.is_acknowledged = true;
                        self.environment.notify(Event::Acknowledged {
                            mailbox: self.mailbox().clone(),
                            message: message.id.clone(),
                        });
                    }
                    Err(error) => {
                        halted.fetch_or(!concerns_one_message(&error), Ordering::Relaxed);
                        message.result = Err(error);
                    }
                }
                message
            }
        };
        let tried = stream::iter(settled).map(one).buffered(self.at_once);
        tried.collect().await
    }
}
