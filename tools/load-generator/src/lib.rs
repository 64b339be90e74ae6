//! Drives any MESH server, ours or a peer's, and measures rates and latencies: `restante bench`.
//!
//! With a rate the load is open-loop: requests are due at fixed moments whatever the server does,
//! and a latency is counted from the moment the request was due, so a stalled server cannot hide
//! behind a stalled client. Without it every connection sends its next request when the answer to
//! the last has come: that finds the highest rate.

mod connection;
mod large;
mod nation;
mod options;
pub mod patients;
mod profile;
mod report;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

pub use self::nation::{Nation, Taken, practice, sender};
pub use self::options::Options;
pub use self::profile::Profile;
pub use self::report::Report;

use self::connection::{Connection, Target};
use self::profile::Work;
use self::report::Measured;

/// Why no load could be put on a server.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The target is no URL.
    #[error("--url is not a URL; expected http://HOST:PORT, https://HOST:PORT, HOST:PORT or PORT")]
    NotAUrl,
    /// The target names no host, or one that no header or certificate can name.
    #[error(
        "--url names no host that can be asked; expected http://HOST:PORT or https://HOST:PORT"
    )]
    NoHost,
    /// Nothing answers there, or not with the TLS asked for.
    #[error(
        "{address} cannot be reached: {reason}; nothing was sent. Start the server, or check --url{hint}"
    )]
    Unreachable {
        /// Host and port.
        address: String,
        /// What the system or the other side said.
        reason: String,
        /// What else to look at.
        hint: &'static str,
    },
    /// Mutual TLS without its files.
    #[error("an https URL needs --ca, --cert and --key")]
    CertificatesNeeded,
    /// A file of certificates or the key is missing or is no PEM.
    #[error("{}: {error}", path.display())]
    Certificate {
        /// Which of the three.
        path: PathBuf,
        /// What is wrong with it.
        error: rustls::pki_types::pem::Error,
    },
    /// The certificates cannot be used together.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// There is no mailbox of that number.
    #[error("{0} is too many practices or senders; expected fewer than 100000")]
    Mailbox(u64),
    /// One of the load's own tasks died.
    #[error("a connection's task ended abnormally")]
    TaskEnded,
}

/// Loads the server for as long as the options say, then reports. Requests that fail are counted in
/// the report and do not end it.
///
/// # Errors
///
/// When the options name no server, one that cannot be reached, or certificates that cannot be used: before the first
/// request.
pub async fn run(options: &Options) -> Result<Report, Error> {
    let target = Arc::new(Target::new(options)?);
    target.probe().await?;
    if options.profile == Profile::Nation {
        let (all, taken, took) = nation::run(options, target).await?;
        return Ok(Report::new(options, &all, took).with(taken));
    }
    let slots = Arc::new(Slots::new(options.rate));
    let end = Instant::now() + Duration::from_secs(options.seconds);
    let started = Instant::now();
    let mut tasks = Vec::new();
    for number in 0..options.connections {
        let mut work = Work::new(options.profile, options, number);
        let once = options.profile.is_once();
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
        all.add(task.await.map_err(|_| Error::TaskEnded)?);
    }
    Ok(Report::new(options, &all, started.elapsed()))
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
