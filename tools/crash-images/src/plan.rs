//! What the workload does and prints, shared by the one that does it and the one that checks it.
//!
//! Each operation is printed before it begins (`+12 accept 5 inbox 40000`) and after the store has
//! acknowledged it (`-12`), in one write to standard output each.

use bytes::Bytes;
use jiff::Timestamp;
use mail_store::{Body, Details, Kind, NewMessage};
use nhs::{MailboxId, MessageId, WorkflowId};

pub const SENDER: &str = "A81001OT001";
pub const RECEIVER: &str = "A20047OT001";

/// One change to one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Into the inbox, or to routing, or as the first of several chunks.
    Accept(Place, usize),
    /// A later chunk.
    Chunk(u32, usize),
    Deliver,
    Acknowledge,
    Fail,
    Forget,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Inbox,
    Routing,
    /// To a patient whose mailbox was found before.
    Routed,
    Chunks(u32),
}

/// A change under way or done.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub message: u64,
    pub change: Change,
}

impl Step {
    pub fn parse(text: &str) -> Self {
        let words: Vec<_> = text.split(' ').collect();
        let number: u32 = words[2].parse().unwrap();
        let length = words[3].parse().unwrap();
        Self {
            message: words[1].parse().unwrap(),
            change: match words[0] {
                "accept" => Change::Accept(Place::Inbox, length),
                "route" => Change::Accept(Place::Routing, length),
                "routed" => Change::Accept(Place::Routed, length),
                "upload" => Change::Accept(Place::Chunks(number), length),
                "chunk" => Change::Chunk(number, length),
                "deliver" => Change::Deliver,
                "acknowledge" => Change::Acknowledge,
                "fail" => Change::Fail,
                "forget" => Change::Forget,
                other => panic!("not a step: {other}"),
            },
        }
    }
}

pub fn mailbox(id: &str) -> MailboxId {
    MailboxId::parse(id).unwrap()
}

pub fn message_id(number: u64) -> MessageId {
    MessageId::parse(&format!("20261122{number:012}_{number:06X}")).unwrap()
}

/// The number in an id.
pub fn number_of(id: &MessageId) -> u64 {
    id.as_str()[8..20].parse().unwrap()
}

/// Later messages are later; those of the three senders begin a day of its own, so that its
/// directory comes into being under all of them.
pub fn sent_at(number: u64) -> Timestamp {
    let number = i64::try_from(number).unwrap();
    let day = if number < 10 { 0 } else { 86_400 };
    Timestamp::from_second(1_795_341_600 + day + number).unwrap()
}

pub fn token(number: u64) -> [u8; 16] {
    let mut token = [0x55; 16];
    token[..8].copy_from_slice(&number.to_be_bytes());
    token
}

/// The bytes of a chunk: no two bodies are alike anywhere.
pub fn bytes(message: u64, chunk: u32, length: usize) -> Bytes {
    let mut state = message.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(chunk) << 32 | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes.into()
}

pub fn new_message(number: u64, place: Place, body: Body) -> NewMessage {
    NewMessage {
        id: message_id(number),
        kind: Kind::Data,
        sender: Some(mailbox(SENDER)),
        recipient: (!matches!(place, Place::Routing | Place::Routed)).then(|| mailbox(RECEIVER)),
        workflow: WorkflowId::parse("GPFED_CONSULT_REPORT").unwrap(),
        sent_at: sent_at(number),
        total_chunks: match place {
            Place::Chunks(total) => total,
            _ => 1,
        },
        details: Details::default(),
        report: None,
        body: Some(body),
    }
}
