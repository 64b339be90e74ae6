//! The message header beside its handling extension.

use itk3::{Event, IssueType, ResponseCode};
use jiff::Timestamp;
use nhs::MailboxId;

use super::other_profile;
use crate::Ruleset;
use crate::check::breach::{Breaches, breach, unless};
use crate::check::subject::Subject;
use crate::check::table::Party::Sender;
use crate::check::table::{BOTH, MUST, Row, Rule};

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "GPCM-SD-045",
        binds: &[Sender],
        text: "The header names as sender an organisation of the message, with the ITK3 header \
               profile.",
        remedy: "Add CareConnect-ITK-Header-Organization-1 to the message bundle and refer to it.",
        source: BOTH,
        force: MUST,
        response: Some(ResponseCode::HeaderInvalid),
        rule: Rule::Message(gpcm_sd_045),
    },
    Row {
        id: "GPCM-SD-046",
        binds: &[Sender],
        text: "The header's source is the sender's mailbox.",
        remedy: "Send the sender's mailbox id in source.endpoint.",
        source: BOTH,
        force: MUST,
        response: Some(ResponseCode::HeaderInvalid),
        rule: Rule::Message(gpcm_sd_046),
    },
    Row {
        id: "GPCM-SD-047",
        binds: &[Sender],
        text: "The event is ITK007C.",
        remedy: "Send event ITK007C of ITK-MessageEvent-2.",
        source: BOTH,
        force: MUST,
        response: Some(ResponseCode::HandlingBusinessRule),
        rule: Rule::Message(gpcm_sd_047),
    },
    Row {
        id: "GPCM-SD-048",
        binds: &[Sender],
        text: "The header's timestamp is when the message was made, with its time zone.",
        remedy: "Send an instant such as 2026-03-02T09:30:00+00:00.",
        source: BOTH,
        force: MUST,
        response: Some(ResponseCode::HeaderInvalid),
        rule: Rule::Message(gpcm_sd_048),
    },
    Row {
        id: "GPCM-SD-049",
        binds: &[Sender],
        text: "The header names neither destination nor receiver: the exchange finds the \
               recipient (2.0 tolerates a receiver).",
        remedy: "Leave destination and receiver out.",
        source: BOTH,
        force: MUST,
        response: Some(ResponseCode::HeaderInvalid),
        rule: Rule::Message(gpcm_sd_049),
    },
];

fn gpcm_sd_045(subject: &Subject<'_>) -> Breaches {
    let Some(header) = &subject.header else {
        return Vec::new();
    };
    let path = header.at("sender");
    match &subject.sender {
        None => {
            let what = "expected a reference to an Organization of the message bundle";
            vec![breach(path, what).issue(IssueType::Structure)]
        }
        Some(sender) if sender.element.name() != "Organization" => {
            vec![breach(path, "expected an Organization").issue(IssueType::Value)]
        }
        Some(sender) if other_profile(sender, itk3::names::HEADER_ORGANIZATION) => {
            let what = "expected the profile CareConnect-ITK-Header-Organization-1";
            vec![breach(sender.at("meta.profile"), what).issue(IssueType::Value)]
        }
        Some(_) => Vec::new(),
    }
}

fn gpcm_sd_046(subject: &Subject<'_>) -> Breaches {
    let Some(header) = &subject.header else {
        return Vec::new();
    };
    match header.value("source.endpoint") {
        None => {
            let what = "expected the sender's mailbox id, found none";
            vec![breach(header.at("source.endpoint"), what).issue(IssueType::Required)]
        }
        Some(endpoint) if MailboxId::parse(endpoint).is_err() => {
            let what = "expected a mailbox id, found something else";
            let tolerated = endpoint.starts_with("urn:");
            let found = breach(header.at("source.endpoint"), what).issue(IssueType::Value);
            vec![if tolerated { found.tolerable() } else { found }]
        }
        Some(_) => Vec::new(),
    }
}

fn gpcm_sd_047(subject: &Subject<'_>) -> Breaches {
    let Some(header) = &subject.header else {
        return Vec::new();
    };
    let code = header.value("event.code") == Some(Event::SEND_DOCUMENT.code());
    let system = header.value("event.system") == Some(itk3::names::MESSAGE_EVENTS);
    unless(
        code && system,
        header.at("event"),
        "expected ITK007C of ITK-MessageEvent-2",
    )
}

fn gpcm_sd_048(subject: &Subject<'_>) -> Breaches {
    let Some(header) = &subject.header else {
        return Vec::new();
    };
    let instant = header
        .value("timestamp")
        .and_then(|text| text.parse::<Timestamp>().ok());
    if instant.is_some() {
        return Vec::new();
    }
    let what = "expected an instant with a time zone";
    vec![breach(header.at("timestamp"), what).issue(IssueType::Value)]
}

fn gpcm_sd_049(subject: &Subject<'_>) -> Breaches {
    let Some(header) = &subject.header else {
        return Vec::new();
    };
    let forbidden: &[&str] = match subject.ruleset {
        Ruleset::V1_3 => &["destination", "receiver"],
        Ruleset::V2_0 => &["destination"],
    };
    let present = forbidden
        .iter()
        .filter(|name| header.element.at(name).is_some());
    present
        .map(|name| breach(header.at(name), "expected no such element").issue(IssueType::Value))
        .collect()
}
