//! The structure of an acknowledgement (itself never answered).

use fhir::{Budget, Element, Severity};

use super::{At, Finding, Findings, HEADER, bundle, header};
use crate::{Flag, Message, ReceivedCode, ResponseCode, names};

/// Checks the structure of an acknowledgement: bundle, header, response, outcome. Errors make it
/// useless to its receiver, warnings do not; none is ever answered, or two systems would answer each
/// other for ever.
pub fn acknowledgement(root: &Element) -> Vec<Finding> {
    let mut found = Findings::default();
    bundle::check(root, &mut found, &Budget::unlimited());
    if let Some(message) = Message::of(root) {
        header::common(&message, &mut found);
        event(&message, &mut found);
        flags(&message, &mut found);
        response(&message, &mut found);
        outcome(&message, &mut found);
    }
    let mut list = found.into_list();
    for finding in &mut list {
        finding.response = None;
        finding.issue = None;
    }
    list
}

fn error(found: &mut Findings, id: &'static str, path: &str, at: Option<&Element>, what: &str) {
    found.push(
        id,
        Severity::Error,
        At { path, element: at },
        what.to_owned(),
        None,
    );
}

fn event(message: &Message<'_>, found: &mut Findings) {
    if !message.is_acknowledgement() {
        let path = format!("{HEADER}.event.code");
        let at = message.header().at("event");
        error(
            found,
            "itk3-ack-event",
            &path,
            at,
            "expected the event ITK008M",
        );
    }
}

/// GPCM-SD-050 and SD-051. NHS samples of other flows ask for more.
fn flags(message: &Message<'_>, found: &mut Findings) {
    let handling = message.handling();
    let flags = [
        handling.infrastructure_acknowledgement,
        handling.business_acknowledgement,
    ];
    if flags.iter().any(|flag| *flag != Flag::Is(false)) {
        let path = format!("{HEADER}.extension");
        let at = At {
            path: &path,
            element: message.header().at("extension"),
        };
        found.warning(
            "itk3-ack-flags",
            at,
            "expected both acknowledgement flags to be false",
        );
    }
}

fn response(message: &Message<'_>, found: &mut Findings) {
    let path = format!("{HEADER}.response");
    let Some(response) = message.header().at("response") else {
        return error(
            found,
            "itk3-ack-response",
            &path,
            None,
            "expected a response",
        );
    };
    if response.value_at("identifier").is_none() {
        let what = "expected the id of the message answered";
        error(found, "itk3-ack-identifier", &path, Some(response), what);
    }
    let details = message.bundle().follow(response.at("details"));
    if details.is_none_or(|resource| resource.name() != "OperationOutcome") {
        let what = "expected details to name an OperationOutcome of this bundle";
        error(found, "itk3-ack-details", &path, Some(response), what);
    }
}

fn outcome(message: &Message<'_>, found: &mut Findings) {
    let Some(outcome) = message
        .bundle()
        .resources()
        .find(|resource| resource.name() == "OperationOutcome")
    else {
        return;
    };
    let path = "OperationOutcome.issue";
    let codings: Vec<&Element> = outcome
        .all("issue")
        .flat_map(|issue| issue.all("details"))
        .flat_map(|details| details.all("coding"))
        .collect();
    let [coding] = codings.as_slice() else {
        return error(
            found,
            "itk3-ack-code",
            path,
            Some(outcome),
            "expected one response code",
        );
    };
    let code = ReceivedCode::parse(coding.value_at("code").unwrap_or_default());
    let at = |element| At { path, element };
    if coding.value_at("system") != Some(names::RESPONSE_CODES) {
        let what = "expected the code system ITK-ResponseCodes-1";
        found.warning("itk3-ack-code-system", at(Some(coding)), what);
    }
    match code {
        ReceivedCode::Known(code) => mapping(message, outcome, code, found),
        ReceivedCode::Legacy { .. } => {
            found.warning(
                "itk3-ack-code",
                at(Some(coding)),
                "a code from before ITK3 2.3.0",
            );
        }
        ReceivedCode::Unknown(_) => {
            error(
                found,
                "itk3-ack-code",
                path,
                Some(coding),
                "expected a known response code",
            );
        }
    }
}

/// Whether header and outcome say what the code says.
fn mapping(message: &Message<'_>, outcome: &Element, code: ResponseCode, found: &mut Findings) {
    let header_code = message.header().value_at("response.code");
    let severity = outcome.value_at("issue.severity");
    let kind = outcome.value_at("issue.code").unwrap_or_default();
    let agree = header_code == Some(code.header_code())
        && severity == Some(code.severity().code())
        && code
            .issue_types()
            .iter()
            .any(|allowed| allowed.code() == kind);
    if !agree {
        let at = At {
            path: "OperationOutcome.issue",
            element: Some(outcome),
        };
        let what = "response code, severity and issue code do not agree with the ITK3 code";
        found.warning("itk3-ack-mapping", at, what);
    }
    if !code.is_positive() && outcome.value_at("issue.diagnostics").is_none() {
        let at = At {
            path: "OperationOutcome.issue.diagnostics",
            element: Some(outcome),
        };
        found.warning(
            "itk3-ack-diagnostics",
            at,
            "expected diagnostics with a negative code",
        );
    }
}
