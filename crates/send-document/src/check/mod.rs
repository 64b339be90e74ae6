//! Checking a message rule by rule: FHIR itself, ITK3, then every requirement of Send Document that
//! a machine can check.

mod breach;
mod rules;
mod subject;
mod table;

use std::collections::HashSet;

use fhir::{Budget, Element, Severity, Tally};
use itk3::payload::HeaderReceiver;
use itk3::{Finding, Kind, Stage, TransportMetadata, View};

use crate::Ruleset;
use breach::{Breach, Breaches};
use rules::rows;
use subject::Subject;
use table::{Row, Rule};

pub use rules::requirements;
pub use table::{Enforced, Party, Requirement};

/// ITK3 findings that a requirement of Send Document says again, more exactly: told once.
const SAID_AGAIN: [(&str, &str); 10] = [
    ("itk3-event", "GPCM-SD-047"),
    ("itk3-sender", "GPCM-SD-045"),
    ("itk3-timestamp", "GPCM-SD-048"),
    ("itk3-endpoint", "GPCM-SD-046"),
    ("itk3-focus", "GPCM-SD-103"),
    ("itk3-receiver", "GPCM-SD-049"),
    ("itk3-header-forbidden", "GPCM-SD-049"),
    ("itk3-recipient-type", "GPCM-SD-039"),
    ("itk3-message-definition", "GPCM-SD-043"),
    ("itk3-bundle-profile", "GPCM-SD-108"),
];

/// How a message is checked.
#[derive(Clone, Copy)]
pub struct Checking<'a> {
    /// The release.
    pub ruleset: Ruleset,
    /// The control file or headers it travelled with, when they are known.
    pub transport: Option<&'a TransportMetadata<'a>>,
    /// Whose message it is to who checks it.
    pub view: View,
    /// How long it may take; what takes longer is found out of time, an error answered with 20015.
    pub budget: &'a Budget<'a>,
}

/// Checks a message that should carry a document, with the control file or headers it travelled
/// with when they are known, as a receiver does and however long it takes. An empty list means that
/// every rule holds.
pub fn check(
    message: &fhir::Document,
    transport: Option<&TransportMetadata<'_>>,
    ruleset: Ruleset,
) -> Vec<Finding> {
    check_as(
        message,
        &Checking {
            ruleset,
            transport,
            view: View::Receiver,
            budget: &Budget::unlimited(),
        },
    )
}

/// Checks a message that should carry a document. Of each rule a hundred findings at most, the last
/// of which says how many more there were ([`fhir::Tally`]).
pub fn check_as(message: &fhir::Document, checking: &Checking<'_>) -> Vec<Finding> {
    let (root, budget) = (&message.root, checking.budget);
    let requirements = requirement_findings(root, checking);
    let broken: HashSet<&str> = requirements.iter().map(|finding| finding.id).collect();
    let said_again = |found: &itk3::Finding| {
        SAID_AGAIN
            .iter()
            .any(|(itk3, ours)| found.id.starts_with(itk3) && broken.contains(ours))
    };
    let rules = itk3_rules(checking);
    let mut findings: Vec<Finding> = itk3::check::base_within(root, &message.findings, budget)
        .into_iter()
        .chain(itk3::check::message_within(root, &rules, budget))
        .filter(|found| !said_again(found))
        .collect();
    findings.extend(requirements);
    if budget.is_spent() {
        findings.push(itk3::check::out_of_time());
    }
    findings
}

fn requirement_findings(root: &Element, checking: &Checking<'_>) -> Vec<Finding> {
    if !checking.budget.goes_on() {
        return Vec::new();
    }
    let subject = Subject::of(root, checking.ruleset, checking.view);
    let mut findings = Vec::new();
    let mut tally = Tally::default();
    for row in rows() {
        // One rule is a walk over the message at most.
        if !checking.budget.goes_on() {
            break;
        }
        let found = row_findings(row, &subject, checking.transport).into_iter();
        findings.extend(found.filter(|found| tally.keeps(found.id, found.severity)));
    }
    tally.tell(&mut findings);
    findings
}

/// The one finding about bytes that are no FHIR document at all.
pub fn unreadable(error: &fhir::FhirError) -> Finding {
    itk3::check::unreadable(error)
}

/// What every ITK3 message obeys; what Send Document adds has requirement ids of its own.
fn itk3_rules(checking: &Checking<'_>) -> itk3::Rules {
    itk3::Rules {
        kind: Kind {
            both_acknowledgements: false,
            receiver: match checking.ruleset {
                Ruleset::V1_3 => HeaderReceiver::Nobody,
                Ruleset::V2_0 => HeaderReceiver::Anybody,
            },
            ..Kind::SEND_DOCUMENT
        },
        view: checking.view,
    }
}

fn row_findings(
    row: &'static Row,
    subject: &Subject<'_>,
    transport: Option<&TransportMetadata<'_>>,
) -> Vec<Finding> {
    let Some(severity) = row.severity(subject.ruleset) else {
        return Vec::new();
    };
    let (breaches, received): (Breaches, bool) = match (row.rule, transport) {
        (Rule::Message(rule), _) => (rule(subject), false),
        (Rule::Transport(rule), Some(transport)) => {
            (rule(subject, transport), transport.stage == Stage::Received)
        }
        _ => return Vec::new(),
    };
    let finding = |breach: Breach| {
        let tolerated = breach.only_warning || received;
        let severity = if tolerated {
            Severity::Warning
        } else if breach.always_error {
            Severity::Error
        } else {
            severity
        };
        let answered = severity == Severity::Error;
        let response = breach.response.or(row.response).filter(|_| answered);
        Finding {
            id: row.id,
            severity,
            path: breach.path,
            position: None,
            what: breach.what,
            remedy: row.remedy,
            response,
            issue: response.map(|code| code.issue_type(breach.issue)),
        }
    };
    breaches.into_iter().map(finding).collect()
}
