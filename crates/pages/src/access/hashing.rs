//! Where passwords are looked at: on two threads with a short queue, so that any number of tries
//! costs no more memory than these two.

use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

use super::sign_in::{Identity, Presented, SignIn};
use crate::PagesError;

/// Each holds 19 MiB while it looks at a password.
const THREADS: usize = 2;
/// Tries that wait, at most: a second's work. Those beyond are sent away.
const WAITING: usize = 16;

type Found = Result<Option<Identity>, PagesError>;

struct Job {
    presented: Presented,
    answer: oneshot::Sender<Found>,
}

/// The threads that look at passwords. They end with the value.
pub(super) struct Hashing {
    jobs: mpsc::Sender<Job>,
}

impl Hashing {
    pub(super) fn new(sign_in: &Arc<dyn SignIn>) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..THREADS {
            let (sign_in, waiting) = (Arc::clone(sign_in), Arc::clone(&waiting));
            let started = thread::Builder::new()
                .name("passwords".to_owned())
                .spawn(move || work(sign_in.as_ref(), &waiting));
            if let Err(error) = started {
                tracing::error!(%error, "a thread that looks at passwords could not be started");
            }
        }
        Self { jobs }
    }

    /// Who that is. `None` when too many wait already: nothing was looked at then.
    pub(super) async fn identify(&self, presented: Presented) -> Option<Found> {
        let (answer, found) = oneshot::channel();
        self.jobs.try_send(Job { presented, answer }).ok()?;
        Some(found.await.unwrap_or(Err(PagesError::Stopped)))
    }
}

fn work(sign_in: &dyn SignIn, waiting: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let job = waiting.lock().blocking_recv();
        let Some(Job { presented, answer }) = job else {
            return;
        };
        // Who went away meanwhile costs nothing.
        if !answer.is_closed() {
            let _ = answer.send(sign_in.identify(&presented));
        }
    }
}
