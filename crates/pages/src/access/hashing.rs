//! Where passwords are looked at and made: on two threads with a short queue, so that any number of tries
//! costs no more memory than these two.

use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

use super::users::Users;
use crate::PagesError;

/// Each holds 19 MiB while it looks at a password.
const THREADS: usize = 2;
/// Jobs that wait, at most: a second's work. Those beyond are sent away.
const WAITING: usize = 16;

type Job = Box<dyn FnOnce(&Users) + Send>;

/// The threads that look at passwords. They end with the value.
pub(super) struct Hashing {
    jobs: mpsc::Sender<Job>,
}

impl Hashing {
    pub(super) fn new(users: &Users) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..THREADS {
            let (users, waiting) = (users.clone(), Arc::clone(&waiting));
            let started = thread::Builder::new()
                .name("passwords".to_owned())
                .spawn(move || work(&users, &waiting));
            if let Err(error) = started {
                tracing::error!(%error, "a thread that looks at passwords could not be started");
            }
        }
        Self { jobs }
    }

    /// Does something with a password. `None` when too many wait already: nothing was done then.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Users) -> Result<T, PagesError> + Send + 'static,
    ) -> Option<Result<T, PagesError>> {
        let (answer, found) = oneshot::channel();
        let job: Job = Box::new(move |users| {
            // Who went away meanwhile costs nothing.
            if !answer.is_closed() {
                let _ = answer.send(work(users));
            }
        });
        self.jobs.try_send(job).ok()?;
        Some(found.await.unwrap_or(Err(PagesError::Stopped)))
    }
}

fn work(users: &Users, waiting: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let job = waiting.lock().blocking_recv();
        let Some(job) = job else {
            return;
        };
        job(users);
    }
}
