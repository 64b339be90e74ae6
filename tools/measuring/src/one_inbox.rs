//! Many messages waiting in one inbox, put there by the store itself, and what listing them costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use mail_store::{Body, Details, Kind, NewMessage, Op, Outcome, Place, Store};
use nhs::{MailboxId, MessageId, WorkflowId};

/// Jobs that wait for the writer at once: enough for each of its batches to be full.
const TASKS: u64 = 512;
const PAGE: usize = 500;
const LISTS: u32 = 1_000;

/// The mailboxes and the workflow of `restante server --sandbox`.
pub const SENDER: &str = "X26ABC1";
pub const RECIPIENT: &str = "X26ABC2";
pub const WORKFLOW: &str = "TEST_WORKFLOW";

/// Accepts messages of 1 KB for one mailbox, the last of them just now. Returns how many a second.
pub async fn fill(store: &Store, messages: u64) -> f64 {
    let span = SignedDuration::from_micros(i64::try_from(messages).unwrap());
    let first = Timestamp::now().checked_sub(span).unwrap();
    let next = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..TASKS {
        let (store, next) = (store.clone(), Arc::clone(&next));
        tasks.push(tokio::spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= messages {
                    return;
                }
                let outcomes = store.commit(vec![accept(first, number)]).await.unwrap();
                assert_eq!(outcomes, [Outcome::Done]);
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    messages as f64 / begun.elapsed().as_secs_f64()
}

/// 1 KB that nothing compresses, another for each number.
pub fn body(number: u64) -> Bytes {
    let mut state = number | 1;
    let bytes = (0..128).flat_map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state.to_le_bytes()
    });
    bytes.collect()
}

fn accept(first: Timestamp, number: u64) -> Op {
    let micros = i64::try_from(number).unwrap();
    let sent_at = first
        .checked_add(SignedDuration::from_micros(micros))
        .unwrap();
    let time = sent_at.strftime("%Y%m%d%H%M%S%6f");
    let message = NewMessage {
        id: MessageId::parse(&format!("{time}_{:06X}", number & 0xff_ffff)).unwrap(),
        kind: Kind::Data,
        sender: Some(MailboxId::parse(SENDER).unwrap()),
        recipient: Some(MailboxId::parse(RECIPIENT).unwrap()),
        workflow: WorkflowId::parse(WORKFLOW).unwrap(),
        sent_at,
        total_chunks: 1,
        details: Details {
            local_id: Some(number.to_string().into_bytes()),
            content_type: Some(b"application/octet-stream".to_vec()),
            ..Details::default()
        },
        report: None,
        body: Some(Body::Inline(body(number))),
    };
    Op::Accept {
        message: Box::new(message),
        place: Place::Inbox,
    }
}

/// Brings the lists of what was sent and received up to date, as a server does every minute. Returns
/// the longest of its steps: so long the sends of others wait.
pub async fn catch_up(store: &Store) -> Duration {
    let mut longest = Duration::ZERO;
    loop {
        let begun = Instant::now();
        let outcomes = store.commit(vec![Op::Index]).await.unwrap();
        longest = longest.max(begun.elapsed());
        if outcomes == [Outcome::Counted(0)] {
            return longest;
        }
    }
}

/// The time of each list of the first 500, sorted.
pub async fn lists(store: &Store) -> Vec<Duration> {
    let mailbox = MailboxId::parse(RECIPIENT).unwrap();
    let mut took = Vec::new();
    for _ in 0..LISTS {
        let begun = Instant::now();
        let page = store.inbox(&mailbox, 0, PAGE, &|_| true).await.unwrap();
        took.push(begun.elapsed());
        assert!(!page.ids.is_empty());
    }
    took.sort();
    took
}
