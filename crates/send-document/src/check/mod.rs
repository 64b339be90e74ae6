//! Checking a message rule by rule: FHIR itself, ITK3, then every requirement of Send Document that
//! a machine can check.

mod breach;
mod finding;
mod rules;
mod subject;
mod table;
mod transport;

use std::collections::HashSet;

use fhir::Severity;
use itk3::{Event, RecipientType};

use crate::{Ruleset, names};
use breach::{Breach, Breaches};
use rules::rows;
use subject::Subject;
use table::{Row, Rule};

pub use finding::{Finding, Rejection, response_for};
pub use rules::requirements;
pub use table::{Enforced, Party, Requirement};
pub use transport::{Stage, TransportMetadata};

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

/// Checks a message that should carry a document, with the control file or headers it travelled
/// with when they are known. An empty list means that every rule holds.
pub fn check(
    message: &fhir::Document,
    transport: Option<&TransportMetadata<'_>>,
    ruleset: Ruleset,
) -> Vec<Finding> {
    let root = &message.root;
    let subject = Subject::of(root, ruleset);
    let requirements = rows().flat_map(|row| row_findings(row, &subject, transport));
    let requirements: Vec<Finding> = requirements.collect();
    let broken: HashSet<&str> = requirements.iter().map(|finding| finding.id).collect();
    let said_again = |found: &itk3::Finding| {
        SAID_AGAIN
            .iter()
            .any(|(itk3, ours)| found.id.starts_with(itk3) && broken.contains(ours))
    };
    let mut findings: Vec<Finding> = itk3::check::base(root, &message.findings)
        .into_iter()
        .chain(itk3::check::message(root, &itk3_rules(ruleset)))
        .filter(|found| !said_again(found))
        .map(Finding::from)
        .collect();
    findings.extend(requirements);
    findings
}

/// The one finding about bytes that are no FHIR document at all.
pub fn unreadable(error: &fhir::FhirError) -> Finding {
    itk3::check::unreadable(error).into()
}

/// What every ITK3 message obeys; what Send Document adds has requirement ids of its own.
fn itk3_rules(ruleset: Ruleset) -> itk3::Rules {
    itk3::Rules {
        event: Event::SEND_DOCUMENT,
        definitions: &[names::DEFINITION, names::DEFINITION_INSTANCE],
        both_acknowledgements: false,
        recipient_types: &[RecipientType::ForAction, RecipientType::ForInformation],
        receiver_allowed: ruleset == Ruleset::V2_0,
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
