//! ITK-MessageHeader-2: the header, without its handling extension.

use fhir::Element;
use jiff::Timestamp;

use super::{At, Findings, HEADER, Rules, receiver};
use crate::payload::Kind;
use crate::{IssueType, Message, ResponseCode, names};

pub(super) fn check(message: &Message<'_>, rules: &Rules, found: &mut Findings) {
    common(message, found);
    event(message.header(), rules, found);
    receiver::check(message, rules, found);
    focus(message, found);
    if let Some(element) = message.header().at("response") {
        let what = "expected no response in a message that carries a payload";
        invalid(
            found,
            "itk3-header-response",
            "response",
            Some(element),
            what,
            IssueType::Structure,
        );
    }
}

/// What every header must keep, of a message or an acknowledgement.
pub(super) fn common(message: &Message<'_>, found: &mut Findings) {
    let header = message.header();
    identity(header, found);
    event_system(header, found);
    sender(message, found);
    timestamp(header, found);
    endpoint(header, found);
    forbidden(header, found);
}

pub(super) fn invalid(
    found: &mut Findings,
    id: &'static str,
    name: &str,
    element: Option<&Element>,
    what: &str,
    issue: IssueType,
) {
    let path = format!("{HEADER}.{name}");
    found.error(
        id,
        At {
            path: &path,
            element,
        },
        what,
        ResponseCode::HeaderInvalid,
        issue,
    );
}

fn identity(header: &Element, found: &mut Findings) {
    if header.value_at("id").is_none() {
        let what = "expected an id: acknowledgements name it";
        invalid(
            found,
            "itk3-header-id",
            "id",
            Some(header),
            what,
            IssueType::Required,
        );
    }
    if !header.has_profile(names::MESSAGE_HEADER) {
        let path = format!("{HEADER}.meta.profile");
        let at = At {
            path: &path,
            element: header.at("meta"),
        };
        found.warning(
            "itk3-header-profile",
            at,
            "expected the profile ITK-MessageHeader-2",
        );
    }
}

fn event_system(header: &Element, found: &mut Findings) {
    let event = header.at("event");
    if header.value_at("event.system") != Some(names::MESSAGE_EVENTS) {
        let what = "expected the code system ITK-MessageEvent-2";
        let issue = IssueType::CodeInvalid;
        invalid(
            found,
            "itk3-event-system",
            "event.system",
            event,
            what,
            issue,
        );
    }
    if header.value_at("event.code").is_none() {
        let what = "expected the code of the event";
        invalid(
            found,
            "itk3-event-code",
            "event.code",
            event,
            what,
            IssueType::Required,
        );
    }
    let path = format!("{HEADER}.event");
    if header.value_at("event.display").is_none() {
        let at = At {
            path: &path,
            element: event,
        };
        found.warning(
            "itk3-event-display",
            at,
            "expected the display of the event",
        );
    }
    if ["event.version", "event.userSelected"]
        .iter()
        .any(|name| header.at(name).is_some())
    {
        let at = At {
            path: &path,
            element: event,
        };
        let what = "expected neither version nor userSelected";
        found.forbidden("itk3-event-forbidden", at, what);
    }
}

/// Another event than the payload's is 10008 or 10004, as its row says; one that nobody knows is 10004.
fn event(header: &Element, rules: &Rules, found: &mut Findings) {
    let Some(code) = header.value_at("event.code") else {
        return;
    };
    let (id, what, response) = if rules.kind == Kind::UNKNOWN {
        let what = "expected an event of ITK-MessageEvent-2, found another".to_owned();
        let code = ResponseCode::MessageDefinitionUnknown;
        ("itk3-event-unknown", what, code)
    } else if code != rules.kind.event.code() {
        let what = format!(
            "expected the event {}, found another",
            rules.kind.event.code()
        );
        ("itk3-event", what, rules.kind.other_event)
    } else {
        return;
    };
    let path = format!("{HEADER}.event.code");
    let at = At {
        path: &path,
        element: header.at("event"),
    };
    found.error(id, at, what, response, IssueType::Processing);
}

fn sender(message: &Message<'_>, found: &mut Findings) {
    let header = message.header();
    let Some(reference) = header.at("sender") else {
        let what = "expected a sender";
        return invalid(
            found,
            "itk3-sender",
            "sender",
            None,
            what,
            IssueType::Required,
        );
    };
    let Some(sender) = message.sender() else {
        let what = "expected a reference to an entry of this bundle";
        let issue = IssueType::Value;
        return invalid(
            found,
            "itk3-sender-reference",
            "sender",
            Some(reference),
            what,
            issue,
        );
    };
    let (profile, allowed): (_, &[&str]) = match sender.name() {
        "Organization" => (names::HEADER_ORGANIZATION, &["id", "meta", "identifier"]),
        "Practitioner" => (
            names::HEADER_PRACTITIONER,
            &["id", "meta", "identifier", "name"],
        ),
        _ => {
            let what = "expected an Organization or a Practitioner";
            let issue = IssueType::Value;
            return invalid(
                found,
                "itk3-sender-type",
                "sender",
                Some(reference),
                what,
                issue,
            );
        }
    };
    let path = format!("{HEADER}.sender");
    let at = |element| At {
        path: &path,
        element: Some(element),
    };
    if !sender.has_profile(profile) {
        found.warning(
            "itk3-sender-profile",
            at(sender),
            "expected the CareConnect-ITK-Header profile",
        );
    }
    for child in sender
        .children()
        .iter()
        .filter(|child| !allowed.contains(&child.name()))
    {
        let what = "element is not allowed in a header's sender";
        found.forbidden("itk3-sender-forbidden", at(child), what);
    }
    if sender.name() == "Organization" && message.sender_ods_code().is_none() {
        found.warning(
            "itk3-sender-ods-code",
            at(sender),
            "expected an ODS organisation code",
        );
    }
}

fn timestamp(header: &Element, found: &mut Findings) {
    let element = header.at("timestamp");
    let id = "itk3-timestamp";
    match element.map(|element| element.value().unwrap_or_default().parse::<Timestamp>()) {
        None => {
            let what = "expected the time when the message was made";
            invalid(found, id, "timestamp", element, what, IssueType::Required);
        }
        Some(Err(_)) => {
            let what = "expected an instant with a zone";
            invalid(found, id, "timestamp", element, what, IssueType::Value);
        }
        Some(Ok(_)) => {}
    }
}

fn endpoint(header: &Element, found: &mut Findings) {
    let source = header.at("source");
    if header
        .value_at("source.endpoint")
        .is_none_or(|value| value.trim().is_empty())
    {
        let what = "expected the sender's mailbox";
        invalid(
            found,
            "itk3-endpoint",
            "source.endpoint",
            source,
            what,
            IssueType::Required,
        );
    }
    for name in ["name", "software", "version", "contact"] {
        if let Some(element) = source.and_then(|source| source.at(name)) {
            let path = format!("{HEADER}.source.{name}");
            let at = At {
                path: &path,
                element: Some(element),
            };
            found.forbidden("itk3-source-forbidden", at, "expected only the endpoint");
        }
    }
}

fn forbidden(header: &Element, found: &mut Findings) {
    for name in ["destination", "enterer", "author", "responsible", "reason"] {
        if let Some(element) = header.at(name) {
            let issue = if name == "destination" {
                IssueType::Value
            } else {
                IssueType::Structure
            };
            let what = "element is not allowed in the header";
            invalid(
                found,
                "itk3-header-forbidden",
                name,
                Some(element),
                what,
                issue,
            );
        }
    }
}

fn focus(message: &Message<'_>, found: &mut Findings) {
    let header = message.header();
    let (first, issue) = (header.at("focus"), IssueType::Structure);
    match header.all("focus").count() {
        0 => {
            let what = "expected a reference to the payload";
            invalid(
                found,
                "itk3-focus",
                "focus",
                None,
                what,
                IssueType::Required,
            );
        }
        1 if message.payload().is_none() => {
            let what = "expected a reference to an entry of this bundle";
            invalid(
                found,
                "itk3-focus-reference",
                "focus",
                first,
                what,
                IssueType::Value,
            );
        }
        1 => {}
        _ => invalid(
            found,
            "itk3-focus",
            "focus",
            first,
            "expected one focus at most",
            issue,
        ),
    }
}
