//! The committing connection: a batch of jobs as one transaction of few statements.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use parking_lot::Mutex;

use super::announcing::Announcer;
use super::connect::{Connector, unavailable};
use super::fate::{Fate, Traces};
use super::gathered::Gathered;
use super::hosts::Turn;
use super::session::Session;
use super::{accept, chunks, forget, progress, purge_orders, steps, tallies, trail};
use crate::StoreError;
use crate::audit::AuditEntry;
use crate::contract::backend::Writer;
use crate::contract::{Job, Op, Outcome};
use crate::watch::{Asked, LONGEST_COMMIT};

/// How often a batch is tried that met a deadlock with another server's.
const ATTEMPTS: usize = 4;

/// For how long it is asked what became of a transaction whose answer was lost: longer than PostgreSQL takes to notice
/// that a connection is gone.
const ASKED_FOR: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Reading goes on meanwhile, and says nothing of it.
const NOT_WRITTEN: &str = "PostgreSQL has not answered a commit for 10 seconds; is a standby of synchronous_standby_names away?";

/// Commits for one server.
pub(crate) struct PostgresWriter {
    connector: Connector,
    session: Option<Session>,
    released: Arc<Mutex<Vec<String>>>,
    announcer: Announcer,
}

impl PostgresWriter {
    pub(super) fn new(
        connector: Connector,
        released: Arc<Mutex<Vec<String>>>,
        announcer: Announcer,
    ) -> Self {
        Self {
            connector,
            session: None,
            released,
            announcer,
        }
    }

    /// The connection of the last batch, unless it has ended or another server takes the writes.
    async fn session(&mut self) -> Result<Session, StoreError> {
        let turn = self.connector.hosts().turn();
        match self.session.take() {
            Some(session) if !session.is_closed() && session.turn() == turn => Ok(session),
            _ => Ok(Session::over(self.connector.connect().await?)),
        }
    }

    async fn try_commit(&mut self, jobs: &[Job]) -> Result<Vec<Vec<Outcome>>, StoreError> {
        let mut session = self.session().await?;
        let mut gathered = Gathered::default();
        let turn = session.turn();
        let transacted = transact(&mut session, jobs, &mut gathered);
        match self.unless_over(turn, transacted).await {
            Ok((outcomes, traces)) => {
                let ended = self.end(session, traces.as_ref()).await;
                if matches!(ended, Ok(()) | Err(StoreError::Uncertain)) {
                    self.announcer.announce(&gathered.arrived);
                }
                ended?;
                self.released.lock().extend(gathered.released);
                Ok(outcomes)
            }
            Err(StoreError::ReadOnly) => {
                self.connector.hosts().takes_no_writes(turn);
                Err(StoreError::ReadOnly)
            }
            Err(error) => {
                let rolled_back = self.unless_over(turn, session.run("ROLLBACK"));
                if rolled_back.await.is_ok() {
                    self.session = Some(session);
                }
                Err(error)
            }
        }
    }

    /// Waits for what a server does, but for one that hangs no longer than until another takes the writes.
    async fn unless_over<T>(
        &self,
        turn: Turn,
        doing: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        tokio::select! {
            done = doing => done,
            () = self.connector.hosts().is_over(turn) => {
                Err(unavailable("another PostgreSQL server takes the writes"))
            }
        }
    }

    /// Commits. When the connection breaks meanwhile, the database is asked what became of it, if there is something by
    /// which that can be told.
    async fn end(&mut self, session: Session, traces: Option<&Traces>) -> Result<(), StoreError> {
        let committed = self.unless_over(session.turn(), session.run("COMMIT"));
        let Err(error) = committed.await else {
            self.session = Some(session);
            return Ok(());
        };
        if !matches!(error, StoreError::Unavailable(_)) {
            return Err(error);
        }
        let Some(traces) = traces else {
            return Err(StoreError::Uncertain);
        };
        match self.fate(traces).await {
            Fate::Kept => Ok(()),
            Fate::NotKept => Err(error),
            Fate::UnderWay | Fate::Unknown => Err(StoreError::Uncertain),
        }
    }

    /// What became of a transaction whose answer was lost. PostgreSQL may take a moment to notice that the connection is
    /// gone, and a standby to take over.
    async fn fate(&mut self, traces: &Traces) -> Fate {
        let until = Instant::now() + ASKED_FOR;
        loop {
            match self.look(traces).await {
                Ok(Fate::UnderWay) | Err(_) if Instant::now() < until => {
                    tokio::time::sleep(BETWEEN_LOOKS).await;
                }
                Ok(fate) => return fate,
                Err(_) => return Fate::Unknown,
            }
        }
    }

    async fn look(&mut self, traces: &Traces) -> Result<Fate, StoreError> {
        let mut session = self.session().await?;
        let turn = session.turn();
        let fate = self.unless_over(turn, traces.fate(&mut session)).await?;
        self.session = Some(session);
        Ok(fate)
    }
}

#[async_trait]
impl Writer for PostgresWriter {
    fn needs_io(&self) -> bool {
        true
    }

    async fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Vec<Outcome>>, StoreError> {
        let watch = self.connector.watch().clone();
        let committing = self.commit_in_attempts(jobs);
        let done = watch
            .in_time(Asked::Writing, LONGEST_COMMIT, NOT_WRITTEN, committing)
            .await;
        let done = self.connector.noted(done);
        match &done {
            Err(error @ StoreError::DiskFull) => watch.fails(Asked::Writing, error.to_string()),
            _ => watch.works(Asked::Writing),
        }
        done
    }
}

impl PostgresWriter {
    async fn commit_in_attempts(&mut self, jobs: &[Job]) -> Result<Vec<Vec<Outcome>>, StoreError> {
        let mut last = StoreError::Busy;
        for _ in 0..ATTEMPTS {
            match self.try_commit(jobs).await {
                Err(StoreError::Busy) => last = StoreError::Busy,
                // the connection had died since the last batch, or its server takes no writes any more: the next is new
                Err(error @ (StoreError::Unavailable(_) | StoreError::ReadOnly))
                    if self.session.is_none() =>
                {
                    if !matches!(last, StoreError::Busy) {
                        return Err(error);
                    }
                    last = error;
                }
                result => return result,
            }
        }
        Err(last)
    }
}

/// The next operations of all jobs form a step: those of a kind go in one statement. Jobs do not
/// depend on each other, so their order within a step is free.
async fn transact(
    session: &mut Session,
    jobs: &[Job],
    gathered: &mut Gathered,
) -> Result<(Vec<Vec<Outcome>>, Option<Traces>), StoreError> {
    let (number, server) = session.begin().await?;
    let mut outcomes: Vec<Vec<Outcome>> = jobs
        .iter()
        .map(|job| Vec::with_capacity(job.len()))
        .collect();
    loop {
        let next: Vec<(usize, &Op)> = jobs
            .iter()
            .zip(&outcomes)
            .enumerate()
            .filter(|(_, (_, done))| done.last().is_none_or(Outcome::is_done))
            .filter_map(|(number, (job, done))| Some((number, job.get(done.len())?)))
            .collect();
        if next.is_empty() {
            break;
        }
        for (number, outcome) in step(session, &next, gathered).await? {
            let (Some(job), Some(done)) = (jobs.get(number), outcomes.get_mut(number)) else {
                continue;
            };
            if outcome.is_done()
                && let Some(op) = job.get(done.len())
            {
                gathered.audit.extend(AuditEntry::of(op, &outcome));
            }
            done.push(outcome);
        }
    }
    let line = trail::end(session, gathered).await?;
    let traces = line.map(|line| Traces {
        number,
        server,
        line,
    });
    Ok((outcomes, traces))
}

async fn step(
    session: &mut Session,
    next: &[(usize, &Op)],
    gathered: &mut Gathered,
) -> Result<Vec<(usize, Outcome)>, StoreError> {
    let (mut tokens, mut new, mut taken, mut routed) = (vec![], vec![], vec![], vec![]);
    let mut alone = Vec::new();
    for (number, op) in next {
        match op {
            Op::UseToken { token, forget_at } => tokens.push((*number, token, *forget_at)),
            Op::Accept { message, place } => new.push((*number, message.as_ref(), place)),
            Op::Acknowledge {
                mailbox,
                message,
                at,
            } => taken.push((*number, mailbox, message, *at)),
            Op::Deliver {
                message,
                recipient,
                hidden,
                at,
            } => routed.push((*number, message, recipient, *hidden, *at)),
            other => alone.push((*number, *other)),
        }
    }
    let mut outcomes = Vec::with_capacity(next.len());
    outcomes.extend(accept::tokens(session, &tokens).await?);
    outcomes.extend(accept::messages(session, &new, gathered).await?);
    outcomes.extend(progress::acknowledged(session, &taken, gathered).await?);
    outcomes.extend(progress::delivered(session, &routed, gathered).await?);
    for (number, op) in alone {
        outcomes.push((number, apply_alone(session, op, gathered).await?));
    }
    Ok(outcomes)
}

/// Operations that are rare enough to go one by one.
async fn apply_alone(
    session: &mut Session,
    op: &Op,
    gathered: &mut Gathered,
) -> Result<Outcome, StoreError> {
    match op {
        Op::Chunk {
            message,
            number,
            body,
            at,
        } => chunks::chunk(session, message, *number, body, *at, gathered).await,
        Op::Postpone {
            message,
            attempts,
            next_at,
        } => progress::postpone(session, message, *attempts, *next_at).await,
        Op::TryNow { message, at } => progress::try_now(session, message, *at).await,
        Op::Fail {
            message,
            failed_as,
            failure,
        } => progress::fail(session, message, failed_as.state(), failure, gathered).await,
        Op::SetAside { seq, failure } => {
            progress::set_aside(session, *seq, failure, gathered).await
        }
        Op::Redeliver { message, at } => progress::redeliver(session, message, *at, gathered).await,
        Op::Forget { before, limit, at } => {
            forget::messages(session, *before, *limit, *at, gathered).await
        }
        Op::Purge { messages, at } => forget::purge(session, messages, *at, gathered).await,
        Op::EndPurge { order, removed } => purge_orders::end(session, *order, *removed).await,
        Op::ForgetTokens { now } => forget::tokens(session, *now).await,
        Op::Tally { at, tallies } => tallies::add(session, *at, tallies).await,
        Op::Steps { steps } => steps::keep(session, steps).await,
        // its line is gathered with all others
        Op::Audit { .. } => Ok(Outcome::Done),
        // the lists are indexes here, always up to date
        Op::Index => Ok(Outcome::Counted(0)),
        // these come in groups
        Op::UseToken { .. } | Op::Accept { .. } | Op::Acknowledge { .. } | Op::Deliver { .. } => {
            Ok(Outcome::Conflict)
        }
    }
}
