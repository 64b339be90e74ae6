//! Each rule broken alone, in the good message: found by its id, as severely and with the code that the
//! sheet gives.

mod clinical;
mod document;
mod envelope;
mod people;

use fhir::Severity;
use itk3::{Finding, ResponseCode, TransportMetadata, View};
use update_record::{Verdict, rules};

use crate::kit::{self, GOOD, changed, found};

/// A rule, and a message or a transport that breaks it and nothing else.
pub struct Case {
    rule: &'static str,
    severity: Severity,
    response: Option<ResponseCode>,
    view: View,
    message: String,
    transport: Option<TransportMetadata<'static>>,
}

fn case(rule: &'static str, severity: Severity, message: String) -> Case {
    let is_error = severity == Severity::Error;
    Case {
        rule,
        severity,
        response: is_error.then_some(ResponseCode::PayloadInvalid),
        view: View::Receiver,
        message,
        transport: None,
    }
}

/// The document is refused, 20009.
pub fn error(rule: &'static str, within: &str, from: &str, to: &str) -> Case {
    case(rule, Severity::Error, changed(GOOD, within, from, to))
}

/// The document is refused as it is.
pub fn refused(rule: &'static str, message: String) -> Case {
    case(rule, Severity::Error, message)
}

/// The message is taken, and the rule told.
pub fn warning(rule: &'static str, within: &str, from: &str, to: &str) -> Case {
    told(rule, changed(GOOD, within, from, to))
}

/// The message is taken as it is, and the rule told.
pub fn told(rule: &'static str, message: String) -> Case {
    case(rule, Severity::Warning, message)
}

/// What the message travels with breaks the rule.
pub fn carried(
    rule: &'static str,
    severity: Severity,
    change: impl FnOnce(&mut TransportMetadata<'static>),
) -> Case {
    let mut transport = kit::transport();
    change(&mut transport);
    Case {
        response: None,
        transport: Some(transport),
        ..case(rule, severity, GOOD.to_owned())
    }
}

impl Case {
    /// Answered with another code than 20009.
    pub fn answered(self, code: ResponseCode) -> Self {
        let response = Some(code);
        Self { response, ..self }
    }

    /// Checked before it is sent.
    pub fn sent(self) -> Self {
        let view = View::Sender;
        Self { view, ..self }
    }
}

fn cases() -> Vec<Case> {
    let mut all = envelope::cases();
    all.extend(document::cases());
    all.extend(people::cases());
    all.extend(clinical::cases());
    all
}

#[test]
fn the_good_message_breaks_no_rule() {
    let transport = kit::transport();
    for view in [View::Sender, View::Receiver] {
        for transport in [None, Some(&transport)] {
            assert_eq!(found(GOOD, view, transport), []);
        }
    }
}

#[test]
fn each_case_breaks_its_rule_and_no_other() {
    let mut wrong = Vec::new();
    for case in cases() {
        let findings = found(&case.message, case.view, case.transport.as_ref());
        let expected = (case.rule, case.severity, case.response);
        let is = |it: &Finding| (it.id, it.severity, it.response) == expected;
        if findings.is_empty() || !findings.iter().all(is) {
            wrong.push(format!("{expected:?}: {findings:#?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong: {}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_rule_that_a_message_can_break_has_its_case() {
    let cases = cases();
    for rule in rules() {
        let of_rule: Vec<_> = cases.iter().filter(|case| case.rule == rule.id).collect();
        let has = |severity, response: Option<Option<ResponseCode>>| {
            of_rule.iter().any(|case| {
                case.severity == severity && response.is_none_or(|it| it == case.response)
            })
        };
        let is_proved = match rule.verdict {
            Verdict::Refused(code) => has(Severity::Error, Some(Some(code))),
            Verdict::RefusedToSender => has(Severity::Error, None),
            Verdict::Told => has(Severity::Warning, None) && !has(Severity::Error, None),
            Verdict::Kept(_) => of_rule.is_empty(),
        };
        assert!(is_proved, "{} {:?}", rule.id, rule.verdict);
    }
}
