//! A journey as one file with its proof: what the record says, the steps, and the lines of the audit trail with the chain
//! that holds them. docs/reference/formats.md describes the file.

use jiff::Timestamp;
use journey::Event;
use mail_store::{
    AuditHead, AuditLine, HashedLine, History, Kind, Message, StoreError, StoredStep, hash_text,
};
use nhs::MessageId;
use serde::{Deserialize, Serialize};

use crate::evidence_record::{changes_record, is_about};
use crate::steps::read_steps;
use crate::{Exchange, ExchangeError};

/// What the file says that it is.
pub const EVIDENCE_FORMAT: &str = "restante journey 1";
/// Lines of the trail in one file, at most.
pub const EVIDENCE_LINES: usize = 20_000;
/// Lines read at once.
const STEP: u32 = 1_000;
/// Chunks whose hashes are in a file, at most.
const CHUNKS: u32 = 1_000;
/// Messages in one file, at most: the one asked for, its report, acknowledgements known to answer it.
pub(crate) const MESSAGES: usize = 8;

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// [`EVIDENCE_FORMAT`].
    pub format: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// The message asked for comes first.
    pub messages: Vec<EvidenceMessage>,
    /// The numbers of the lines about these messages.
    pub lines_about: Vec<i64>,
    /// The trail from the first of them on, without a gap.
    pub chain: EvidenceChain,
}

/// A message as its record says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceMessage {
    /// Its id.
    pub id: String,
    /// `data` or `report`.
    pub kind: String,
    /// Its sender; a report has none.
    pub sender: Option<String>,
    /// Its recipient, where known.
    pub recipient: Option<String>,
    /// Its workflow.
    pub workflow: String,
    /// Its state.
    pub state: String,
    /// Since when.
    pub state_at: Timestamp,
    /// When its first byte was accepted.
    pub sent_at: Timestamp,
    /// When its last byte was accepted.
    pub accepted_at: Option<Timestamp>,
    /// When the recipient took it.
    pub acknowledged_at: Option<Timestamp>,
    /// Bytes as stored.
    pub size: u64,
    /// Its chunks.
    pub chunks: u32,
    /// The SHA-256 of each chunk as stored, in hexadecimal, of the first thousand; empty where it is missing.
    pub body_sha256: Vec<String>,
    /// Why it failed, or what a report reports.
    pub failure: Option<EvidenceFailure>,
    /// What happened to it. Steps are not in the audit trail: the chain does not prove them.
    pub steps: Vec<EvidenceStep>,
    /// What may name a patient, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<EvidenceDetails>,
}

/// A failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceFailure {
    /// When.
    pub at: Timestamp,
    /// `EPL-153`, `14`, …
    pub code: String,
    /// In words.
    pub description: String,
    /// On a failed message its report, on a report the message.
    pub linked: Option<String>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceStep {
    /// When.
    pub at: Timestamp,
    /// `exchange`, or `practice` and its name.
    pub place: String,
    /// What happened: a word, then names and values.
    pub what: String,
}

/// What the sender said; lossy where it was no UTF-8.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceDetails {
    /// `Mex-Subject`.
    pub subject: Option<String>,
    /// `Mex-LocalID`.
    pub local_id: Option<String>,
    /// `Mex-FileName`.
    pub file_name: Option<String>,
    /// `Mex-PartnerID`.
    pub partner_id: Option<String>,
}

impl std::fmt::Debug for EvidenceDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EvidenceDetails(redacted)")
    }
}

/// Part of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceChain {
    /// The hash of the line before the first one here, in hexadecimal.
    pub previous: String,
    /// The lines, in order.
    pub lines: Vec<EvidenceLine>,
    /// The trail's last line when the file was made, `NUMBER:HASH`.
    pub head: String,
    /// Whether the lines here reach that one: then the file alone leads to it.
    pub reaches_head: bool,
}

/// A line of the trail and its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceLine {
    /// 1, 2, 3 …
    pub number: i64,
    /// When, to the microsecond.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// `key=value` pairs.
    pub detail: String,
    /// SHA-256 over the hash before and all of this, in hexadecimal.
    pub hash: String,
}

impl EvidenceLine {
    /// As the trail has it.
    pub fn line(&self) -> AuditLine {
        AuditLine {
            number: self.number,
            at: self.at,
            actor: self.actor.clone(),
            action: self.action.clone(),
            subject: self.subject.clone(),
            detail: self.detail.clone(),
        }
    }
}

/// A message with those that are known to belong to it: its report or what it reports, and acknowledgements that a practice
/// told to answer it.
///
/// # Errors
///
/// [`StoreError`].
pub async fn belonging(
    history: &dyn History,
    message: Message,
    also: &(dyn Fn(&Message) -> Vec<StoredStep> + Sync),
) -> Result<Vec<Message>, StoreError> {
    let mut steps = history.steps(message.seq).await?;
    steps.extend(also(&message));
    let failure = message.failure.as_ref().or(message.report.as_ref());
    let linked = failure.and_then(|failure| failure.linked.as_deref());
    let mut ids: Vec<MessageId> = linked
        .and_then(|id| MessageId::parse(id).ok())
        .into_iter()
        .collect();
    for step in read_steps(&message.id, &steps) {
        match step.event {
            Event::Answered {
                carrier: Some(other),
                ..
            }
            | Event::Answers {
                answered: other, ..
            } => ids.push(other),
            _ => {}
        }
    }
    let mut found = vec![message];
    for id in ids {
        if found.len() < MESSAGES && !found.iter().any(|known| known.id == id) {
            found.extend(history.message(&id).await?);
        }
    }
    Ok(found)
}

/// What is to be in a file.
pub struct Wanted<'a> {
    /// The trail's last line, read before the messages: the file's lines end there, and what came later is known as such.
    pub head: AuditHead,
    /// The message asked for first.
    pub messages: Vec<Message>,
    /// The lines of the trail about them, in any order.
    pub about: Vec<AuditLine>,
    /// With what may name a patient.
    pub with_details: bool,
    /// Steps that are not stored yet, by message.
    pub also: &'a (dyn Fn(&Message) -> Vec<StoredStep> + Sync),
    /// Now.
    pub made_at: Timestamp,
}

/// Gathers a file from what is stored.
///
/// # Errors
///
/// [`StoreError`]; damage of a line of the trail is no error, but told by the check of the file.
pub async fn gather(history: &dyn History, wanted: Wanted<'_>) -> Result<Evidence, StoreError> {
    let mut messages = Vec::new();
    for message in wanted.messages.iter().take(MESSAGES) {
        let mut steps = history.steps(message.seq).await?;
        for step in (wanted.also)(message) {
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
        steps.sort_by_key(|step| step.at);
        let hashes = body_hashes(history, message).await?;
        messages.push(told(message, steps, hashes, wanted.with_details));
    }
    // of what came after the head only what the record may already tell: then the file says that it is not whole
    let told =
        |line: &&AuditLine| line.number <= wanted.head.number || changes_record(&line.action);
    let about = wanted.about.iter().filter(told);
    let mut lines_about: Vec<i64> = about.map(|line| line.number).collect();
    let chain = chain(history, lines_about.iter().min().copied(), wanted.head).await?;
    // a list of a message's lines is limited; the lines here are not
    let is_ours = |line: &&EvidenceLine| messages.iter().any(|one| is_about(line, &one.id));
    lines_about.extend(chain.lines.iter().filter(is_ours).map(|line| line.number));
    lines_about.sort_unstable();
    lines_about.dedup();
    Ok(Evidence {
        format: EVIDENCE_FORMAT.to_owned(),
        made_at: wanted.made_at,
        messages,
        lines_about,
        chain,
    })
}

async fn body_hashes(history: &dyn History, message: &Message) -> Result<Vec<String>, StoreError> {
    let mut hashes = Vec::new();
    for number in 1..=message.total_chunks.min(CHUNKS) {
        hashes.push(match history.chunk(message.seq, number).await {
            Ok(Some(body)) => hash_text(&body.sha256()),
            Ok(None) => String::new(),
            Err(error) if error.is_damage() => "damaged".to_owned(),
            Err(error) => return Err(error),
        });
    }
    Ok(hashes)
}

async fn chain(
    history: &dyn History,
    first: Option<i64>,
    head: AuditHead,
) -> Result<EvidenceChain, StoreError> {
    let (beginning, _) = history.audit_ends().await?;
    // the trail may have been shortened since its lines were listed
    let first = first.unwrap_or(head.number + 1).max(beginning.number + 1);
    let before = history.audit_chain(first - 2, 1).await?;
    let before = before
        .first()
        .filter(|hashed| hashed.line.number == first - 1);
    let previous = match before {
        Some(hashed) => hashed.hash.as_ref().map(hash_text).unwrap_or_default(),
        None => hash_text(&beginning.hash),
    };
    let mut lines: Vec<EvidenceLine> = Vec::new();
    let mut after = first - 1;
    while after < head.number && lines.len() < EVIDENCE_LINES {
        let step = history.audit_chain(after, STEP).await?;
        let Some(last) = step.last() else { break };
        after = last.line.number;
        lines.extend(step.into_iter().map(line));
    }
    lines.retain(|line| line.number <= head.number);
    lines.truncate(EVIDENCE_LINES);
    let reaches_head = lines.last().is_some_and(|line| line.number == head.number);
    Ok(EvidenceChain {
        previous,
        lines,
        head: head.to_string(),
        reaches_head,
    })
}

fn line(HashedLine { line, hash }: HashedLine) -> EvidenceLine {
    EvidenceLine {
        number: line.number,
        at: line.at,
        actor: line.actor,
        action: line.action,
        subject: line.subject,
        detail: line.detail,
        hash: hash.as_ref().map(hash_text).unwrap_or_default(),
    }
}

fn told(
    message: &Message,
    steps: Vec<StoredStep>,
    body_sha256: Vec<String>,
    with_details: bool,
) -> EvidenceMessage {
    let failure = message.failure.as_ref().or(message.report.as_ref());
    EvidenceMessage {
        id: message.id.to_string(),
        kind: match message.kind {
            Kind::Data => "data",
            Kind::Report => "report",
        }
        .to_owned(),
        sender: message.sender.as_ref().map(ToString::to_string),
        recipient: message.recipient.as_ref().map(ToString::to_string),
        workflow: message.workflow.to_string(),
        state: message.state.as_str().to_owned(),
        state_at: message.state_at,
        sent_at: message.sent_at,
        accepted_at: message.accepted_at,
        acknowledged_at: message.acknowledged_at,
        size: message.size,
        chunks: message.total_chunks,
        body_sha256,
        failure: failure.map(|failure| EvidenceFailure {
            at: failure.at,
            code: failure.code.clone(),
            description: failure.description.clone(),
            linked: failure.linked.clone(),
        }),
        steps: steps
            .into_iter()
            .map(|step| EvidenceStep {
                at: step.at,
                place: step.place,
                what: step.what,
            })
            .collect(),
        details: with_details.then(|| {
            let text = |value: &Option<Vec<u8>>| {
                let value = value.as_deref()?;
                Some(String::from_utf8_lossy(value).into_owned())
            };
            let given = &message.details;
            EvidenceDetails {
                subject: text(&given.subject),
                local_id: text(&given.local_id),
                file_name: text(&given.file_name),
                partner_id: text(&given.partner_id),
            }
        }),
    }
}

impl Exchange {
    /// A journey as one file, without what may name a patient. That it was made is in the audit trail.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NotFound`]; [`ExchangeError::Store`].
    pub async fn evidence(&self, id: &str, who: &str) -> Result<Evidence, ExchangeError> {
        let store = self.store();
        let (_, head) = store.audit_ends().await?;
        let message = self.message(id).await?.message;
        let also = |message: &Message| self.steps_not_written(&message.id);
        let messages = belonging(&**store, message, &also).await?;
        let mut about = Vec::new();
        let lists = store.lists().await?;
        for message in &messages {
            about.extend(lists.audit_of(message.id.as_str()).await?);
        }
        let wanted = Wanted {
            head,
            messages,
            about,
            with_details: false,
            also: &also,
            made_at: self.now(),
        };
        let evidence = gather(&**store, wanted).await?;
        self.note_use(who, "exported journey", id).await?;
        Ok(evidence)
    }
}
