//! `restante bench`: drives any MESH server, ours or a peer's, and prints rates and latencies.
//!
//! With `--rate` the load is open-loop: requests are due at fixed moments whatever the server does,
//! and a latency is counted from the moment the request was due, so a stalled server cannot hide
//! behind a stalled client. Without it every connection sends its next request when the answer to
//! the last has come: that finds the highest rate.

mod connection;
mod large;
mod profile;
mod report;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use nhs::{MailboxId, WorkflowId};

use crate::error::Error;
use crate::output::Format;

use self::connection::{Connection, Target};
use self::profile::{Profile, Work};
use self::report::{Measured, Report};

#[derive(Args)]
#[command(
    after_help = "Example: restante bench --url http://127.0.0.1:8700 --profile send --connections 16 --seconds 10"
)]
pub struct Arguments {
    /// The server, as far as the port
    #[arg(long)]
    pub url: String,
    /// The mailbox that sends
    #[arg(long, default_value = "X26ABC1")]
    pub mailbox: MailboxId,
    /// The mailbox that receives
    #[arg(long, default_value = "X26ABC2")]
    pub to: MailboxId,
    /// The password of both
    #[arg(
        long,
        env = "MESH_PASSWORD",
        default_value = "password",
        hide_env_values = true
    )]
    pub password: String,
    /// The environment's shared key
    #[arg(
        long,
        env = "SHARED_KEY",
        default_value = "TestKey",
        hide_env_values = true
    )]
    pub shared_key: String,
    /// The workflow of the messages
    #[arg(long, default_value = "TEST_WORKFLOW")]
    pub workflow: WorkflowId,
    #[arg(long, value_enum, default_value = "send")]
    pub profile: Profile,
    /// Connections kept open side by side
    #[arg(long, default_value_t = 16)]
    pub connections: usize,
    /// Requests due each second over all connections [default: as many as are answered]
    #[arg(long)]
    pub rate: Option<f64>,
    /// How long to go on; `large` ends with its message
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Bytes of a small message
    #[arg(long, default_value_t = 1024)]
    pub size: usize,
    /// Bytes of the message of `large`
    #[arg(long, default_value_t = 1_000_000_000)]
    pub large_size: u64,
    /// Bytes of its chunks, but the last
    #[arg(long, default_value_t = 20_000_000)]
    pub chunk_size: u64,
    /// The authority of the server's certificate (PEM), for https
    #[arg(long)]
    pub ca: Option<PathBuf>,
    /// Our certificate (PEM), for https
    #[arg(long)]
    pub cert: Option<PathBuf>,
    /// Our key (PEM), for https
    #[arg(long)]
    pub key: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

pub async fn run(args: Arguments) -> Result<(), Error> {
    let target = Arc::new(Target::new(&args)?);
    let slots = Arc::new(Slots::new(args.rate));
    let end = Instant::now() + Duration::from_secs(args.seconds);
    let started = Instant::now();
    let mut tasks = Vec::new();
    for number in 0..args.connections {
        let mut work = Work::new(args.profile, &args, number);
        let once = args.profile.is_once();
        let mut connection = Connection::new(target.clone());
        let slots = slots.clone();
        tasks.push(tokio::spawn(async move {
            let mut measured = Measured::default();
            while let Some(due) = slots.next(end).await {
                work.once(&mut connection, due, &mut measured).await;
                if once {
                    break;
                }
            }
            measured
        }));
    }
    let mut all = Measured::default();
    for task in tasks {
        match task.await {
            Ok(measured) => all.add(measured),
            Err(_) => {
                return Err(Error::Usage(
                    "a connection's task ended abnormally".to_owned(),
                ));
            }
        }
    }
    Report::new(&args, &all, started.elapsed()).print(args.format)
}

/// When the next piece of work is due.
struct Slots {
    interval: Option<Duration>,
    start: Instant,
    taken: AtomicU64,
}

impl Slots {
    fn new(rate: Option<f64>) -> Self {
        let interval = rate.map(|rate| Duration::from_secs_f64(1.0 / rate.max(0.001)));
        Self {
            interval,
            start: Instant::now(),
            taken: AtomicU64::new(0),
        }
    }

    /// Waits until the next slot; `None` when the time is up.
    async fn next(&self, end: Instant) -> Option<Instant> {
        let due = match self.interval {
            None => Instant::now(),
            Some(interval) => {
                let number = self.taken.fetch_add(1, Ordering::Relaxed);
                let due = self.start + interval.mul_f64(number as f64);
                tokio::time::sleep_until(due.min(end).into()).await;
                due
            }
        };
        (due < end && Instant::now() < end).then_some(due)
    }
}
