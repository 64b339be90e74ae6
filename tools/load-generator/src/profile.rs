//! What one piece of work is: a send, a collect, both, a list, or a large message there and back.

use std::time::Instant;

use bytes::Bytes;
use clap::ValueEnum;
use http::{HeaderMap, HeaderValue, Method};
use nhs::{MailboxId, Randomness, SystemRandomness};
use serde::Deserialize;

use crate::Options;
use crate::connection::{Answer, Connection, NoAnswer};
use crate::large::Large;
use crate::report::Measured;

/// Which work to do.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Send a small message
    Send,
    /// List the inbox; download and acknowledge each message
    Collect,
    /// Send small messages, and collect a page of them every ten sends
    Mixed,
    /// List 500 of the inbox
    List,
    /// Send a message in chunks, then download it and compare every byte; once a connection
    Large,
    /// A day of a nation: senders, practices that wait or poll, answers; see below. `--connections` send
    Nation,
}

impl Profile {
    /// One piece of work is all there is, however long it takes.
    pub fn is_once(self) -> bool {
        self == Self::Large
    }
}

const PAGE: usize = 10;
const LISTED: usize = 500;

/// The work of one connection.
pub struct Work {
    profile: Profile,
    from: MailboxId,
    to: MailboxId,
    headers: HeaderMap,
    small: Bytes,
    large: Option<Large>,
    rounds: usize,
}

#[derive(Deserialize)]
pub struct Sent {
    pub message_id: String,
}

#[derive(Deserialize)]
struct Inbox {
    messages: Vec<String>,
}

impl Work {
    pub fn new(profile: Profile, options: &Options, number: usize) -> Self {
        let mut small = vec![0u8; options.size];
        SystemRandomness.fill(&mut small);
        let large = profile == Profile::Large;
        let large = large.then(|| Large::new(options.large_size, options.chunk_size));
        let mut headers = HeaderMap::new();
        if let Ok(to) = HeaderValue::from_str(options.to.as_str()) {
            headers.insert("mex-to", to);
        }
        if let Ok(workflow) = HeaderValue::from_str(options.workflow.as_str()) {
            headers.insert("mex-workflowid", workflow);
        }
        headers.insert(
            "content-type",
            HeaderValue::from_static("application/octet-stream"),
        );
        Self {
            profile,
            from: options.mailbox.clone(),
            to: options.to.clone(),
            headers,
            small: small.into(),
            large,
            rounds: number,
        }
    }

    /// Does one piece of work that was due at `due`.
    pub async fn once(
        &mut self,
        connection: &mut Connection,
        due: Instant,
        measured: &mut Measured,
    ) {
        self.rounds += 1;
        match self.profile {
            Profile::Send => self.send(connection, due, measured).await,
            Profile::Collect => self.collect(connection, due, measured).await,
            Profile::Mixed if self.rounds.is_multiple_of(PAGE) => {
                self.collect(connection, due, measured).await;
            }
            Profile::Mixed => self.send(connection, due, measured).await,
            Profile::List => drop(self.list(LISTED, connection, due, measured).await),
            Profile::Large => self.large(connection, measured).await,
            // has work of its own
            Profile::Nation => {}
        }
    }

    async fn send(&self, connection: &mut Connection, due: Instant, measured: &mut Measured) {
        let body = self.small.clone();
        let answer = connection
            .request(&self.from, Method::POST, "/outbox", &self.headers, body)
            .await;
        let sent = ok(answer, &[202], measured);
        measured.count("send", due, sent.map(|_| self.small.len() as u64));
    }

    /// The answer to a list, counted.
    async fn list(
        &self,
        results: usize,
        connection: &mut Connection,
        due: Instant,
        measured: &mut Measured,
    ) -> Option<Answer> {
        let path = format!("/inbox?max_results={results}");
        let nothing = HeaderMap::new();
        let listed = connection
            .request(&self.to, Method::GET, &path, &nothing, Bytes::new())
            .await;
        let listed = ok(listed, &[200], measured);
        let bytes = listed.as_ref().map(|answer| answer.body.len() as u64);
        measured.count("list", due, bytes);
        listed
    }

    async fn collect(&self, connection: &mut Connection, due: Instant, measured: &mut Measured) {
        let nothing = HeaderMap::new();
        let listed = self.list(PAGE, connection, due, measured).await;
        let ids = listed
            .and_then(|answer| serde_json::from_slice::<Inbox>(&answer.body).ok())
            .map_or_else(Vec::new, |inbox| inbox.messages);
        for id in ids {
            let begun = Instant::now();
            let path = format!("/inbox/{id}");
            let got = connection
                .request(&self.to, Method::GET, &path, &nothing, Bytes::new())
                .await;
            let bytes = ok(got, &[200], measured).map(|answer| answer.body.len() as u64);
            measured.count("download", begun, bytes);
            let begun = Instant::now();
            let path = format!("/inbox/{id}/status/acknowledged");
            let done = connection
                .request(&self.to, Method::PUT, &path, &nothing, Bytes::new())
                .await;
            let done = ok(done, &[200], measured).map(|_| 0);
            measured.count("acknowledge", begun, done);
        }
    }

    async fn large(&self, connection: &mut Connection, measured: &mut Measured) {
        if let Some(large) = &self.large {
            let between = (&self.from, &self.to);
            large
                .there_and_back(connection, between, &self.headers, measured)
                .await;
        }
    }
}

/// The answer when it has a status that was hoped for; else the reason is noted.
pub fn ok(
    answer: Result<Answer, NoAnswer>,
    hoped_for: &[u16],
    measured: &mut Measured,
) -> Option<Answer> {
    match answer {
        Ok(answer) if hoped_for.contains(&answer.status.as_u16()) => Some(answer),
        Ok(answer) => {
            let meaning = match answer.status.as_u16() {
                403 => ": mailbox, password, shared key or certificate is refused",
                417 => ": the workflow, or the mailbox that receives it, is refused",
                _ => "",
            };
            measured.note(&format!("status {}{meaning}", answer.status.as_u16()));
            None
        }
        Err(error) => {
            measured.note(&error.to_string());
            None
        }
    }
}
