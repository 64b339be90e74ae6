//! What a store costs as it grows.
//!
//! Durable 1 KB sends from 64 tasks; then, at 10, 100,000 and the given number stored: listing 500,
//! reading one, acknowledging, tracking; opening again after the process was killed; sends while old
//! messages are deleted; and the room that gives back. Last, in a second store, the given number of
//! messages in one inbox: listing the first 500. Works in `target/growth`.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use mail_store::{Body, Details, Kind, NewMessage, Op, Outcome, Place, Store, StoreOptions};
use nhs::{MailboxId, MessageId, WorkflowId};

use crate::one_inbox;

const SENDERS: u64 = 64;
const MAILBOXES: u64 = 2_000;

fn mailbox(number: u64) -> MailboxId {
    MailboxId::parse(&format!("X26OT{number:05}")).unwrap()
}

fn id(number: u64) -> MessageId {
    MessageId::parse(&format!("20261122{number:012}_{number:06X}")).unwrap()
}

fn at(number: u64) -> Timestamp {
    Timestamp::from_microsecond(1_795_341_600_000_000 + number as i64).unwrap()
}

fn accept(number: u64) -> Op {
    let message = NewMessage {
        id: id(number),
        kind: Kind::Data,
        sender: Some(mailbox(MAILBOXES)),
        recipient: Some(mailbox(number * 7919 % MAILBOXES)),
        workflow: WorkflowId::parse("GPFED_CONSULT_REPORT").unwrap(),
        sent_at: at(number),
        total_chunks: 1,
        details: Details {
            local_id: Some(number.to_string().into_bytes()),
            subject: Some(vec![b's'; 40]),
            file_name: Some(vec![b'f'; 30]),
            content_type: Some(b"application/xml".to_vec()),
            ..Details::default()
        },
        report: None,
        body: Some(Body::Inline(one_inbox::body(number))),
    };
    Op::Accept {
        message: Box::new(message),
        place: Place::Inbox,
    }
}

struct Latencies(Vec<Duration>);

impl Latencies {
    fn text(&mut self) -> String {
        self.0.sort();
        let at = |part: f64| {
            let place = (self.0.len() as f64 * part) as usize;
            self.0[place.min(self.0.len() - 1)].as_secs_f64() * 1e3
        };
        format!(
            "p50 {:.3} ms, p99 {:.3} ms, max {:.1} ms",
            at(0.5),
            at(0.99),
            at(1.0)
        )
    }
}

/// Sends messages `from..to`, or until `stop` is set. Returns how many and what each took.
async fn send(store: &Store, from: u64, to: u64, stop: &Arc<AtomicBool>) -> (u64, Latencies) {
    let next = Arc::new(AtomicU64::new(from));
    let mut tasks = Vec::new();
    for _ in 0..SENDERS {
        let (store, next, stop) = (store.clone(), Arc::clone(&next), Arc::clone(stop));
        tasks.push(tokio::spawn(async move {
            let mut took = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= to || stop.load(Ordering::Relaxed) {
                    return took;
                }
                let begun = Instant::now();
                let outcomes = store.commit(vec![accept(number)]).await.unwrap();
                assert_eq!(outcomes, [Outcome::Done]);
                took.push(begun.elapsed());
            }
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    (all.len() as u64, Latencies(all))
}

async fn timed<F: Future<Output = ()>>(times: u64, mut work: impl FnMut(u64) -> F) -> String {
    let mut took = Vec::new();
    for number in 0..times {
        let begun = Instant::now();
        work(number).await;
        took.push(begun.elapsed());
    }
    Latencies(took).text()
}

async fn measure(store: &Store, stored: u64) {
    store.lists().await.unwrap();
    let busiest = mailbox(7919 % MAILBOXES);
    let list = timed(200, |_| async {
        let page = store.inbox(&busiest, 0, 500, &|_| true).await.unwrap();
        assert!(!page.ids.is_empty());
    });
    println!("{stored:>9} stored  list 500     {}", list.await);
    let pick = |number: u64| 1 + number * 104_729 % (stored - 1);
    let read = timed(200, |number| async move {
        let message = store.message(&id(pick(number))).await.unwrap().unwrap();
        let body = store.chunk(message.seq, 1).await.unwrap().unwrap();
        let parts: Vec<Bytes> = store.read(body).await.unwrap().try_collect().await.unwrap();
        assert_eq!(parts.concat().len(), 1024);
    });
    println!("{stored:>9} stored  read one     {}", read.await);
    let track = timed(200, |number| async move {
        let local = pick(number).to_string();
        let lists = store.lists().await.unwrap();
        let found = lists
            .by_local_id(&mailbox(MAILBOXES), local.as_bytes(), 2)
            .await
            .unwrap();
        assert_eq!(found.len(), 1);
    });
    println!("{stored:>9} stored  track        {}", track.await);
    let acknowledge = timed(stored.min(200), |number| async move {
        // from the newest backwards, each once
        let number = stored - 1 - number;
        let op = Op::Acknowledge {
            mailbox: mailbox(number * 7919 % MAILBOXES),
            message: id(number),
            at: at(number),
        };
        store.commit(vec![op]).await.unwrap();
    });
    println!("{stored:>9} stored  acknowledge  {}", acknowledge.await);
}

fn size(directory: &Path) -> f64 {
    let size = std::fs::metadata(directory.join("records.sqlite3")).unwrap();
    size.len() as f64 / 1e6
}

/// The part that is killed at its end.
async fn fill(directory: &Path, total: u64) {
    let store = Store::open(directory).unwrap();
    let never = Arc::new(AtomicBool::new(false));
    let mut from = 0;
    for stored in [10, 100_000, total] {
        let begun = Instant::now();
        let (count, mut took) = send(&store, from, stored, &never).await;
        let rate = count as f64 / begun.elapsed().as_secs_f64();
        println!(
            "{stored:>9} stored  sends        {rate:.0}/s, {}",
            took.text()
        );
        measure(&store, stored).await;
        from = stored;
    }
    std::process::abort();
}

async fn after_the_kill(directory: &Path, total: u64) {
    let begun = Instant::now();
    let store = Store::open(directory).unwrap();
    println!(
        "reopened after the kill in {:.2} s",
        begun.elapsed().as_secs_f64()
    );
    println!("records {:.0} MB", size(directory));
    let stop = Arc::new(AtomicBool::new(false));
    let sending = tokio::spawn({
        let (store, stop) = (store.clone(), Arc::clone(&stop));
        async move { send(&store, total, u64::MAX, &stop).await }
    });
    let begun = Instant::now();
    let mut deleted = 0;
    let half = at(total / 2);
    while begun.elapsed() < Duration::from_secs(10) {
        let forget = Op::Forget {
            before: half,
            limit: 64,
            at: half,
        };
        match store.commit(vec![forget]).await.unwrap()[..] {
            [Outcome::Counted(0)] => break,
            [Outcome::Counted(count)] => deleted += u64::from(count),
            ref other => panic!("{other:?}"),
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    let (sent, mut took) = sending.await.unwrap();
    println!(
        "while deleting {:.0}/s: sends {:.0}/s, {}",
        deleted as f64 / seconds,
        sent as f64 / seconds,
        took.text()
    );
    while let [Outcome::Counted(1..)] = store
        .commit(vec![Op::Forget {
            before: half,
            limit: 64,
            at: half,
        }])
        .await
        .unwrap()[..]
    {}
    println!("records {:.0} MB after deleting half", size(directory));
    stop.store(false, Ordering::Relaxed);
    let again = total * 4;
    send(&store, again, again + total / 2, &stop).await;
    println!("records {:.0} MB after as many new ones", size(directory));
    let begun = Instant::now();
    let check = StoreOptions::default().verify_audit(directory, None).await;
    let check = check.unwrap();
    println!(
        "audit trail: {} lines checked in {:.2} s, broken: {:?}",
        check.lines,
        begun.elapsed().as_secs_f64(),
        check.broken
    );
}

async fn one_large_inbox(directory: &Path, total: u64) {
    let store = Store::open(directory).unwrap();
    let rate = one_inbox::fill(&store, total).await;
    let longest = one_inbox::catch_up(&store).await.as_secs_f64() * 1e3;
    println!(
        "{total:>9} in one   sends        {rate:.0}/s; lists caught up, longest step {longest:.1} ms"
    );
    let mut took = Latencies(one_inbox::lists(&store).await);
    println!("{total:>9} in one   list 500     {}", took.text());
}

pub async fn run(total: u64, fill_and_die: Option<&Path>) {
    if let Some(directory) = fill_and_die {
        return fill(directory, total).await;
    }
    let directory = std::env::current_dir().unwrap().join("target/growth");
    let _ = std::fs::remove_dir_all(&directory);
    let killed = Command::new(std::env::current_exe().unwrap())
        .args(["growth", &total.to_string(), "--fill"])
        .arg(&directory)
        .status()
        .unwrap();
    assert!(!killed.success(), "the first part ends by abort");
    after_the_kill(&directory, total).await;
    std::fs::remove_dir_all(&directory).unwrap();
    one_large_inbox(&directory, total).await;
    std::fs::remove_dir_all(&directory).unwrap();
}
