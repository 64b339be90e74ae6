//! Messages and refused requests as JSON.

use exchange::Envelope;
use message_check::Found;
use send_document::Severity;
use serde_json::{Value, json};

use crate::sandbox::look::{Look, LookKind};
use crate::sandbox::reading::Opened;
use crate::sandbox::request::{Asked, Refused};
use crate::sandbox::rows::{AnswerRow, MessageRow};
use crate::sandbox::state::Sandbox;
use source_view::FINDINGS;

/// A message as lists have it.
pub(super) fn message(row: &MessageRow) -> Value {
    of_message(&row.envelope, Some(row.seq), row.look.as_deref(), Some(row))
}

fn of_message(
    envelope: &Envelope,
    seq: Option<i64>,
    look: Option<&Look>,
    row: Option<&MessageRow>,
) -> Value {
    let (message, details) = (&envelope.message, &envelope.message.details);
    let text = |bytes: &Option<Vec<u8>>| {
        bytes
            .as_deref()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    let answered_by: Vec<Value> = row
        .into_iter()
        .flat_map(|row| &row.answers)
        .map(answer)
        .collect();
    json!({
        "id": message.id,
        "seq": seq.unwrap_or(message.seq),
        "sent_at": message.sent_at,
        "from": envelope.sender.as_ref().map(|party| &party.mailbox),
        "to": envelope.recipient.as_ref().map(|party| &party.mailbox),
        "workflow": message.workflow,
        "state": message.state.as_str(),
        "subject": text(&details.subject),
        "local_id": text(&details.local_id),
        "file_name": text(&details.file_name),
        "content_type": text(&details.content_type),
        "bytes": message.size,
        "chunks": message.total_chunks,
        "kind": look.map(|look| kind(look.kind)),
        "title": look.map(|look| &look.title),
        "patient": look.and_then(|look| look.patient.as_ref()),
        "errors": look.map(|look| look.errors),
        "warnings": look.map(|look| look.warnings),
        "rules": look.map(|look| look.rules),
        "attachments": look.map(|look| look.attachments),
        "header_id": look.and_then(|look| look.header_id.as_ref()),
        "would_be_answered": look
            .and_then(|look| look.would_be_answered)
            .map(|(code, display)| json!({ "code": code, "display": display })),
        "answer": look
            .and_then(|look| look.answers.as_ref())
            .map(|answers| json!({
                "code": answers.code,
                "display": answers.display,
                "header_id": answers.to,
            })),
        "failure": envelope.failure().map(|failure| json!({
            "code": failure.code,
            "description": failure.description,
            "linked": failure.linked,
        })),
        "answers_to": row.and_then(|row| row.answers_to.as_ref()),
        "answered_by": answered_by,
    })
}

fn kind(kind: LookKind) -> &'static str {
    match kind {
        LookKind::Document => "document",
        LookKind::Acknowledgement => "acknowledgement",
        LookKind::Report => "report",
        LookKind::Other => "other",
    }
}

fn answer(answer: &AnswerRow) -> Value {
    json!({
        "id": answer.id,
        "at": answer.at,
        "code": answer.code,
        "display": answer.display,
        "kind": if answer.is_report { "report" } else { "acknowledgement" },
    })
}

/// A message opened: as lists have it, and all that was found.
pub(super) fn opened(sandbox: &Sandbox, opened: &Opened, row: Option<&MessageRow>) -> Value {
    let look = Look::of(opened);
    let mut value = of_message(&opened.envelope, row.map(|row| row.seq), Some(&look), row);
    let received = opened.itk3.as_ref().and_then(|itk3| itk3.received.as_ref());
    let findings = opened.itk3.iter().flat_map(|itk3| &itk3.checked.findings);
    let steps = sandbox.recorder().steps(&opened.envelope.message.id);
    let journey: Vec<Value> = steps
        .iter()
        .map(|step| {
            let details: serde_json::Map<String, Value> = step
                .event
                .details()
                .into_iter()
                .map(|(name, value)| (name.to_owned(), Value::from(value)))
                .collect();
            json!({ "at": step.at, "event": step.event.name(), "details": details })
        })
        .collect();
    let further = json!({
        "trouble": opened.trouble,
        "findings": findings.take(FINDINGS).map(finding).collect::<Vec<_>>(),
        "request": opened.sent.as_deref().map(asked),
        "journey": journey,
        "sections": received.into_iter().flat_map(|it| &it.sections).map(|section| json!({
            "title": section.title,
            "code": section.code,
            "text": section.text(),
        })).collect::<Vec<_>>(),
        "files": received.into_iter().flat_map(|it| &it.attachments).enumerate().map(|(place, file)| json!({
            "number": place + 1,
            "title": file.title,
            "content_type": file.content_type,
            "bytes": file.content.len(),
        })).collect::<Vec<_>>(),
    });
    if let (Value::Object(value), Value::Object(further)) = (&mut value, further) {
        value.extend(further);
    }
    value
}

fn finding(found: &Found) -> Value {
    json!({
        "id": found.id,
        "severity": match found.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "where": found.path,
        "line": found.position.map(|position| position.line),
        "column": found.position.map(|position| position.column),
        "what": found.what,
        "remedy": found.remedy,
        "requirement": found.requirement,
        "excerpt": found.excerpt,
    })
}

fn asked(asked: &Asked) -> Value {
    let pairs = |headers: &[(String, String)]| -> Vec<Value> {
        let pair = |(name, value): &(String, String)| json!({ "name": name, "value": value });
        headers.iter().map(pair).collect()
    };
    json!({
        "at": asked.at,
        "method": asked.method,
        "address": asked.address,
        "peer": asked.peer,
        "milliseconds": asked.took.as_secs_f64() * 1000.0,
        "headers": pairs(&asked.headers),
        "status": asked.status,
        "answer_headers": pairs(&asked.answer_headers),
        "answer": asked.answer,
    })
}

/// A refused request with its true reason.
pub(super) fn refusal(refused: &Refused) -> Value {
    json!({
        "number": refused.number,
        "mailbox": refused.asked.mailbox,
        "reason": refused.reason(),
        "refusal": refused.refusal.map(exchange::Refusal::name),
        "code": refused.fault().code,
        "request": asked(&refused.asked),
        "body_bytes": refused.body_bytes,
        "body_kept": refused.body.len(),
    })
}
