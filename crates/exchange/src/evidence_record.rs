//! A message's record in a journey's file, against what the lines about it tell.

use jiff::Timestamp;
use nhs::MessageId;

use crate::evidence::{EvidenceLine, EvidenceMessage};

/// What a record says that is in no line.
pub const RECORD_NOT_IN_LINES: &str = "steps, sizes, hashes of bodies, the words of a failure and what it is linked to, whether it \
     is undeliverable or an error, a report's workflow, what may name a patient: they are in no line of the trail";

/// Whether a line of this action changes what the record of its message says; others tell who looked at it.
pub fn changes_record(action: &str) -> bool {
    matches!(
        action,
        "accepted"
            | "reported"
            | "chunk"
            | "delivered"
            | "acknowledged"
            | "failed"
            | "redelivered"
            | "quarantined"
            | "forgotten"
            | "purged"
    )
}

/// A report's line names the message that it is about in its detail.
pub(crate) fn is_about(line: &EvidenceLine, id: &str) -> bool {
    line.subject == id || (line.action == "reported" && line.value("about=") == Some(id))
}

impl EvidenceLine {
    fn value(&self, name: &str) -> Option<&str> {
        let mut parts = self.detail.split(' ');
        let value = parts.find_map(|part| part.strip_prefix(name));
        value.filter(|value| !value.is_empty())
    }
}

/// Contradicts only where all is there that could have told otherwise.
pub(crate) fn check_message(
    message: &EvidenceMessage,
    lines: &[&EvidenceLine],
    whole: bool,
    findings: &mut Vec<String>,
    unproven: &mut Vec<String>,
) {
    let id = &message.id;
    let origin = match message.kind.as_str() {
        "data" => "accepted",
        "report" => "reported",
        _ => {
            findings.push(format!("{id}: its kind is neither data nor report"));
            return;
        }
    };
    let own = lines.iter().filter(|line| line.subject == *id);
    let own: Vec<&EvidenceLine> = own.copied().collect();
    let began = |line: &&&EvidenceLine| matches!(line.action.as_str(), "accepted" | "reported");
    let Some(first) = own.iter().find(began) else {
        unproven.push(format!(
            "that {id} is what its record says: the line of its acceptance is not among the lines of this file"
        ));
        return;
    };
    if !whole {
        return;
    }
    let mut must = |what: &str, told: bool| {
        if !told {
            findings.push(format!("{id}: {what} is not what the audit trail says"));
        }
    };
    must("its kind", first.action == origin);
    if first.action != origin {
        return;
    }
    must("when it was sent", message.sent_at == first.at);
    if origin == "accepted" {
        let sender = message.sender.as_deref();
        must("its sender", sender == Some(&first.actor));
        let workflow = Some(message.workflow.as_str());
        must("its workflow", first.value("workflow=") == workflow);
    } else {
        must("its sender", message.sender.is_none());
    }
    let told = Told::by(first, &own);
    must(
        "its recipient",
        message.recipient.as_deref() == told.recipient,
    );
    must("how many chunks it has", message.chunks == told.chunks);
    must(
        "when it was accepted",
        message.accepted_at == told.accepted_at,
    );
    if told.set_aside {
        unproven.push(format!(
            "the state of {id}: it was set aside as damaged, or forgotten"
        ));
        return;
    }
    let acknowledged = message.acknowledged_at == told.acknowledged_at;
    must("when it was acknowledged", acknowledged);
    let (states, since) = told.state(message.sent_at);
    must("its state", states.contains(&message.state.as_str()));
    must("since when it is in its state", message.state_at == since);
    check_failure(message, first, &told, must);
}

/// A report says with its failure what it reports, until it fails itself.
fn check_failure(
    message: &EvidenceMessage,
    first: &EvidenceLine,
    told: &Told<'_>,
    mut must: impl FnMut(&str, bool),
) {
    let reports = first.action == "reported" && told.failed.is_none();
    let line = told.failed.or(reports.then_some(first));
    let (Some(failure), Some(line)) = (&message.failure, line) else {
        let neither = message.failure.is_none() && line.is_none();
        must("that it failed or did not", neither);
        return;
    };
    must("when it failed", failure.at == line.at);
    // the trail leaves a code out that has not the form of one
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let has_form = failure.code.len() <= 16 && failure.code.bytes().all(is_code);
    let code = Some(failure.code.as_str()).filter(|code| has_form && !code.is_empty());
    must("why it failed", line.value("code=") == code);
    if reports {
        let linked = failure.linked.as_deref().map(MessageId::parse);
        let linked = linked.and_then(Result::ok).map(|id| id.to_string());
        must("what it reports", line.value("about=") == linked.as_deref());
    }
}

/// What a message's lines come to, in their order.
struct Told<'a> {
    recipient: Option<&'a str>,
    chunks: u32,
    accepted_at: Option<Timestamp>,
    acknowledged_at: Option<Timestamp>,
    failed: Option<&'a EvidenceLine>,
    redelivered: bool,
    set_aside: bool,
}

impl<'a> Told<'a> {
    fn by(first: &'a EvidenceLine, own: &[&'a EvidenceLine]) -> Self {
        let chunks = match first.action.as_str() {
            "reported" => Some(0),
            _ => first.value("chunks=").map_or(Some(1), |it| it.parse().ok()),
        };
        let chunks = chunks.unwrap_or(1);
        let mut told = Self {
            recipient: first.value("to="),
            chunks,
            accepted_at: (chunks <= 1).then_some(first.at),
            acknowledged_at: None,
            failed: None,
            redelivered: false,
            set_aside: false,
        };
        for line in own.iter().copied() {
            match line.action.as_str() {
                "chunk" if line.detail.ends_with(" complete") => told.accepted_at = Some(line.at),
                "delivered" => told.recipient = line.value("to="),
                "acknowledged" => told.acknowledged_at = Some(line.at),
                "failed" => told.failed = Some(line),
                "redelivered" => {
                    told.acknowledged_at = None;
                    told.failed = None;
                    told.redelivered = true;
                }
                "quarantined" | "forgotten" | "purged" => told.set_aside = true,
                _ => {}
            }
        }
        told
    }

    /// Which it may be in, and since when.
    fn state(&self, sent_at: Timestamp) -> (&'static [&'static str], Timestamp) {
        match (self.failed, self.acknowledged_at) {
            (Some(failed), _) => (&["undeliverable", "error"], failed.at),
            (None, Some(at)) => (&["acknowledged"], at),
            (None, None) if self.accepted_at.is_some() || self.redelivered => {
                (&["accepted"], self.accepted_at.unwrap_or(sent_at))
            }
            (None, None) => (&["uploading"], sent_at),
        }
    }
}
