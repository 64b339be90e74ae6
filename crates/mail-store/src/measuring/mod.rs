//! Two backends to compare the others with, and fit for nothing else: the cargo feature `measuring`
//! builds them, no configuration reaches them. They answer every operation as done without looking whether
//! it can be, and know only what a send needs: the directory and the tokens used, in memory. No
//! message is ever in an inbox, and bodies longer than 32 KB stay in memory for good.

mod raw_log;

use std::path::Path;

use async_trait::async_trait;

use crate::StoreError;
use crate::contract::backend::Writer;
use crate::contract::{Job, Op, Outcome};
use crate::model::Model;
use raw_log::RawLog;

/// Remembers tokens, and writes jobs into a log when there is one.
pub(crate) struct NullWriter {
    tokens: Model,
    log: Option<RawLog>,
}

impl NullWriter {
    /// What the server costs without a store.
    pub(crate) fn new() -> (Model, Self) {
        let (records, tokens) = Model::new();
        (records, Self { tokens, log: None })
    }

    /// What the server costs over the least that is durable: `jobs.log` in a directory.
    pub(crate) fn over_raw_log(directory: &Path) -> Result<(Model, Self), StoreError> {
        let (records, nothing) = Self::new();
        let log = Some(RawLog::create(directory)?);
        Ok((records, Self { log, ..nothing }))
    }
}

#[async_trait]
impl Writer for NullWriter {
    async fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Vec<Outcome>>, StoreError> {
        if let Some(log) = &mut self.log {
            log.append(jobs)?;
        }
        let tokens: Vec<Job> = jobs.iter().map(|job| about_tokens(job)).collect();
        let of_tokens = self.tokens.commit(&tokens).await?;
        let outcomes = jobs.iter().zip(of_tokens);
        Ok(outcomes
            .map(|(job, tokens)| all_done(job, tokens))
            .collect())
    }
}

fn is_about_tokens(op: &Op) -> bool {
    matches!(op, Op::UseToken { .. } | Op::ForgetTokens { .. })
}

fn about_tokens(job: &[Op]) -> Job {
    job.iter()
        .filter(|op| is_about_tokens(op))
        .cloned()
        .collect()
}

fn all_done(job: &[Op], of_tokens: Vec<Outcome>) -> Vec<Outcome> {
    let mut of_tokens = of_tokens.into_iter();
    let mut outcomes = Vec::with_capacity(job.len());
    for op in job {
        let outcome = match op {
            op if is_about_tokens(op) => of_tokens.next().unwrap_or(Outcome::Done),
            // nothing is left to do, or whoever asked would ask again
            Op::Forget { .. } | Op::Index => Outcome::Counted(0),
            _ => Outcome::Done,
        };
        let go_on = outcome.is_done();
        outcomes.push(outcome);
        if !go_on {
            break;
        }
    }
    outcomes
}
