//! The keys of the message handling extension.

use itk3::{Flag, IssueType, RecipientType, ResponseCode};

use crate::check::breach::{Breaches, breach, unless};
use crate::check::subject::Subject;
use crate::check::table::Party::Sender;
use crate::check::table::{BOTH, GM13, MUST, MUST_THEN_SHOULD, Row, Rule, SHOULD};
use crate::{Ruleset, names};

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "GPCM-SD-039",
        binds: &[Sender],
        text: "The recipient type is FA, for action (2.0: FA or FI).",
        remedy: "Send RecipientType FA.",
        source: GM13,
        force: MUST,
        response: Some(ResponseCode::RecipientTypeUnreadable),
        rule: Rule::Message(gpcm_sd_039),
    },
    Row {
        id: "GPCM-SD-040",
        binds: &[Sender],
        text: "A business acknowledgement is asked for.",
        remedy: "Send BusAckRequested true.",
        source: BOTH,
        force: MUST,
        response: Some(ResponseCode::HandlingBusinessRule),
        rule: Rule::Message(gpcm_sd_040),
    },
    Row {
        id: "GPCM-SD-041",
        binds: &[Sender],
        text: "An infrastructure acknowledgement is asked for.",
        remedy: "Send InfAckRequested true.",
        source: BOTH,
        force: MUST,
        response: Some(ResponseCode::HandlingBusinessRule),
        rule: Rule::Message(gpcm_sd_041),
    },
    Row {
        id: "GPCM-SD-042",
        binds: &[Sender],
        text: "The sender reference is the identifier of the consultation.",
        remedy: "Send the consultation's own identifier, at most 255 characters.",
        source: BOTH,
        force: MUST_THEN_SHOULD,
        response: Some(ResponseCode::SenderReferenceUnreadable),
        rule: Rule::Message(gpcm_sd_042),
    },
    Row {
        id: "GPCM-SD-043",
        binds: &[Sender],
        text: "The message definition is that of Send Document.",
        remedy: "Name ITK-GPConnectSendDocument-MessageDefinition-1 in MessageDefinition.",
        source: BOTH,
        force: MUST,
        response: Some(ResponseCode::MessageDefinitionUnknown),
        rule: Rule::Message(gpcm_sd_043),
    },
    Row {
        id: "GPCM-SD-044",
        binds: &[Sender],
        text: "The local extension says SendDocument-ConsultationReport (2.0: None). Receivers \
               take any other, since the published examples differ.",
        remedy: "Send LocalExtension SendDocument-ConsultationReport, under 2.0 None.",
        source: BOTH,
        force: SHOULD,
        response: None,
        rule: Rule::Message(gpcm_sd_044),
    },
];

fn gpcm_sd_039(subject: &Subject<'_>) -> Breaches {
    let Some(code) = subject
        .handling()
        .and_then(|handling| handling.recipient_type)
    else {
        return Vec::new();
    };
    let holds = match RecipientType::parse(code) {
        Some(RecipientType::ForAction) => true,
        Some(RecipientType::ForInformation) => subject.ruleset == Ruleset::V2_0,
        None => false,
    };
    unless(
        holds,
        subject.key("RecipientType"),
        "expected the code FA, found another",
    )
}

fn gpcm_sd_040(subject: &Subject<'_>) -> Breaches {
    let flag = subject
        .handling()
        .map(|handling| &handling.business_acknowledgement);
    must_be_true(subject, "BusAckRequested", flag)
}

fn gpcm_sd_041(subject: &Subject<'_>) -> Breaches {
    let flag = subject
        .handling()
        .map(|handling| &handling.infrastructure_acknowledgement);
    must_be_true(subject, "InfAckRequested", flag)
}

/// A key that is missing or unreadable is ITK3's own finding.
fn must_be_true(subject: &Subject<'_>, key: &str, flag: Option<&Flag>) -> Breaches {
    let holds = !matches!(flag, Some(Flag::Is(false)));
    unless(holds, subject.key(key), "expected true, found false")
}

fn gpcm_sd_042(subject: &Subject<'_>) -> Breaches {
    let Some(reference) = subject
        .handling()
        .and_then(|handling| handling.sender_reference)
    else {
        return Vec::new();
    };
    let length = reference.trim().chars().count();
    let unused = reference.trim().eq_ignore_ascii_case(itk3::names::NONE);
    let what = "expected an identifier of 1 to 255 characters that names the consultation";
    unless(
        (1..=255).contains(&length) && !unused,
        subject.key("SenderReference"),
        what,
    )
}

fn gpcm_sd_043(subject: &Subject<'_>) -> Breaches {
    let Some(definition) = subject
        .handling()
        .and_then(|handling| handling.message_definition)
    else {
        return Vec::new();
    };
    if [names::DEFINITION, names::DEFINITION_INSTANCE].contains(&definition) {
        return Vec::new();
    }
    let what = "expected the definition ITK-GPConnectSendDocument-MessageDefinition-1";
    let found = breach(subject.key("MessageDefinition"), what).issue(IssueType::Processing);
    let stem = |url: &str| {
        url.trim_end_matches(|c: char| c.is_ascii_digit())
            .to_owned()
    };
    let known = [names::DEFINITION, names::DEFINITION_INSTANCE].map(stem);
    if known.contains(&stem(definition)) {
        return vec![found.answer(ResponseCode::MessageDefinitionVersionUnknown)];
    }
    vec![found]
}

fn gpcm_sd_044(subject: &Subject<'_>) -> Breaches {
    let Some(value) = subject
        .handling()
        .and_then(|handling| handling.local_extension)
    else {
        return Vec::new();
    };
    let (value, none) = (value.trim(), itk3::names::NONE);
    let known = [
        names::LOCAL_EXTENSION,
        names::LOCAL_EXTENSION_OF_EXAMPLE,
        none,
    ];
    let holds = known.iter().any(|known| known.eq_ignore_ascii_case(value));
    unless(
        holds,
        subject.key("LocalExtension"),
        "expected SendDocument-ConsultationReport or None",
    )
}
