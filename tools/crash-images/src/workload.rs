//! What is recorded: a store at work, printing on standard output what it begins and what was
//! acknowledged.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use mail_store::{Body, FailedAs, Failure, Job, Op, Outcome, Routed, SealedAddress, Store};

use crate::plan::{self, Change, Place, Step};

struct Work {
    store: Store,
    steps: AtomicU64,
}

fn print_line(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// A step as the checker reads it.
fn text(step: Step) -> String {
    let message = step.message;
    match step.change {
        Change::Accept(Place::Inbox, length) => format!("accept {message} 0 {length}"),
        Change::Accept(Place::Routing, length) => format!("route {message} 0 {length}"),
        Change::Accept(Place::Routed, length) => format!("routed {message} 0 {length}"),
        Change::Accept(Place::Chunks(total), length) => {
            format!("upload {message} {total} {length}")
        }
        Change::Chunk(number, length) => format!("chunk {message} {number} {length}"),
        Change::Deliver => format!("deliver {message} 0 0"),
        Change::Acknowledge => format!("acknowledge {message} 0 0"),
        Change::Fail => format!("fail {message} 0 0"),
        Change::Forget => format!("forget {message} 0 0"),
    }
}

impl Work {
    async fn step(&self, message: u64, change: Change) {
        let number = self.steps.fetch_add(1, Ordering::Relaxed);
        let step = Step { message, change };
        print_line(&format!("+{number} {}", text(step)));
        let job = self.job(message, change).await;
        let outcomes = self.store.commit(job).await.unwrap();
        assert!(
            outcomes.iter().all(Outcome::is_done),
            "{step:?} {outcomes:?}"
        );
        print_line(&format!("-{number}"));
    }

    async fn body(&self, message: u64, chunk: u32, length: usize) -> Body {
        let unique = u128::from(message) << 32 | u128::from(chunk);
        let sender = plan::mailbox("A81001OT001");
        let mut sink = self.store.body(sender, plan::sent_at(message), unique);
        for piece in plan::bytes(message, chunk, length).chunks(16 * 1024) {
            sink.write(piece.to_vec().into()).await.unwrap();
        }
        sink.finish().await.unwrap()
    }

    async fn job(&self, message: u64, change: Change) -> Job {
        let (id, at) = (plan::message_id(message), plan::sent_at(message));
        match change {
            Change::Accept(place, length) => {
                let body = self.body(message, 1, length).await;
                let sealed = SealedAddress {
                    sealed: vec![7; 100],
                    order_key: plan::token(message),
                };
                let use_token = Op::UseToken {
                    token: plan::token(message),
                    forget_at: plan::sent_at(1_000_000_000),
                };
                let accept = Op::Accept {
                    message: Box::new(plan::new_message(message, place, body)),
                    place: match place {
                        Place::Inbox => mail_store::Place::Inbox,
                        Place::Routing => mail_store::Place::Routing(sealed),
                        Place::Routed => mail_store::Place::Routed(Box::new(Routed {
                            address: sealed,
                            recipient: plan::mailbox(plan::RECEIVER),
                            hidden: false,
                            trail: "patient:00".to_owned(),
                        })),
                        Place::Chunks(_) => mail_store::Place::Uploading(None),
                    },
                };
                vec![use_token, accept]
            }
            Change::Chunk(number, length) => vec![Op::Chunk {
                message: id,
                number,
                body: self.body(message, number, length).await,
                at,
            }],
            Change::Deliver => vec![Op::Deliver {
                message: id,
                recipient: plan::mailbox(plan::RECEIVER),
                hidden: false,
                at,
            }],
            Change::Acknowledge => vec![Op::Acknowledge {
                mailbox: plan::mailbox(plan::RECEIVER),
                message: id,
                at,
            }],
            Change::Fail => vec![Op::Fail {
                message: id,
                failed_as: FailedAs::Error,
                failure: Failure {
                    at,
                    code: "14".to_owned(),
                    event: "SEND".to_owned(),
                    description: "given up".to_owned(),
                    linked: None,
                },
            }],
            Change::Forget => vec![Op::Forget {
                before: plan::sent_at(message + 1),
                limit: 1,
                at,
            }],
        }
    }
}

fn checkpoint(directory: &Path, mode: &str) {
    let connection = rusqlite::Connection::open(directory.join("records.sqlite3")).unwrap();
    connection
        .busy_timeout(std::time::Duration::from_secs(5))
        .unwrap();
    connection
        .query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()))
        .unwrap();
}

/// One sender's day.
async fn sender(work: &Work, first: u64, large: usize) {
    use Change::{Accept, Acknowledge, Chunk, Deliver, Fail};
    work.step(first + 1, Accept(Place::Inbox, large)).await;
    work.step(first, Accept(Place::Inbox, 700)).await;
    work.step(first, Acknowledge).await;
    work.step(first + 2, Accept(Place::Routing, 3_000)).await;
    work.step(first + 3, Accept(Place::Chunks(3), 500)).await;
    work.step(first + 3, Chunk(3, large)).await;
    work.step(first + 2, Deliver).await;
    work.step(first + 3, Chunk(2, 100)).await;
    work.step(first + 4, Accept(Place::Routing, large + 1))
        .await;
    work.step(first + 4, Fail).await;
    work.step(first + 5, Accept(Place::Routed, 2_000)).await;
    work.step(first + 1, Acknowledge).await;
}

async fn first_run(work: &Work, directory: &Path) {
    // one after the other, so that it is known which are the oldest
    for message in 1..=3 {
        let length = [900, 40_000, 20_000][message as usize - 1];
        work.step(message, Change::Accept(Place::Inbox, length))
            .await;
    }
    work.step(2, Change::Acknowledge).await;
    checkpoint(directory, "PASSIVE");
    tokio::join!(
        sender(work, 10, 33_000),
        sender(work, 20, 48_000),
        sender(work, 30, 34_000),
    );
    checkpoint(directory, "TRUNCATE");
    work.step(1, Change::Forget).await;
    work.step(2, Change::Forget).await;
    work.store.sweep(jiff::Timestamp::MIN).await.unwrap();
    work.step(40, Change::Accept(Place::Inbox, 35_000)).await;
    checkpoint(directory, "RESTART");
    // in several parts
    work.step(41, Change::Accept(Place::Inbox, 1_100_000)).await;
    work.step(41, Change::Acknowledge).await;
    work.step(42, Change::Accept(Place::Inbox, 10)).await;
}

async fn second_run(work: &Work, directory: &Path) {
    work.step(50, Change::Accept(Place::Inbox, 800)).await;
    work.step(51, Change::Accept(Place::Inbox, 36_000)).await;
    checkpoint(directory, "PASSIVE");
    work.step(50, Change::Acknowledge).await;
    work.store.sweep(jiff::Timestamp::MAX).await.unwrap();
    work.step(52, Change::Accept(Place::Routing, 50)).await;
    work.step(53, Change::Accept(Place::Routed, 36_000)).await;
}

/// Which of the two runs.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Run {
    /// On a store that is new
    First,
    /// On a store after a cut
    Second,
}

pub async fn run(directory: &Path, run: Run) {
    let work = Work {
        store: Store::open(directory).unwrap(),
        steps: AtomicU64::new(0),
    };
    match run {
        Run::First => first_run(&work, directory).await,
        Run::Second => second_run(&work, directory).await,
    }
}
