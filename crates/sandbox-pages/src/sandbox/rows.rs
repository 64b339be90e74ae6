//! The list: messages and refused requests by their time, with what was found in each and which answers which.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use exchange::{Envelope, Kind, Listed};
use jiff::Timestamp;
use nhs::MessageId;
use tokio::time::Instant;

use super::look::{Look, LookKind};
use super::reading;
use super::recorder::MESSAGES;
use super::request::Refused;
use super::state::{Sandbox, SandboxError};

/// For how long a list waits for messages nobody has looked into yet; it says so of those left over.
const LOOKING: Duration = Duration::from_secs(5);

/// One line of the list.
pub(crate) enum Row {
    Message(Box<MessageRow>),
    Refused(Arc<Refused>),
}

/// A message in the list.
pub(crate) struct MessageRow {
    /// Its place in the order of arrival.
    pub(crate) seq: i64,
    pub(crate) envelope: Envelope,
    /// `None` while nobody has looked into it.
    pub(crate) look: Option<Arc<Look>>,
    /// The messages that answer it, the first first.
    pub(crate) answers: Vec<AnswerRow>,
    /// The message it answers or reports on.
    pub(crate) answers_to: Option<MessageId>,
}

/// A message that answers another.
#[derive(Clone)]
pub(crate) struct AnswerRow {
    pub(crate) id: MessageId,
    pub(crate) at: Timestamp,
    pub(crate) code: String,
    pub(crate) display: String,
    pub(crate) is_report: bool,
}

impl Row {
    /// When it came.
    pub(crate) fn at(&self) -> Timestamp {
        match self {
            Self::Message(row) => row.envelope.message.sent_at,
            Self::Refused(refused) => refused.asked.at,
        }
    }
}

impl MessageRow {
    /// `X26ABC1`; `the exchange` for its reports.
    pub(crate) fn from(&self) -> String {
        match &self.envelope.sender {
            Some(party) => party.mailbox.to_string(),
            None => "the exchange".to_owned(),
        }
    }

    /// Whose inbox it is for; a word while that is not known.
    pub(crate) fn to(&self) -> String {
        match &self.envelope.recipient {
            Some(party) => party.mailbox.to_string(),
            None => "a patient’s practice".to_owned(),
        }
    }
}

/// The latest messages and refused requests, the latest first.
///
/// # Errors
///
/// When the store cannot be read.
pub(crate) async fn rows(sandbox: &Sandbox) -> Result<Vec<Row>, SandboxError> {
    let mut rows: Vec<Row> = messages(sandbox)
        .await?
        .into_iter()
        .map(|row| Row::Message(Box::new(row)))
        .collect();
    rows.extend(sandbox.recorder().refusals().into_iter().map(Row::Refused));
    // Stable: what came in the same instant keeps the order of arrival.
    rows.sort_by_key(|row| std::cmp::Reverse(row.at()));
    Ok(rows)
}

/// The latest messages, the latest first.
///
/// # Errors
///
/// When the store cannot be read.
pub(crate) async fn messages(sandbox: &Sandbox) -> Result<Vec<MessageRow>, SandboxError> {
    let most = u32::try_from(MESSAGES).unwrap_or(u32::MAX);
    let listed = sandbox.exchange().recent(most, i64::MAX).await?;
    let until = Instant::now() + LOOKING;
    let mut rows = Vec::with_capacity(listed.len());
    for Listed { seq, envelope } in listed {
        let known = sandbox.recorder().look(&envelope.message.id);
        let look = match known {
            None if Instant::now() < until => reading::look(sandbox, &envelope).await?,
            known => known,
        };
        rows.push(MessageRow {
            seq,
            envelope,
            look,
            answers: Vec::new(),
            answers_to: None,
        });
    }
    tie(&mut rows);
    Ok(rows)
}

/// Ties answers and reports to their messages.
fn tie(rows: &mut [MessageRow]) {
    let mut by_header: HashMap<String, MessageId> = HashMap::new();
    for row in rows.iter() {
        if let Some(look) = row.look.as_deref()
            && look.kind == LookKind::Document
            && let Some(header) = &look.header_id
        {
            // The rows begin with the latest: of two with one header the first sent is answered.
            by_header.insert(header_key(header), row.envelope.message.id.clone());
        }
    }
    let mut answers: HashMap<MessageId, Vec<AnswerRow>> = HashMap::new();
    for row in rows.iter_mut() {
        let Some((to, answer)) = answer(row, &by_header) else {
            continue;
        };
        row.answers_to = Some(to.clone());
        answers.entry(to).or_default().push(answer);
    }
    for row in rows.iter_mut() {
        if let Some(mut of_it) = answers.remove(&row.envelope.message.id) {
            of_it.reverse();
            row.answers = of_it;
        }
    }
}

/// Ids are the same whatever their case and prefix.
fn header_key(id: &str) -> String {
    let id = id.trim().to_ascii_lowercase();
    id.strip_prefix("urn:uuid:")
        .map(str::to_owned)
        .unwrap_or(id)
}

fn answer(
    row: &MessageRow,
    by_header: &HashMap<String, MessageId>,
) -> Option<(MessageId, AnswerRow)> {
    let message = &row.envelope.message;
    let of = |code: &str, display: &str, is_report| AnswerRow {
        id: message.id.clone(),
        at: message.sent_at,
        code: code.to_owned(),
        display: display.to_owned(),
        is_report,
    };
    if message.kind == Kind::Report {
        let failure = row.envelope.failure()?;
        let linked = MessageId::parse(failure.linked.as_deref()?).ok()?;
        return Some((linked, of(&failure.code, &failure.description, true)));
    }
    let answers = row.look.as_deref()?.answers.as_ref()?;
    let to = by_header.get(&header_key(answers.to.as_deref()?))?.clone();
    Some((to, of(&answers.code, &answers.display, false)))
}
