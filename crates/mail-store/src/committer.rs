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

/// The outcomes of one job.
pub(crate) type Done = Result<Vec<Outcome>, StoreError>;

/// Jobs that were handed in together, and who waits for them.
struct Waiting {
    jobs: Vec<Job>,
    answer: oneshot::Sender<Vec<Done>>,
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
            .spawn(move || runtime.block_on(Writing::new(writer).run(jobs)))
            .map_err(StoreError::file("the writer thread"))?;
        Ok(Self {
            queue: Some(queue),
            room: Arc::new(Semaphore::new(QUEUE_BYTES)),
            thread: Some(thread),
        })
    }

    /// Queues jobs at once, side by side; the receiver tells the outcomes of each when they are
    /// durable.
    pub(crate) fn submit(
        &self,
        jobs: Vec<Job>,
    ) -> Result<oneshot::Receiver<Vec<Done>>, StoreError> {
        let (answer, outcomes) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(StoreError::Closing)?;
        let room = Arc::clone(&self.room)
            .try_acquire_many_owned(weight(&jobs))
            .map_err(|_| StoreError::Busy)?;
        let waiting = Waiting {
            jobs,
            answer,
            _room: room,
        };
        match queue.try_send(waiting) {
            Ok(()) => Ok(outcomes),
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

/// About how many bytes jobs hold while they wait.
fn weight(jobs: &[Job]) -> u32 {
    let bytes: usize = jobs
        .iter()
        .flatten()
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

/// The task that writes.
struct Writing {
    writer: Box<dyn Writer>,
    /// After a failed sync nothing is written any more.
    halted: bool,
}

impl Writing {
    fn new(writer: Box<dyn Writer>) -> Self {
        Self {
            writer,
            halted: false,
        }
    }

    async fn run(mut self, mut queue: mpsc::Receiver<Waiting>) {
        while let Some(first) = queue.recv().await {
            let (mut jobs, mut askers) = (Vec::new(), Vec::new());
            let mut next = Some(first);
            while let Some(waiting) = next {
                askers.push((waiting.jobs.len(), waiting.answer));
                jobs.extend(waiting.jobs);
                next = if jobs.len() < BATCH {
                    queue.try_recv().ok()
                } else {
                    None
                };
            }
            let mut done = self.commit(&jobs).await.into_iter();
            for (count, answer) in askers {
                // The asker may have gone; what is durable stays durable.
                drop(answer.send(done.by_ref().take(count).collect()));
            }
        }
    }

    async fn commit(&mut self, jobs: &[Job]) -> Vec<Done> {
        if self.halted {
            return jobs.iter().map(|_| Err(StoreError::Halted)).collect();
        }
        match self.writer.commit(jobs).await {
            Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
            // one job's record is damaged: the others must not fail with it
            Err(error) if jobs.len() > 1 && is_of_one_job(&error) => self.commit_singly(jobs).await,
            Err(error) => {
                self.note(&error);
                let meaning = |_| Err(StoreError::of_commit(&error));
                jobs.iter().map(meaning).collect()
            }
        }
    }

    async fn commit_singly(&mut self, jobs: &[Job]) -> Vec<Done> {
        let mut done = Vec::with_capacity(jobs.len());
        for job in jobs {
            if self.halted {
                done.push(Err(StoreError::Halted));
                continue;
            }
            let outcomes = self.writer.commit(std::slice::from_ref(job)).await;
            done.push(match outcomes {
                Ok(mut outcomes) => Ok(outcomes.pop().unwrap_or_default()),
                Err(error) => {
                    self.note(&error);
                    Err(StoreError::of_commit(&error))
                }
            });
        }
        done
    }

    fn note(&mut self, error: &StoreError) {
        self.halted |= matches!(StoreError::of_commit(error), StoreError::Halted);
        let halted = self.halted;
        tracing::error!(%error, halted, "the mail store could not commit");
    }
}

fn is_of_one_job(error: &StoreError) -> bool {
    matches!(StoreError::of_commit(error), StoreError::DamagedRecord(_))
}
