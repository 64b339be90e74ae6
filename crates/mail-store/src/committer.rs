use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::StoreError;
use crate::bodies::Body;
use crate::operation::{Job, Op, Outcome};
use crate::records::Writer;

/// So many jobs wait for the writer.
const QUEUE: usize = 1024;
/// So many bytes of waiting jobs, bodies included.
const QUEUE_BYTES: usize = 24 * 1024 * 1024;
/// So many jobs share one transaction and one sync.
const BATCH: usize = 256;

type Answer = oneshot::Sender<Result<Vec<Outcome>, StoreError>>;

struct Waiting {
    job: Job,
    answer: Answer,
    _room: OwnedSemaphorePermit,
}

/// Queues jobs for the one task that writes. Whatever waits when it is free becomes one
/// transaction; there is no lingering for more.
pub(crate) struct Committer {
    queue: Option<mpsc::Sender<Waiting>>,
    room: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    /// The writer gets a thread of its own, and that thread's runtime for its input and output.
    pub(crate) fn start(writer: Box<dyn Writer>, runtime: Runtime) -> Result<Self, StoreError> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("mail-store writer".to_owned())
            .spawn(move || runtime.block_on(write(writer, jobs)))
            .map_err(StoreError::file("the writer thread"))?;
        Ok(Self {
            queue: Some(queue),
            room: Arc::new(Semaphore::new(QUEUE_BYTES)),
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
        let room = Arc::clone(&self.room)
            .try_acquire_many_owned(weight(&job))
            .map_err(|_| StoreError::Busy)?;
        let waiting = Waiting {
            job,
            answer,
            _room: room,
        };
        match queue.try_send(waiting) {
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

/// About how many bytes a job holds while it waits.
fn weight(job: &Job) -> u32 {
    let bytes: usize = job
        .iter()
        .map(|op| {
            let body = match op {
                Op::Accept { message, .. } => message.body.as_ref(),
                Op::Chunk { body, .. } => Some(body),
                _ => None,
            };
            match body {
                Some(Body::Inline(bytes)) => 512 + bytes.len(),
                _ => 512,
            }
        })
        .sum();
    u32::try_from(bytes.min(QUEUE_BYTES)).unwrap_or(u32::MAX)
}

async fn write(mut writer: Box<dyn Writer>, mut queue: mpsc::Receiver<Waiting>) {
    let mut halted = false;
    while let Some(first) = queue.recv().await {
        let (mut jobs, mut answers) = (vec![first.job], vec![first.answer]);
        while jobs.len() < BATCH
            && let Ok(next) = queue.try_recv()
        {
            jobs.push(next.job);
            answers.push(next.answer);
        }
        let result = if halted {
            Err(StoreError::Halted)
        } else {
            writer.commit(&jobs).await
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
                        writer.commit(std::slice::from_ref(&job)).await
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
