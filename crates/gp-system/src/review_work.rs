//! What people do with the review of an Update Record. Everything one save changes is one transaction:
//! the decisions, what is filed, and the lines of the task's history.

use jiff::Timestamp;
use rusqlite::Transaction;
use update_record::{FiledRecord, ReviewError};

use crate::inner::Inner;
use crate::review::{ReviewOutcome, ReviewThen, ReviewWork, TaskReview};
use crate::store::task_steps::{self, NewStep};
use crate::store::{reviews, tasks};
use crate::task_work::{NOT_OPEN, may_be_filed, written};
use crate::{Event, PracticeError, Task, TaskId, TaskState};

const DECIDED_MEANWHILE: PracticeError =
    PracticeError::Changed("somebody decided about entries of this update");

/// Decides, and files or refuses where that was asked for.
pub(crate) fn work(
    inner: &Inner,
    id: TaskId,
    work: &ReviewWork,
    who: &str,
) -> Result<ReviewOutcome, PracticeError> {
    let outcome = inner.store.write(|transaction| {
        let (task, review) = open_review(transaction, id)?;
        let compared = may_be_filed(inner, &task, work.confirmed).ok();
        Step {
            transaction,
            id,
            who,
            at: inner.now(),
        }
        .take(review, work, compared)
    })?;
    inner.tell([Event::TaskChanged { task: id }]);
    Ok(outcome)
}

/// Takes up again what was filed or refused: what was filed is withdrawn, the decisions stay. Of what is
/// archived, only what was filed is withdrawn.
pub(crate) fn reopen(inner: &Inner, id: TaskId, who: &str) -> Result<(), PracticeError> {
    inner.store.write(|transaction| {
        let step = Step {
            transaction,
            id,
            who,
            at: inner.now(),
        };
        if !reviews::is_there(transaction, id)? {
            return Err(PracticeError::NotFound("review"));
        }
        let closed = [TaskState::Filed, TaskState::Returned];
        let is_reopened = tasks::set_state(transaction, id, &closed, TaskState::Open, None)?;
        let is_withdrawn = reviews::withdraw(transaction, id, step.at, who)?;
        let what = match (is_reopened, is_withdrawn) {
            (true, true) => "Taken up again: what was filed is withdrawn",
            (true, false) => "Taken up again",
            (false, true) => "Withdrawn: what was filed no longer counts",
            (false, false) => {
                return Err(PracticeError::Changed(
                    "the update is neither filed nor refused",
                ));
            }
        };
        step.tell(what, None)
    })?;
    inner.tell([Event::TaskChanged { task: id }]);
    Ok(())
}

/// A task that is open, and its review.
fn open_review(
    transaction: &Transaction<'_>,
    id: TaskId,
) -> Result<(Task, TaskReview), PracticeError> {
    let review = reviews::by_task(transaction, id)?.ok_or(PracticeError::NotFound("review"))?;
    match tasks::by_id(transaction, id)? {
        Some(task) if task.state == TaskState::Open => Ok((task, review)),
        _ => Err(NOT_OPEN),
    }
}

/// One save, by somebody, now.
struct Step<'a> {
    transaction: &'a Transaction<'a>,
    id: TaskId,
    who: &'a str,
    at: Timestamp,
}

impl Step<'_> {
    /// `compared`: what to write down of the patient where it may be filed; none where it may not.
    fn take(
        &self,
        stored: TaskReview,
        work: &ReviewWork,
        compared: Option<Option<String>>,
    ) -> Result<ReviewOutcome, PracticeError> {
        if stored.revision != work.seen {
            return Err(DECIDED_MEANWHILE);
        }
        let mut review = stored.review;
        let known = review.acts().len();
        for (entry, decision) in &work.decisions {
            review
                .decide(*entry, decision.clone(), self.who, self.at)
                .map_err(PracticeError::Review)?;
        }
        if matches!(work.then, ReviewThen::AcceptRest) {
            review.accept_rest(self.who, self.at);
        }
        let new = review.acts().get(known..).unwrap_or_default();
        if !reviews::save(self.transaction, self.id, work.seen, new)? {
            return Err(DECIDED_MEANWHILE);
        }
        let open = review.undecided().count();
        if !new.is_empty() {
            let all = review.record().entries.len();
            let (count, decided) = (new.len(), all - open);
            self.tell(
                &format!("Reviewed: {count} decided, now {decided} of {all}"),
                None,
            )?;
        }
        match &work.then {
            ReviewThen::Save | ReviewThen::AcceptRest => Ok(ReviewOutcome::Saved { open }),
            ReviewThen::Refuse(reason) => self.refuse(reason),
            ReviewThen::File => match FiledRecord::of(&review, self.who, self.at) {
                Ok(record) => match compared {
                    Some(differs) => self.file(&record, differs.as_deref()),
                    None => Ok(ReviewOutcome::NotMatched),
                },
                Err(error @ (ReviewError::Open(_) | ReviewError::AllRefused)) => {
                    Ok(ReviewOutcome::NotFiled(error))
                }
                Err(error) => Err(PracticeError::Review(error)),
            },
        }
    }

    fn file(
        &self,
        record: &FiledRecord,
        differs: Option<&str>,
    ) -> Result<ReviewOutcome, PracticeError> {
        self.move_on(TaskState::Filed, None)?;
        let before = reviews::by_task(self.transaction, self.id)?.and_then(|review| review.before);
        reviews::file(self.transaction, self.id, record)?;
        if let Some(before) = before {
            let earlier = Step {
                id: before.task,
                ..*self
            };
            earlier.tell("Withdrawn: a newer version was filed in its place", None)?;
        }
        let (count, amended) = (record.entries.len(), amended(record));
        let compared = differs.map_or_else(String::new, |it| format!("; after comparing: {it}"));
        let what =
            format!("Filed to the record: {count} entries, {amended} of them amended{compared}");
        self.tell(&what, None)?;
        Ok(ReviewOutcome::Filed)
    }

    fn refuse(&self, reason: &str) -> Result<ReviewOutcome, PracticeError> {
        let reason = written(reason)?;
        self.move_on(TaskState::Returned, Some(reason))?;
        self.tell("Refused as a whole", Some(reason))?;
        Ok(ReviewOutcome::Refused)
    }

    fn move_on(&self, to: TaskState, reason: Option<&str>) -> Result<(), PracticeError> {
        let from = [TaskState::Open];
        tasks::set_state(self.transaction, self.id, &from, to, reason)?
            .then_some(())
            .ok_or(NOT_OPEN)
    }

    fn tell(&self, what: &str, note: Option<&str>) -> Result<(), PracticeError> {
        let step = NewStep {
            at: self.at,
            who: Some(self.who),
            what,
            note,
        };
        task_steps::add(self.transaction, self.id, &step)
    }
}

fn amended(record: &FiledRecord) -> usize {
    let mut entries = record.entries.iter();
    entries.by_ref().filter(|it| it.original.is_some()).count()
}
