//! The one connection that writes.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;

use super::batch::{Batch, Numbers};
use super::effects::Effects;
use super::shared::Shared;
use super::{
    accept, chunks, facts, forget, index, loading, progress, purge_orders, steps, tallies, tokens,
    usage,
};
use crate::StoreError;
use crate::audit::AuditEntry;
use crate::contract::backend::Writer;
use crate::contract::{Job, Op, Outcome};

pub(crate) struct SqliteWriter {
    connection: Connection,
    shared: Arc<Shared>,
    numbers: Numbers,
}

impl SqliteWriter {
    /// Rebuilds what is kept in memory.
    pub(super) fn open(connection: Connection, shared: Arc<Shared>) -> Result<Self, StoreError> {
        let sql = "SELECT coalesce(max(seq), 0) FROM message";
        let last_seq: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        let numbers = Numbers {
            seq: last_seq.max(facts::fact(&connection, "last_seq")?),
            position: facts::fact(&connection, "last_position")?,
        };
        loading::load(&connection, &shared)?;
        Ok(Self {
            connection,
            shared,
            numbers,
        })
    }

    fn end(&self, numbers: Numbers, effects: &Effects) -> Result<(), StoreError> {
        usage::change(&self.connection, &effects.usage)?;
        if numbers.seq != self.numbers.seq {
            facts::set_fact(&self.connection, "last_seq", numbers.seq)?;
        }
        if numbers.position != self.numbers.position {
            facts::set_fact(&self.connection, "last_position", numbers.position)?;
        }
        self.run("COMMIT")
    }

    fn run(&self, statement: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached(statement)?.execute([])?;
        Ok(())
    }
}

#[async_trait]
impl Writer for SqliteWriter {
    /// All jobs in one transaction with one sync.
    async fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Vec<Outcome>>, StoreError> {
        self.run("BEGIN IMMEDIATE")?;
        let mut batch = Batch::new(&self.connection, &self.shared, self.numbers);
        let outcomes = apply_all(&mut batch, jobs);
        let (numbers, effects) = (batch.numbers, batch.effects);
        match outcomes.and_then(|outcomes| self.end(numbers, &effects).map(|()| outcomes)) {
            Ok(outcomes) => {
                self.numbers = numbers;
                effects.publish(&self.shared);
                Ok(outcomes)
            }
            Err(error) => {
                if !self.connection.is_autocommit() {
                    self.run("ROLLBACK")?;
                }
                Err(error)
            }
        }
    }
}

fn apply_all(batch: &mut Batch<'_>, jobs: &[Job]) -> Result<Vec<Vec<Outcome>>, StoreError> {
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs {
        let mut done = Vec::with_capacity(job.len());
        for op in job {
            let outcome = apply(batch, op)?;
            if !outcome.is_done() {
                done.push(outcome);
                break;
            }
            for entry in AuditEntry::of(op, &outcome) {
                batch.note(&entry)?;
            }
            done.push(outcome);
        }
        outcomes.push(done);
    }
    Ok(outcomes)
}

fn apply(batch: &mut Batch<'_>, op: &Op) -> Result<Outcome, StoreError> {
    match op {
        Op::UseToken { token, forget_at } => tokens::use_token(batch, token, *forget_at),
        Op::Accept { message, place } => accept::accept(batch, message, place),
        Op::Chunk {
            message,
            number,
            body,
            at,
        } => chunks::chunk(batch, message, *number, body, *at),
        Op::Acknowledge {
            mailbox,
            message,
            at,
        } => progress::acknowledge(batch, mailbox, message, *at),
        Op::Deliver {
            message,
            recipient,
            hidden,
            at,
        } => progress::deliver(batch, message, recipient, *hidden, *at),
        Op::Postpone {
            message,
            attempts,
            next_at,
        } => progress::postpone(batch, message, *attempts, *next_at),
        Op::TryNow { message, at } => progress::try_now(batch, message, *at),
        Op::Fail {
            message,
            failed_as,
            failure,
        } => progress::fail(batch, message, failed_as.state(), failure),
        Op::SetAside { seq, failure } => progress::set_aside(batch, *seq, failure),
        Op::Redeliver { message, at } => progress::redeliver(batch, message, *at),
        Op::Forget { before, limit, at } => forget::messages(batch, *before, *limit, *at),
        Op::Purge { messages, at } => forget::purge(batch, messages, *at),
        Op::EndPurge { order, removed } => purge_orders::end(batch.connection, *order, *removed),
        Op::ForgetTokens { now } => tokens::forget(batch, *now),
        Op::Tally { at, tallies } => tallies::add(batch.connection, *at, tallies),
        Op::Steps { steps } => steps::keep(batch.connection, steps),
        Op::Index => index::index(batch.connection),
        // its line is added as every operation's
        Op::Audit { .. } => Ok(Outcome::Done),
    }
}
