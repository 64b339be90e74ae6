//! What the answers of a run show, message by message and case by case.

mod cases;
mod message;
mod over_all;
mod privacy;
mod rules;

use std::collections::BTreeSet;

use jiff::Timestamp;

pub use message::{Judged, Mark};
pub(super) use rules::compare;

use super::cases::CASES;
use super::run::Run;
use crate::{CaseResult, Counts};

/// Everything that is said of a run.
pub struct Outcome {
    /// The 52 cases, in the order of the sheet.
    pub cases: Vec<CaseResult>,
    /// Each message, in the order of the run.
    pub messages: Vec<Judged>,
    /// Cases with a message that nothing, or not all, was answered to in time.
    pub missing: Vec<&'static str>,
    /// Cases of which something is still waited for, or was when the run ended.
    pub waiting: Vec<&'static str>,
}

impl Outcome {
    /// The cases, counted.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.cases)
    }

    /// The cases as a page lists them: what is missing before the others.
    pub fn missing_first(&self) -> Vec<CaseResult> {
        let is_missing = |it: &&CaseResult| self.missing.contains(&it.id.as_str());
        let first = self.cases.iter().filter(is_missing);
        let others = self.cases.iter().filter(|it| !is_missing(it));
        first.chain(others).cloned().collect()
    }
}

impl Run {
    /// What is known now; `ended` where nothing more will come. What is not given up by then is neither missing nor
    /// silence: the time for it did not pass.
    pub fn judge(&self, now: Timestamp, ended: bool) -> Outcome {
        let each = self.messages.iter();
        let messages: Vec<Judged> = each
            .map(|it| message::judge(it, self.is_given_up(it, now), ended))
            .collect();
        let cases = CASES.iter().map(|case| {
            if case.is_over_all() {
                over_all::judge(self, case)
            } else {
                cases::judge(self, case, &messages)
            }
        });
        let marked = |mark| {
            let all = self.messages.iter().zip(&messages);
            let of_mark = all.filter(|(_, judged)| judged.mark == mark);
            let mut ids: Vec<&'static str> = of_mark.map(|(it, _)| it.planned.case.id).collect();
            let mut known = BTreeSet::new();
            ids.retain(|id| known.insert(*id));
            ids
        };
        let failed = marked(Mark::Wrong);
        let not_failed = |mark| {
            let mut ids = marked(mark);
            ids.retain(|id| !failed.contains(id));
            ids
        };
        Outcome {
            cases: cases.collect(),
            missing: not_failed(Mark::Missing),
            waiting: not_failed(Mark::Waiting),
            messages,
        }
    }
}
