//! Whoever has an inbox: practices, which wait at the server or poll, acknowledge and answer; senders, which wait for answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use nhs::MailboxId;
use serde::Deserialize;

use super::day::{Day, Over, Under};
use crate::connection::{Answer, Connection};
use crate::profile::ok;
use crate::report::Measured;

/// How long the server is asked to wait for a message.
const WAIT: HeaderValue = HeaderValue::from_static("wait=30");
/// After a list that failed, or of a server that does not wait.
const PAUSE: Duration = Duration::from_secs(1);
/// How long at the end it is waited for what is still under way, between two looks whether it is, and at most between the
/// last polls: thousands that ask all at once would be a load of their own.
const LINGER: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(100);
const LAST_POLLS: Duration = Duration::from_secs(5);
const PAGE: &str = "/inbox?max_results=100";

/// Whose inbox it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    WaitingPractice,
    PollingPractice,
    Sender,
}

impl Role {
    /// What is measured when a message is there.
    fn arrival(self) -> &'static str {
        match self {
            Self::WaitingPractice => "to who waits",
            Self::PollingPractice => "to who polls",
            Self::Sender => "answered",
        }
    }

    /// What must be over before it collects for the last time.
    fn last(self) -> Over {
        match self {
            Self::Sender => Over::Answering,
            _ => Over::Sending,
        }
    }
}

#[derive(Deserialize)]
struct Inbox {
    messages: Vec<String>,
}

/// What a list brought.
enum Listed {
    Messages(Vec<String>),
    /// None, though the server waited.
    Waited,
    Nothing,
}

pub(super) struct Collector {
    pub(super) day: Arc<Day>,
    pub(super) mailbox: MailboxId,
    pub(super) role: Role,
    /// Of its interval, before the first poll.
    pub(super) phase: f64,
}

impl Collector {
    /// Collects until the day is over and nothing is under way any more.
    pub(super) async fn run(self) -> Measured {
        let mut measured = Measured::default();
        let mut over = self.day.over.clone();
        let mut connection = Connection::new(Arc::clone(&self.day.target));
        if self.role == Role::PollingPractice {
            let first = tokio::time::sleep(self.day.poll.mul_f64(self.phase));
            tokio::select! {
                () = first => {}
                _ = over.wait_for(|over| *over >= self.role.last()) => {}
            }
        }
        loop {
            let last = *over.borrow() >= self.role.last();
            if last {
                self.collect_the_last(&mut connection, &mut measured).await;
                return measured;
            }
            let wait = self.role != Role::PollingPractice;
            let listed = tokio::select! {
                listed = self.list(wait, &mut connection, &mut measured) => listed,
                _ = over.wait_for(|over| *over >= self.role.last()), if wait => continue,
            };
            match listed {
                Listed::Messages(ids) => {
                    self.take_all(&ids, &mut connection, &mut measured).await;
                    continue;
                }
                Listed::Waited => continue,
                Listed::Nothing => {}
            }
            let pause = match self.role {
                Role::PollingPractice => self.day.poll,
                // a server that does not wait is asked no more often than by who polls
                _ => self.day.poll.min(PAUSE),
            };
            if self.role == Role::PollingPractice {
                connection = Connection::new(Arc::clone(&self.day.target));
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = over.wait_for(|over| *over >= self.role.last()) => {}
            }
        }
    }

    /// Goes on when nothing new is sent any more, until nothing is under way, or it is no longer waited for.
    async fn collect_the_last(&self, connection: &mut Connection, measured: &mut Measured) {
        let until = Instant::now() + LINGER;
        let pause = self.day.poll.min(LAST_POLLS);
        let polls = self.role == Role::PollingPractice;
        if polls
            && self
                .over_before(until, tokio::time::sleep(pause.mul_f64(self.phase)))
                .await
        {
            return;
        }
        loop {
            let listed = tokio::select! {
                listed = self.list(!polls, connection, measured) => listed,
                () = self.all_came(until) => return,
            };
            match listed {
                Listed::Messages(ids) => self.take_all(&ids, connection, measured).await,
                Listed::Waited => {}
                Listed::Nothing => {
                    if self.over_before(until, tokio::time::sleep(pause)).await {
                        return;
                    }
                }
            }
        }
    }

    /// Whether nothing was under way any more before something else.
    async fn over_before(&self, until: Instant, other: impl Future<Output = ()>) -> bool {
        tokio::select! {
            () = other => false,
            () = self.all_came(until) => true,
        }
    }

    async fn all_came(&self, until: Instant) {
        while !self.under_way().is_empty() && Instant::now() < until {
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn take_all(&self, ids: &[String], connection: &mut Connection, measured: &mut Measured) {
        for id in ids {
            self.take(id, connection, measured).await;
        }
    }

    fn under_way(&self) -> &Under {
        match self.role {
            Role::Sender => &self.day.replies,
            Role::WaitingPractice | Role::PollingPractice => &self.day.messages,
        }
    }

    async fn list(
        &self,
        wait: bool,
        connection: &mut Connection,
        measured: &mut Measured,
    ) -> Listed {
        let mut headers = HeaderMap::new();
        if wait {
            headers.insert("prefer", WAIT);
        }
        let begun = Instant::now();
        let answer = connection
            .request(&self.mailbox, Method::GET, PAGE, &headers, Bytes::new())
            .await;
        let answer = ok(answer, &[200], measured);
        let applied = answer
            .as_ref()
            .is_some_and(|answer| answer.headers.contains_key("preference-applied"));
        if !applied {
            let bytes = answer.as_ref().map(|answer| answer.body.len() as u64);
            measured.count("list", begun, bytes);
        }
        let inbox = answer.and_then(|answer| serde_json::from_slice::<Inbox>(&answer.body).ok());
        match inbox.map(|inbox| inbox.messages).unwrap_or_default() {
            ids if !ids.is_empty() => Listed::Messages(ids),
            _ if applied => Listed::Waited,
            _ => Listed::Nothing,
        }
    }

    /// Downloads a message, acknowledges it and, in a practice, answers.
    async fn take(&self, id: &str, connection: &mut Connection, measured: &mut Measured) {
        let nothing = HeaderMap::new();
        let (begun, path) = (Instant::now(), format!("/inbox/{id}"));
        let got = connection
            .request(&self.mailbox, Method::GET, &path, &nothing, Bytes::new())
            .await;
        let got = ok(got, &[200], measured);
        let bytes = got.as_ref().map(|answer| answer.body.len() as u64);
        measured.count("download", begun, bytes);
        if let Some(got) = &got {
            self.arrived(got, measured);
        }
        let (begun, path) = (Instant::now(), format!("{path}/status/acknowledged"));
        let done = connection
            .request(&self.mailbox, Method::PUT, &path, &nothing, Bytes::new())
            .await;
        let done = ok(done, &[200], measured).map(|_| 0);
        measured.count("acknowledge", begun, done);
        if let Some(got) = got
            && self.role != Role::Sender
        {
            self.answer(&got, connection, measured).await;
        }
    }

    fn arrived(&self, got: &Answer, measured: &mut Measured) {
        self.under_way().came();
        let is_report = got
            .headers
            .get("mex-messagetype")
            .is_some_and(|kind| kind == "REPORT");
        let due = got
            .headers
            .get("mex-localid")
            .and_then(|id| self.day.due(id));
        match due {
            _ if is_report => measured.note("a report came: a message was not delivered"),
            Some(due) => measured.count(self.role.arrival(), due, Some(got.body.len() as u64)),
            None => measured.note("a message of another run was there"),
        }
    }

    async fn answer(&self, got: &Answer, connection: &mut Connection, measured: &mut Measured) {
        let (Some(to), Some(local_id)) =
            (got.headers.get("mex-from"), got.headers.get("mex-localid"))
        else {
            return measured.note("a message had no sender or local id");
        };
        let mut headers = HeaderMap::new();
        headers.insert("mex-to", to.clone());
        headers.insert("mex-localid", local_id.clone());
        headers.insert("mex-workflowid", self.day.answers.clone());
        let (begun, body) = (Instant::now(), self.day.answer());
        let length = body.len() as u64;
        let answer = connection
            .request(&self.mailbox, Method::POST, "/outbox", &headers, body)
            .await;
        let sent = ok(answer, &[202], measured).map(|_| length);
        if sent.is_some() {
            self.day.replies.sent();
        }
        measured.count("answer", begun, sent);
    }
}
