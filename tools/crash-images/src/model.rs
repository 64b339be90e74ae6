//! What a store must hold after a cut: everything acknowledged, whole, once; of what was under way
//! all or nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use bytes::Bytes;
use futures_util::TryStreamExt;
use mail_store::{MessageState, QueuedJob, Store, StoreOptions};

use crate::plan::{self, Change, Place, Step};

/// A message as it is seen from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    Absent,
    Inbox,
    Routing,
    /// The chunks that are there.
    Uploading(BTreeSet<u32>),
    Acknowledged,
    Failed,
}

#[derive(Debug, Clone)]
struct Expected {
    seen: Seen,
    total: u32,
    chunks: BTreeMap<u32, Bytes>,
    under_way: Option<Change>,
}

#[derive(Debug, Clone, Default)]
pub struct Model {
    messages: BTreeMap<u64, Expected>,
    steps: HashMap<u64, Step>,
}

fn after(seen: &Seen, total: u32, change: Change) -> Seen {
    match (change, seen) {
        (Change::Accept(Place::Inbox | Place::Routed, _), _) | (Change::Deliver, _) => Seen::Inbox,
        (Change::Accept(Place::Routing, _), _) => Seen::Routing,
        (Change::Accept(Place::Chunks(_), _), _) => Seen::Uploading([1].into()),
        (Change::Chunk(number, _), Seen::Uploading(chunks)) => {
            let mut chunks = chunks.clone();
            chunks.insert(number);
            if chunks.len() == total as usize {
                Seen::Inbox
            } else {
                Seen::Uploading(chunks)
            }
        }
        (Change::Acknowledge, _) => Seen::Acknowledged,
        (Change::Fail, _) => Seen::Failed,
        (Change::Forget, _) => Seen::Absent,
        (change, seen) => panic!("{change:?} of {seen:?}"),
    }
}

impl Model {
    /// Takes a line that the workload printed.
    pub fn printed(&mut self, line: &str) {
        if let Some(begun) = line.strip_prefix('+') {
            let (number, step) = begun.split_once(' ').unwrap();
            let step = Step::parse(step);
            self.steps.insert(number.parse().unwrap(), step);
            let expected = self.messages.entry(step.message).or_insert(Expected {
                seen: Seen::Absent,
                total: 1,
                chunks: BTreeMap::new(),
                under_way: None,
            });
            match step.change {
                Change::Accept(place, length) => {
                    let bytes = plan::bytes(step.message, 1, length);
                    expected.chunks.insert(1, bytes);
                    if let Place::Chunks(total) = place {
                        expected.total = total;
                    }
                }
                Change::Chunk(number, length) => {
                    let bytes = plan::bytes(step.message, number, length);
                    expected.chunks.insert(number, bytes);
                }
                _ => {}
            }
            expected.under_way = Some(step.change);
        } else if let Some(number) = line.strip_prefix('-') {
            let step = self.steps.remove(&number.parse().unwrap()).unwrap();
            let expected = self.messages.get_mut(&step.message).unwrap();
            expected.seen = after(&expected.seen, expected.total, step.change);
            expected.under_way = None;
        } else {
            panic!("the workload said {line:?}");
        }
    }

    /// What was seen after a cut is the truth from then on.
    pub fn settle(&mut self, seen: &BTreeMap<u64, Seen>) {
        self.steps.clear();
        for (message, expected) in &mut self.messages {
            expected.seen = seen[message].clone();
            expected.under_way = None;
        }
    }

    /// Opens the store in a directory and compares. Returns what was seen of each message.
    pub async fn check(&self, directory: &Path) -> Result<BTreeMap<u64, Seen>, String> {
        let store = Store::open(directory).map_err(|error| format!("does not open: {error}"))?;
        let receiver = plan::mailbox(plan::RECEIVER);
        let inbox = store.inbox(&receiver, 0, 10_000, &|_| true).await;
        let inbox = inbox.map_err(|error| error.to_string())?;
        let inbox: Vec<u64> = inbox.ids.iter().map(plan::number_of).collect();
        let mut once = BTreeSet::new();
        if let Some(twice) = inbox.iter().find(|number| !once.insert(**number)) {
            return Err(format!("message {twice} is in the inbox twice"));
        }
        let routing = routing(&store).await?;
        let mut all = BTreeMap::new();
        for (message, expected) in &self.messages {
            let seen = see(&store, *message, &once, &routing, expected).await?;
            let then = expected
                .under_way
                .map(|change| after(&expected.seen, expected.total, change));
            if seen != expected.seen && Some(&seen) != then.as_ref() {
                let (before, change) = (&expected.seen, expected.under_way);
                return Err(format!(
                    "message {message} is {seen:?}, expected {before:?} or that after {change:?}"
                ));
            }
            let known = seen != Seen::Absent || expected.under_way == Some(Change::Forget);
            let accepting = matches!(expected.under_way, Some(Change::Accept(..)));
            let used = store.token_is_used(&plan::token(*message)).await;
            if (known || accepting) && used.map_err(|error| error.to_string())? != known {
                return Err(format!("the token of message {message} says otherwise"));
            }
            all.insert(*message, seen);
        }
        if let Some(unknown) = inbox.iter().find(|number| !all.contains_key(number)) {
            return Err(format!("message {unknown} was never sent"));
        }
        drop(store);
        check_records(directory, &all).await?;
        Ok(all)
    }
}

async fn routing(store: &Store) -> Result<BTreeSet<u64>, String> {
    let jobs = store
        .routing_due(jiff::Timestamp::MAX, jiff::Timestamp::MAX, 10_000)
        .await
        .map_err(|error| error.to_string())?;
    jobs.iter()
        .map(|job| match job {
            QueuedJob::Due(job) => Ok(plan::number_of(&job.message.id)),
            QueuedJob::Damaged { seq } => Err(format!("the routing job {seq} is damaged")),
        })
        .collect()
}

async fn see(
    store: &Store,
    number: u64,
    inbox: &BTreeSet<u64>,
    routing: &BTreeSet<u64>,
    expected: &Expected,
) -> Result<Seen, String> {
    let text_of = |error: mail_store::StoreError| format!("message {number}: {error}");
    let found = store
        .message(&plan::message_id(number))
        .await
        .map_err(text_of)?;
    let Some(message) = found else {
        return if inbox.contains(&number) || routing.contains(&number) {
            Err(format!("message {number} is listed without a record"))
        } else {
            Ok(Seen::Absent)
        };
    };
    let mut chunks = BTreeSet::new();
    for (chunk, sent) in &expected.chunks {
        let Some(body) = store.chunk(message.seq, *chunk).await.map_err(text_of)? else {
            continue;
        };
        let parts: Vec<Bytes> = store
            .read(body)
            .await
            .map_err(text_of)?
            .try_collect()
            .await
            .map_err(text_of)?;
        if parts.concat() != *sent {
            return Err(format!(
                "chunk {chunk} of message {number} is other than sent"
            ));
        }
        chunks.insert(*chunk);
    }
    let waits = (inbox.contains(&number), routing.contains(&number));
    let seen = match (message.state, waits) {
        (MessageState::Accepted, (true, false)) => Seen::Inbox,
        (MessageState::Accepted, (false, true)) => Seen::Routing,
        (MessageState::Uploading, (false, false)) => Seen::Uploading(chunks.clone()),
        (MessageState::Acknowledged, (false, false)) => Seen::Acknowledged,
        (MessageState::Error, (false, false)) => Seen::Failed,
        (state, waits) => return Err(format!("message {number} is {state:?}, waits {waits:?}")),
    };
    let whole = !matches!(seen, Seen::Uploading(_));
    if whole && chunks.len() != message.total_chunks as usize {
        return Err(format!("message {number} has only the chunks {chunks:?}"));
    }
    Ok(seen)
}

/// What only the files tell: no message beyond those known, SQLite's own check, the audit trail.
async fn check_records(directory: &Path, all: &BTreeMap<u64, Seen>) -> Result<(), String> {
    let text_of = |error: rusqlite::Error| error.to_string();
    let records = rusqlite::Connection::open(directory.join("records.sqlite3")).map_err(text_of)?;
    let verdict: String = records
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .map_err(text_of)?;
    if verdict != "ok" {
        return Err(verdict);
    }
    let present = all.values().filter(|seen| **seen != Seen::Absent).count();
    let count: i64 = records
        .query_row("SELECT count(*) FROM message", [], |row| row.get(0))
        .map_err(text_of)?;
    if count != present as i64 {
        return Err(format!("{count} messages stored, {present} known"));
    }
    let check = StoreOptions::default().verify_audit(directory, None).await;
    let check = check.map_err(|error| error.to_string())?;
    if let Some((line, reason)) = check.broken {
        return Err(format!("audit line {line}: {reason}"));
    }
    let accepted: i64 = records
        .query_row(
            "SELECT count(*) FROM message m WHERE 1 =
               (SELECT count(*) FROM audit a WHERE a.subject = m.id AND a.action = 'accepted')",
            [],
            |row| row.get(0),
        )
        .map_err(text_of)?;
    if accepted != count {
        return Err(format!("{count} messages, {accepted} in the audit trail"));
    }
    Ok(())
}
