//! What a row of the requirement table says: a requirement with its text, whom it binds and how it
//! is enforced. The rows stand beside their rules, in `rules`.

use fhir::Severity;
use itk3::{ResponseCode, TransportMetadata};

use super::breach::Breaches;
use super::subject::Subject;
use crate::Ruleset;

/// Whom a requirement binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    /// The system that sends the message.
    Sender,
    /// The system that receives it.
    Receiver,
    /// The receiver in building its responses.
    Acknowledger,
    /// Whoever writes the control file or Mex headers.
    Transport,
    /// People and the sending or receiving system's process.
    Process,
}

/// Where a requirement is enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enforced {
    /// By a rule of [`check`](crate::check()) on the message.
    Message,
    /// By a rule of [`check`](crate::check()) on the message and its transport metadata.
    Transport,
    /// By the rule of another row, which is the same check.
    With(&'static str),
    /// Not by a check of the message: the file, and the function where there is one, that sees to
    /// it (`crates/….rs: function`), or `people: ` and why.
    Elsewhere(&'static str),
}

/// A requirement of GP Connect Send Document (ids `GPCM-…`) or a rule of ours beside them.
#[derive(Debug, Clone, Copy)]
pub struct Requirement {
    /// `GPCM-SD-115`.
    pub id: &'static str,
    /// Whom it binds.
    pub binds: &'static [Party],
    /// The requirement in our words.
    pub text: &'static str,
    /// What a sender does to satisfy it.
    pub remedy: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Where it is enforced.
    pub enforced: Enforced,
    /// How bad a breach is under 1.3; `None` when it does not apply.
    pub v1_3: Option<Severity>,
    /// The same under 2.0.2.
    pub v2_0: Option<Severity>,
    /// The response code a breach is answered with.
    pub response: Option<ResponseCode>,
}

impl Requirement {
    /// How bad a breach is under these rules.
    pub fn severity(&self, ruleset: Ruleset) -> Option<Severity> {
        match ruleset {
            Ruleset::V1_3 => self.v1_3,
            Ruleset::V2_0 => self.v2_0,
        }
    }
}

/// How a row is enforced: its function, or where else.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    Message(fn(&Subject<'_>) -> Breaches),
    Transport(fn(&Subject<'_>, &TransportMetadata<'_>) -> Breaches),
    With(&'static str),
    Elsewhere(&'static str),
}

#[derive(Clone, Copy)]
pub(super) struct Row {
    pub id: &'static str,
    pub binds: &'static [Party],
    pub text: &'static str,
    pub remedy: &'static str,
    pub source: &'static str,
    pub force: Force,
    pub response: Option<ResponseCode>,
    pub rule: Rule,
}

impl Row {
    pub(super) fn requirement(&self) -> Requirement {
        Requirement {
            id: self.id,
            binds: self.binds,
            text: self.text,
            remedy: self.remedy,
            source: self.source,
            enforced: match self.rule {
                Rule::Message(_) => Enforced::Message,
                Rule::Transport(_) => Enforced::Transport,
                Rule::With(id) => Enforced::With(id),
                Rule::Elsewhere(place) => Enforced::Elsewhere(place),
            },
            v1_3: self.force.0,
            v2_0: self.force.1,
            response: self.response,
        }
    }

    pub(super) fn severity(&self, ruleset: Ruleset) -> Option<Severity> {
        match ruleset {
            Ruleset::V1_3 => self.force.0,
            Ruleset::V2_0 => self.force.1,
        }
    }
}

/// How bad a breach is under 1.3 and under 2.0.
#[derive(Clone, Copy)]
pub(super) struct Force(pub Option<Severity>, pub Option<Severity>);

/// Binding in both releases.
pub(super) const MUST: Force = Force(Some(Severity::Error), Some(Severity::Error));
/// Binding in 1.3; in 2.0 a message that breaks it is still taken.
pub(super) const MUST_THEN_SHOULD: Force = Force(Some(Severity::Error), Some(Severity::Warning));
/// 1.3 only.
pub(super) const ONLY_1_3: Force = Force(Some(Severity::Error), None);
/// Recommended in both.
pub(super) const SHOULD: Force = Force(Some(Severity::Warning), Some(Severity::Warning));

/// Source: the requirement list of GP Connect Messaging 1.3.
pub(super) const GM13: &str = "GP Connect Messaging 1.3.0, requirement list";
/// Source: 1.3 and, unchanged or softened, the conformance list of Send Document 2.0.2.
pub(super) const BOTH: &str =
    "GP Connect Messaging 1.3.0, requirement list; Send Document 2.0.2, conformance list";
