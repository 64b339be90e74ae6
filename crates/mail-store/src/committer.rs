//! The queue of jobs and the one task that writes them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::StoreError;
use crate::contract::backend::Writer;
use crate::contract::{Body, Job, Op, Outcome};

/// How many jobs wait for the writer.
const QUEUE: usize = 1024;
/// How many bytes of waiting jobs, bodies included.
const QUEUE_BYTES: usize = 24 * 1024 * 1024;
/// How many jobs share one transaction and one sync.
const BATCH: usize = 256;

/// What waited so long while another machine's database did not answer is refused and not begun: who sent it may have gone,
/// and asked another server, which sees what is begun and not what is queued here.
const LONGEST_IN_QUEUE: Duration = Duration::from_secs(10);

/// The outcomes of one job.
pub(crate) type Done = Result<Vec<Outcome>, StoreError>;

/// Jobs that were handed in together, and who waits for them.
struct Waiting {
    jobs: Vec<Job>,
    answer: Answer,
    since: Instant,
    taken: Taken,
    _room: OwnedSemaphorePermit,
}

/// Set by whoever comes first: the writer that begins the jobs, or who waits for them and gives them up.
type Taken = Arc<AtomicBool>;

impl Waiting {
    /// Answers that nothing was kept.
    fn refuse(self) {
        let mut busy = std::iter::repeat_with(|| Err(StoreError::Busy));
        self.answer.send(&mut busy, self.jobs.len());
    }
}

/// Where outcomes go. Who asked may have gone; what is durable stays durable.
enum Answer {
    Nowhere,
    OfOne(oneshot::Sender<Done>),
    OfAll(oneshot::Sender<Vec<Done>>),
}

impl Answer {
    fn send(self, done: &mut impl Iterator<Item = Done>, jobs: usize) {
        let mut done = done.take(jobs);
        match self {
            Self::Nowhere => done.for_each(drop),
            Self::OfAll(answer) => drop(answer.send(done.collect())),
            Self::OfOne(answer) => {
                let done = done.next().unwrap_or(Err(StoreError::Halted));
                drop(answer.send(done));
            }
        }
    }
}

/// Queues jobs for the one task that writes. Whatever waits when it is free becomes one
/// transaction; there is no lingering for more.
pub(crate) struct Committer {
    queue: Option<mpsc::Sender<Waiting>>,
    room: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
    halted: Arc<AtomicBool>,
    under_way: UnderWay,
    longest_in_queue: Option<Duration>,
}

/// When the commit that is under way was given to another machine's database.
type UnderWay = Arc<Mutex<Option<Instant>>>;

impl Committer {
    /// The writer gets a thread of its own, and that thread's runtime for its input and output.
    pub(crate) fn start(writer: Box<dyn Writer>, runtime: Runtime) -> Result<Self, StoreError> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let halted = Arc::<AtomicBool>::default();
        let under_way = UnderWay::default();
        let longest_in_queue = writer.needs_io().then_some(LONGEST_IN_QUEUE);
        let writing = Writing {
            longest_in_queue,
            under_way: writer.needs_io().then(|| Arc::clone(&under_way)),
            writer,
            halted: Arc::clone(&halted),
        };
        let thread = std::thread::Builder::new()
            .name("mail-store writer".to_owned())
            .spawn(move || runtime.block_on(writing.run(jobs)))
            .map_err(StoreError::file("the writer thread"))?;
        Ok(Self {
            queue: Some(queue),
            room: Arc::new(Semaphore::new(QUEUE_BYTES)),
            thread: Some(thread),
            halted,
            under_way,
            longest_in_queue,
        })
    }

    /// True after a failed write, for good.
    pub(crate) fn is_halted(&self) -> bool {
        self.halted.load(Ordering::Relaxed)
    }

    /// How long another machine's database has not answered the commit that is under way.
    pub(crate) fn waits_for(&self) -> Option<Duration> {
        let since = *self.under_way.lock();
        since.map(|since| since.elapsed())
    }

    /// Returns once the job's outcomes are durable.
    pub(crate) async fn commit(&self, job: Job) -> Done {
        let (answer, done) = oneshot::channel();
        let taken = self.queue(vec![job], Answer::OfOne(answer))?;
        self.until_done(done, &taken).await?
    }

    /// Queues jobs at once, side by side; returns once the outcomes of each are durable.
    pub(crate) async fn commit_all(&self, jobs: Vec<Job>) -> Result<Vec<Done>, StoreError> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, done) = oneshot::channel();
        let taken = self.queue(jobs, Answer::OfAll(answer))?;
        self.until_done(done, &taken).await
    }

    /// What waited too long behind a commit that is not answered is given up while that one goes on, and never begun.
    async fn until_done<T>(
        &self,
        mut done: oneshot::Receiver<T>,
        taken: &AtomicBool,
    ) -> Result<T, StoreError> {
        if let Some(longest) = self.longest_in_queue {
            match tokio::time::timeout(longest, &mut done).await {
                Ok(done) => return done.map_err(|_| StoreError::Halted),
                Err(_) if !taken.swap(true, Ordering::Relaxed) => return Err(StoreError::Busy),
                Err(_) => {}
            }
        }
        done.await.map_err(|_| StoreError::Halted)
    }

    /// Queues a job without waiting for it.
    pub(crate) fn submit(&self, job: Job) -> Result<(), StoreError> {
        self.queue(vec![job], Answer::Nowhere).map(drop)
    }

    fn queue(&self, jobs: Vec<Job>, answer: Answer) -> Result<Taken, StoreError> {
        let queue = self.queue.as_ref().ok_or(StoreError::Closing)?;
        let room = Arc::clone(&self.room)
            .try_acquire_many_owned(weight(&jobs))
            .map_err(|_| StoreError::Busy)?;
        let taken = Taken::default();
        let waiting = Waiting {
            jobs,
            answer,
            since: Instant::now(),
            taken: Arc::clone(&taken),
            _room: room,
        };
        queue.try_send(waiting).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::Halted,
        })?;
        Ok(taken)
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
                Op::Steps { steps } => return 512 + 128 * steps.len(),
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
    /// Set after a failed sync: nothing is written any more.
    halted: Arc<AtomicBool>,
    under_way: Option<UnderWay>,
    longest_in_queue: Option<Duration>,
}

impl Writing {
    /// Whether somebody waits for these who may have been told meanwhile that they are not there.
    fn is_too_late_for(&self, waiting: &Waiting) -> bool {
        let is_long = |longest| waiting.since.elapsed() > longest;
        !matches!(waiting.answer, Answer::Nowhere) && self.longest_in_queue.is_some_and(is_long)
    }

    fn is_halted(&self) -> bool {
        self.halted.load(Ordering::Relaxed)
    }

    async fn run(mut self, mut queue: mpsc::Receiver<Waiting>) {
        while let Some(first) = queue.recv().await {
            let (mut jobs, mut askers) = (Vec::new(), Vec::new());
            let mut next = Some(first);
            while let Some(waiting) = next {
                let is_given_up = waiting.taken.swap(true, Ordering::Relaxed);
                if is_given_up || self.is_too_late_for(&waiting) {
                    waiting.refuse();
                } else {
                    askers.push((waiting.jobs.len(), waiting.answer));
                    jobs.extend(waiting.jobs);
                }
                next = if jobs.len() < BATCH {
                    queue.try_recv().ok()
                } else {
                    None
                };
            }
            if jobs.is_empty() {
                continue;
            }
            self.note_under_way(Some(Instant::now()));
            let mut done = self.commit(&jobs).await.into_iter();
            self.note_under_way(None);
            for (count, answer) in askers {
                answer.send(&mut done, count);
            }
        }
    }

    fn note_under_way(&self, since: Option<Instant>) {
        if let Some(under_way) = &self.under_way {
            *under_way.lock() = since;
        }
    }

    async fn commit(&mut self, jobs: &[Job]) -> Vec<Done> {
        if self.is_halted() {
            return jobs.iter().map(|_| Err(StoreError::Halted)).collect();
        }
        match self.writer.commit(jobs).await {
            Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
            // one job's record is damaged, or PostgreSQL refuses it: the others must not fail with it
            Err(error) if jobs.len() > 1 && is_of_one_job(&error) => self.commit_singly(jobs).await,
            Err(error) => {
                self.note(&error);
                jobs.iter().map(|_| Err(of_batch(&error))).collect()
            }
        }
    }

    async fn commit_singly(&mut self, jobs: &[Job]) -> Vec<Done> {
        let mut done = Vec::with_capacity(jobs.len());
        for job in jobs {
            if self.is_halted() {
                done.push(Err(StoreError::Halted));
                continue;
            }
            let outcomes = self.writer.commit(std::slice::from_ref(job)).await;
            done.push(match outcomes {
                Ok(mut outcomes) => Ok(outcomes.pop().unwrap_or_default()),
                Err(error) => {
                    self.note(&error);
                    Err(of_batch(&error))
                }
            });
        }
        done
    }

    fn note(&self, error: &StoreError) {
        let halted = matches!(StoreError::of_commit(error), StoreError::Halted);
        if halted {
            self.halted.store(true, Ordering::Relaxed);
        }
        tracing::error!(%error, halted, "the mail store could not commit");
    }
}

/// What the jobs of a failed batch are told. Where the write that failed was the commit's own, the log may hold it, and
/// the next start take it for kept.
fn of_batch(error: &StoreError) -> StoreError {
    match StoreError::of_commit(error) {
        StoreError::Halted => StoreError::Uncertain,
        error => error,
    }
}

fn is_of_one_job(error: &StoreError) -> bool {
    matches!(
        StoreError::of_commit(error),
        StoreError::DamagedRecord(_) | StoreError::Sql(_)
    )
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;

    struct Always;

    #[async_trait]
    impl Writer for Always {
        async fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Vec<Outcome>>, StoreError> {
            Ok(jobs.iter().map(|_| vec![Outcome::Done]).collect())
        }
    }

    /// What becomes of a job that waited while another was under way.
    async fn behind_another(
        longest_in_queue: Option<Duration>,
    ) -> Result<Vec<Outcome>, StoreError> {
        let writing = Writing {
            writer: Box::new(Always),
            halted: Arc::default(),
            under_way: None,
            longest_in_queue,
        };
        let (queue, jobs) = mpsc::channel(1);
        let (answer, done) = oneshot::channel();
        let room = Arc::new(Semaphore::new(1)).acquire_owned().await;
        let waiting = Waiting {
            jobs: vec![vec![Op::Index]],
            answer: Answer::OfOne(answer),
            since: Instant::now(),
            taken: Taken::default(),
            _room: room.unwrap(),
        };
        assert!(queue.send(waiting).await.is_ok());
        drop(queue);
        writing.run(jobs).await;
        done.await.unwrap()
    }

    #[tokio::test]
    async fn what_waited_too_long_for_another_machine_is_refused_and_not_begun() {
        let refused = behind_another(Some(Duration::ZERO)).await;
        assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
        for longest in [None, Some(Duration::MAX)] {
            assert_eq!(behind_another(longest).await.unwrap(), [Outcome::Done]);
        }
    }

    fn waits_at_most(longest: Duration) -> (Committer, mpsc::Receiver<Waiting>) {
        let (queue, jobs) = mpsc::channel(1);
        let committer = Committer {
            queue: Some(queue),
            room: Arc::new(Semaphore::new(QUEUE_BYTES)),
            thread: None,
            halted: Arc::default(),
            under_way: UnderWay::default(),
            longest_in_queue: Some(longest),
        };
        (committer, jobs)
    }

    #[tokio::test]
    async fn what_waits_behind_a_commit_that_is_not_answered_is_refused_while_it_is_not() {
        let (committer, mut jobs) = waits_at_most(Duration::ZERO);
        // nobody takes it from the queue
        let refused = committer.commit(vec![Op::Index]).await;
        assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
        let waiting = jobs.recv().await.unwrap();
        assert!(waiting.taken.load(Ordering::Relaxed), "it may be begun yet");
    }

    #[tokio::test]
    async fn what_has_begun_is_waited_for_however_long() {
        let (committer, mut jobs) = waits_at_most(Duration::ZERO);
        let (answer, done) = oneshot::channel();
        let taken = committer.queue(vec![vec![Op::Index]], Answer::OfOne(answer));
        let (taken, waiting) = (taken.unwrap(), jobs.recv().await.unwrap());
        assert!(!waiting.taken.swap(true, Ordering::Relaxed));
        let (done, ()) = tokio::join!(committer.until_done(done, &taken), async {
            tokio::task::yield_now().await;
            waiting
                .answer
                .send(&mut std::iter::once(Ok(vec![Outcome::Done])), 1);
        });
        assert_eq!(done.unwrap().unwrap(), [Outcome::Done]);
    }
}
