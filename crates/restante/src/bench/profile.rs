//! What one piece of work is: a send, a collect, both, or a large message in chunks.

use std::time::Instant;

use bytes::Bytes;
use clap::ValueEnum;
use http::{HeaderMap, HeaderValue, Method};
use nhs::{MailboxId, Randomness, SystemRandomness};
use serde::Deserialize;

use crate::cli;

use super::connection::{Answer, Connection, NoAnswer};
use super::report::Measured;

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
    /// Send a message of several 20 MB chunks
    Large,
}

const CHUNK: usize = 20_000_000;
const CHUNKS: usize = 5;
const PAGE: usize = 10;

/// The work of one connection.
pub struct Work {
    profile: Profile,
    from: MailboxId,
    to: MailboxId,
    headers: HeaderMap,
    small: Bytes,
    chunk: Bytes,
    rounds: usize,
}

#[derive(Deserialize)]
struct Sent {
    message_id: String,
}

#[derive(Deserialize)]
struct Inbox {
    messages: Vec<String>,
}

impl Work {
    pub fn new(profile: Profile, args: &cli::Bench, number: usize) -> Self {
        let mut small = vec![0u8; args.size];
        SystemRandomness.fill(&mut small);
        let chunk = if profile == Profile::Large {
            vec![7u8; CHUNK]
        } else {
            Vec::new()
        };
        let mut headers = HeaderMap::new();
        if let Ok(to) = HeaderValue::from_str(args.to.as_str()) {
            headers.insert("mex-to", to);
        }
        if let Ok(workflow) = HeaderValue::from_str(args.workflow.as_str()) {
            headers.insert("mex-workflowid", workflow);
        }
        headers.insert(
            "content-type",
            HeaderValue::from_static("application/octet-stream"),
        );
        Self {
            profile,
            from: args.mailbox.clone(),
            to: args.to.clone(),
            headers,
            small: small.into(),
            chunk: chunk.into(),
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
            Profile::Large => self.large(connection, due, measured).await,
        }
    }

    async fn send(&self, connection: &mut Connection, due: Instant, measured: &mut Measured) {
        let body = self.small.clone();
        let answer = connection
            .request(&self.from, Method::POST, "/outbox", &self.headers, body)
            .await;
        measured.count("send", due, ok(answer, 202).map(|_| self.small.len()));
    }

    async fn collect(&self, connection: &mut Connection, due: Instant, measured: &mut Measured) {
        let nothing = HeaderMap::new();
        let path = format!("/inbox?max_results={PAGE}");
        let listed = connection
            .request(&self.to, Method::GET, &path, &nothing, Bytes::new())
            .await;
        let listed = ok(listed, 200);
        let ids = listed
            .as_ref()
            .and_then(|answer| serde_json::from_slice::<Inbox>(&answer.body).ok())
            .map_or_else(Vec::new, |inbox| inbox.messages);
        measured.count("list", due, listed.map(|answer| answer.body.len()));
        for id in ids {
            let begun = Instant::now();
            let path = format!("/inbox/{id}");
            let got = connection
                .request(&self.to, Method::GET, &path, &nothing, Bytes::new())
                .await;
            measured.count(
                "download",
                begun,
                ok(got, 200).map(|answer| answer.body.len()),
            );
            let begun = Instant::now();
            let path = format!("/inbox/{id}/status/acknowledged");
            let done = connection
                .request(&self.to, Method::PUT, &path, &nothing, Bytes::new())
                .await;
            measured.count("acknowledge", begun, ok(done, 200).map(|_| 0));
        }
    }

    async fn large(&self, connection: &mut Connection, due: Instant, measured: &mut Measured) {
        let mut id = None;
        for number in 1..=CHUNKS {
            let begun = if number == 1 { due } else { Instant::now() };
            let mut headers = self.headers.clone();
            if let Ok(range) = HeaderValue::from_str(&format!("{number}:{CHUNKS}")) {
                headers.insert("mex-chunk-range", range);
            }
            let path = match &id {
                None => "/outbox".to_owned(),
                Some(id) => format!("/outbox/{id}/{number}"),
            };
            let body = self.chunk.clone();
            let sent = connection
                .request(&self.from, Method::POST, &path, &headers, body)
                .await;
            let sent = ok(sent, 202);
            if let (None, Some(answer)) = (&id, &sent) {
                id = serde_json::from_slice::<Sent>(&answer.body)
                    .ok()
                    .map(|sent| sent.message_id);
            }
            let went_well = sent.is_some() && id.is_some();
            measured.count("chunk", begun, went_well.then_some(CHUNK));
            if !went_well {
                return;
            }
        }
    }
}

/// The answer when it has the status that was hoped for.
fn ok(answer: Result<Answer, NoAnswer>, status: u16) -> Option<Answer> {
    match answer {
        Ok(answer) if answer.status.as_u16() == status => Some(answer),
        Ok(answer) => {
            tracing::warn!(status = answer.status.as_u16(), "refused");
            None
        }
        Err(error) => {
            tracing::warn!(%error, "failed");
            None
        }
    }
}
