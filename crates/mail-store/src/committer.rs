use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use crate::StoreError;
use crate::operation::{Job, Outcome};
use crate::sqlite::write::Writer;

/// So many jobs wait for the writer; with at most 32 KB of body each that bounds the memory.
const QUEUE: usize = 1024;
/// So many jobs share one transaction and one sync.
const BATCH: usize = 256;

type Answer = oneshot::Sender<Result<Vec<Outcome>, StoreError>>;

/// Queues jobs for the one thread that writes. Whatever waits when the thread is free becomes one
/// transaction; there is no lingering for more.
pub(crate) struct Committer {
    queue: Option<mpsc::Sender<(Job, Answer)>>,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    pub(crate) fn start(writer: Writer) -> Result<Self, StoreError> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("mail-store writer".to_owned())
            .spawn(move || write(writer, jobs))
            .map_err(StoreError::file("the writer thread"))?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Queues a job at once; the receiver tells its outcomes when they are durable.
    pub(crate) fn submit(
        &self,
        job: Job,
    ) -> Result<oneshot::Receiver<Result<Vec<Outcome>, StoreError>>, StoreError> {
        let (answer, outcome) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(StoreError::Closing)?;
        match queue.try_send((job, answer)) {
            Ok(()) => Ok(outcome),
            Err(mpsc::error::TrySendError::Full(_)) => Err(StoreError::Busy),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(StoreError::Halted),
        }
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the mail store's writer ended badly");
        }
    }
}

fn write(mut writer: Writer, mut queue: mpsc::Receiver<(Job, Answer)>) {
    let mut halted = false;
    while let Some(first) = queue.blocking_recv() {
        let (mut jobs, mut answers) = (vec![first.0], vec![first.1]);
        while jobs.len() < BATCH
            && let Ok((job, answer)) = queue.try_recv()
        {
            jobs.push(job);
            answers.push(answer);
        }
        let result = if halted {
            Err(StoreError::Halted)
        } else {
            writer.commit(&jobs)
        };
        match result {
            Ok(outcomes) => {
                for (answer, outcomes) in answers.into_iter().zip(outcomes) {
                    // The asker may have gone; what is durable stays durable.
                    drop(answer.send(Ok(outcomes)));
                }
            }
            // one job's record is damaged: the others must not fail with it
            Err(error) if jobs.len() > 1 && is_of_one_job(&error) => {
                for (job, answer) in jobs.into_iter().zip(answers) {
                    let outcomes = if halted {
                        Err(StoreError::Halted)
                    } else {
                        writer.commit(std::slice::from_ref(&job))
                    };
                    let outcomes = outcomes.map(|mut outcomes| outcomes.pop().unwrap_or_default());
                    let outcomes = outcomes.map_err(|error| {
                        let meaning = StoreError::of_commit(&error);
                        halted = halted || matches!(meaning, StoreError::Halted);
                        tracing::error!(%error, halted, "the mail store could not commit");
                        meaning
                    });
                    drop(answer.send(outcomes));
                }
            }
            Err(error) => {
                let meaning = StoreError::of_commit(&error);
                halted = halted || matches!(meaning, StoreError::Halted);
                tracing::error!(%error, halted, "the mail store could not commit");
                for answer in answers {
                    drop(answer.send(Err(StoreError::of_commit(&error))));
                }
            }
        }
    }
}

fn is_of_one_job(error: &StoreError) -> bool {
    matches!(StoreError::of_commit(error), StoreError::DamagedRecord(_))
}
