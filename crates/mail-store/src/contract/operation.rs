//! The operations that change a store.

use jiff::Timestamp;
use nhs::{MailboxId, MessageId};

use super::{Body, Failure, MessageState, NewMessage, NewStep, Place, Tally};

/// The first 16 bytes of the SHA-256 of an authorisation token.
pub type TokenDigest = [u8; 16];

/// Operations that stand or fall together: they are tried in order and the first whose outcome is
/// not [`Outcome::Done`] ends the job; what came before it stays.
pub type Job = Vec<Op>;

/// One change.
#[derive(Debug, Clone)]
pub enum Op {
    /// A token is used up; [`Outcome::Duplicate`] when it was before.
    UseToken {
        /// Which.
        token: TokenDigest,
        /// When it need no longer be remembered.
        forget_at: Timestamp,
    },
    /// A new message. [`Outcome::Duplicate`] when the id exists.
    Accept {
        /// The message.
        message: Box<NewMessage>,
        /// Where it goes.
        place: Place,
    },
    /// A later chunk; one sent before is replaced. With the last missing chunk the message leaves
    /// the state of uploading in the same transaction. [`Outcome::Conflict`] when the message is
    /// not uploading.
    Chunk {
        /// The message.
        message: MessageId,
        /// 1 to the total.
        number: u32,
        /// Its bytes.
        body: Body,
        /// Now.
        at: Timestamp,
    },
    /// The recipient takes a message. [`Outcome::NotFound`] when it is not in that inbox.
    Acknowledge {
        /// Whose inbox.
        mailbox: MailboxId,
        /// The message.
        message: MessageId,
        /// Now.
        at: Timestamp,
    },
    /// A routing job ends in a mailbox. The sealed address is erased. [`Outcome::NotFound`] when
    /// there is no such job (any more).
    Deliver {
        /// The message.
        message: MessageId,
        /// The mailbox.
        recipient: MailboxId,
        /// The sender must not be told the recipient.
        hidden: bool,
        /// Now.
        at: Timestamp,
    },
    /// A routing job is put off.
    Postpone {
        /// The message.
        message: MessageId,
        /// Attempts made so far.
        attempts: u32,
        /// When to try again.
        next_at: Timestamp,
    },
    /// A routing job is due now, and so are those of its order key that came before it and hold it back.
    /// [`Outcome::NotFound`] when there is no such job (any more).
    TryNow {
        /// The message.
        message: MessageId,
        /// Now.
        at: Timestamp,
    },
    /// A message being routed or waiting in an inbox fails for good; a sealed address is erased.
    /// [`Outcome::NotFound`] when it is neither.
    Fail {
        /// The message.
        message: MessageId,
        /// How it counts.
        failed_as: FailedAs,
        /// Why.
        failure: Failure,
    },
    /// A message whose record or body is damaged leaves the inbox, the routing queue or the
    /// uploads, counts as failed and is listed in quarantine; a sealed address is erased.
    /// [`Outcome::NotFound`] when it is in none of them.
    SetAside {
        /// The message's place in the order of arrival.
        seq: i64,
        /// Why.
        failure: Failure,
    },
    /// A message that was acknowledged, or failed after it had a recipient, goes to the end of its
    /// recipient's inbox again. [`Outcome::Conflict`] when it waits, is being routed or uploaded, is
    /// in quarantine, or never had a recipient; [`Outcome::NotFound`] when there is none.
    Redeliver {
        /// The message.
        message: MessageId,
        /// Now.
        at: Timestamp,
    },
    /// Messages accepted before this are forgotten with all that is known of them but the audit
    /// trail, at most `limit`, wherever they are: in an inbox, being routed, uploading. Those that
    /// arrived first go first; one that is young enough to stay keeps those behind it.
    Forget {
        /// Exclusive.
        before: Timestamp,
        /// Messages in one transaction, at most.
        limit: u32,
        /// Now.
        at: Timestamp,
    },
    /// Messages are removed because an operator wants it, with all that is known of them but the
    /// audit trail, wherever they are. Those that are not there (any more) are left out.
    Purge {
        /// Which; they are removed in the order of arrival.
        messages: Vec<MessageId>,
        /// Now.
        at: Timestamp,
    },
    /// An operator's order to remove messages has been carried out. [`Outcome::NotFound`] when there
    /// is none that is not.
    EndPurge {
        /// Its number.
        order: i64,
        /// How many messages were removed.
        removed: u64,
    },
    /// Tokens that need no longer be remembered are forgotten.
    ForgetTokens {
        /// Now.
        now: Timestamp,
    },
    /// Steps of messages' ways are kept, in the order given; those known already, of messages that are
    /// not stored, and beyond [`STEPS_OF_A_MESSAGE`](super::STEPS_OF_A_MESSAGE) are left out.
    Steps {
        /// A few hundred at most: sends wait for the transaction.
        steps: Vec<NewStep>,
    },
    /// The lists of what a mailbox sent and received are brought up to date.
    Index,
    /// Something was counted: it is added to the minute and the hour that hold the moment, with what
    /// other servers count, and those that are older than they are [kept](super::Span::kept) go.
    Tally {
        /// In the minute that was counted.
        at: Timestamp,
        /// What, and how much.
        tallies: Vec<Tally>,
    },
    /// A further line in the audit trail: ids and codes only. Every change of a message's state
    /// leaves a line of its own without being asked.
    Audit {
        /// Now.
        at: Timestamp,
        /// The mailbox or `operator`.
        actor: String,
        /// What was done, in a word or two.
        action: &'static str,
        /// To which message, mailbox or workflow.
        subject: String,
        /// `key=value` pairs, or empty.
        detail: String,
    },
}

/// What became of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is durable.
    Done,
    /// It is durable, and waits to be routed behind another of its order key ([`Place::Routed`]).
    Queued,
    /// It was durable before.
    Duplicate,
    /// What it is about is not there.
    NotFound,
    /// What it is about is in another state.
    Conflict,
    /// Durable; how many rows were touched. 0: there was nothing left to do.
    Counted(u32),
}

impl Outcome {
    /// True when the job may go on.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done | Self::Queued | Self::Counted(_))
    }
}

/// The state of a message that failed for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedAs {
    /// [`MessageState::Error`].
    Error,
    /// [`MessageState::Undeliverable`].
    Undeliverable,
}

impl FailedAs {
    /// The state it gives a message.
    pub fn state(self) -> MessageState {
        match self {
            Self::Error => MessageState::Error,
            Self::Undeliverable => MessageState::Undeliverable,
        }
    }
}
