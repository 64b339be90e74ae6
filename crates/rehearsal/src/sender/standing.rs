//! Where a run stands: what pages and terminals show while it lasts.

use serde::Serialize;

use super::judge::{Outcome, ScriptResult};
use super::run::Run;
use super::scripts::Script;
use crate::{Counts, Verdict};

/// Where a script stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing of it was seen.
    ToDo,
    /// Some of its messages were seen.
    UnderWay,
    /// Nothing may arrive, and nothing has.
    Watching,
    /// All was seen and is right.
    Passed,
    /// Something is wrong.
    Failed,
    /// A person shows it.
    Open,
    /// It is not for this system or release.
    NotApplicable,
}

impl State {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::ToDo => "To do",
            Self::UnderWay => "Under way",
            Self::Watching => "Watching",
            Self::Passed => "Passed",
            Self::Failed => "Failed",
            Self::Open => "Open",
            Self::NotApplicable => "Not applicable",
        }
    }

    /// Whether nothing more needs to arrive.
    pub fn is_decided(self) -> bool {
        !matches!(self, Self::ToDo | Self::UnderWay)
    }
}

/// What to do next.
#[derive(Clone, Copy)]
pub struct Next {
    /// Of which script.
    pub script: &'static Script,
    /// The given name to use; none where nothing needs to arrive.
    pub keyword: Option<&'static str>,
}

/// Where a run stands.
pub struct Standing {
    /// Rows and scripts as they are now.
    pub outcome: Outcome,
    /// Rows, counted.
    pub counts: Counts,
    /// Rows that are open for want of a message, and not for a person.
    pub unseen: usize,
}

impl Standing {
    /// Of a run, now or at its end.
    pub fn of(run: &Run, ended: bool) -> Self {
        let outcome = run.judge(ended);
        let unseen =
            |it: &&crate::CaseResult| it.verdict == Verdict::Open && it.person_needed.is_none();
        Self {
            counts: Counts::of(&outcome.rows),
            unseen: outcome.rows.iter().filter(unseen).count(),
            outcome,
        }
    }

    /// Whether each script is decided as far as messages decide it.
    pub fn is_decided(&self) -> bool {
        self.outcome.scripts.iter().all(|it| it.state.is_decided())
    }

    /// Whether nothing failed.
    pub fn is_good(&self) -> bool {
        let failed = |it: &ScriptResult| it.result.verdict == Verdict::Fail;
        self.counts.fail == 0 && !self.outcome.scripts.iter().any(failed)
    }

    /// What to do next: `asked` where somebody chose a script, else the first that is to be done.
    pub fn next(&self, asked: Option<u8>) -> Option<Next> {
        let scripts = &self.outcome.scripts;
        let chosen = asked.and_then(|number| scripts.iter().find(|it| it.script.number == number));
        let first = || scripts.iter().find(|it| !it.state.is_decided());
        let found = chosen.or_else(first)?;
        Some(Next {
            script: found.script,
            keyword: found.to_come.first().copied(),
        })
    }
}
