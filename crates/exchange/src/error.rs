//! Why the exchange refuses, and what the caller may read of it.

use std::path::PathBuf;
use std::time::Duration;

use mail_store::StoreError;
use mesh::Fault;
use mesh::status;
use nhs::MessageId;

/// After which a mailbox whose messages take too much room may try again; they are forgotten by age.
const RETRY_STORED: Duration = Duration::from_secs(600);
/// After which a mailbox of which too many messages wait may try again.
const RETRY_WAITING: Duration = Duration::from_secs(60);

/// After which a message for which there was no room may be sent again: tidying comes every minute.
const RETRY_ROOM: Duration = Duration::from_secs(60);

/// Why a caller was turned away. For logs; in strict mode the caller learns nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No token.
    #[error("no authorisation token")]
    TokenMissing,
    /// Not in the form of a token.
    #[error("the authorisation token cannot be read")]
    TokenMalformed,
    /// For another mailbox than the path's.
    #[error("the token is for another mailbox")]
    OtherMailbox,
    /// No such mailbox.
    #[error("no such mailbox")]
    UnknownMailbox,
    /// Wrong password or shared key.
    #[error("the token's hash is wrong")]
    WrongHash,
    /// Too old or too far ahead.
    #[error("the token's time is outside the window")]
    OutsideWindow,
    /// Used before.
    #[error("the token was used before")]
    UsedBefore,
    /// The mailbox is switched off.
    #[error("the mailbox is not active")]
    Inactive,
    /// No certificate, or not in the MESH form.
    #[error("no certificate that names an organisation")]
    NoCertificate,
    /// The certificate is another organisation's.
    #[error("the certificate is another organisation's")]
    OtherOrganisation,
    /// The certificate was revoked.
    #[error("the certificate is revoked")]
    RevokedCertificate,
}

impl Refusal {
    /// Every reason, in the order in which they are looked for.
    pub const ALL: [Self; 11] = [
        Self::TokenMissing,
        Self::TokenMalformed,
        Self::OtherMailbox,
        Self::UnknownMailbox,
        Self::WrongHash,
        Self::OutsideWindow,
        Self::NoCertificate,
        Self::RevokedCertificate,
        Self::OtherOrganisation,
        Self::Inactive,
        Self::UsedBefore,
    ];

    /// Its name in logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::TokenMissing => "no-token",
            Self::TokenMalformed => "malformed-token",
            Self::OtherMailbox => "token-of-another-mailbox",
            Self::UnknownMailbox => "unknown-mailbox",
            Self::WrongHash => "wrong-hash",
            Self::OutsideWindow => "outside-window",
            Self::UsedBefore => "used-before",
            Self::Inactive => "inactive-mailbox",
            Self::NoCertificate => "no-certificate",
            Self::OtherOrganisation => "certificate-of-another-organisation",
            Self::RevokedCertificate => "revoked-certificate",
        }
    }

    fn sandbox_fault(self) -> Fault {
        match self {
            Self::TokenMissing | Self::TokenMalformed => status::AUTHORIZATION_UNREADABLE,
            Self::OtherMailbox => status::TOKEN_OF_ANOTHER_MAILBOX,
            Self::UnknownMailbox => status::NO_MAILBOX,
            Self::UsedBefore => status::TOKEN_USED_BEFORE,
            Self::Inactive => status::INACTIVE_MAILBOX,
            Self::WrongHash
            | Self::OutsideWindow
            | Self::NoCertificate
            | Self::OtherOrganisation
            | Self::RevokedCertificate => status::INVALID_TOKEN,
        }
    }
}

/// Everything the exchange may answer instead of doing what was asked. No variant holds patient
/// data.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The caller is not who they should be.
    #[error("refused: {reason}")]
    Refused {
        /// For logs.
        reason: Refusal,
        /// Whether the caller may read the reason.
        disclose: bool,
    },
    /// The caller is known, the message is somebody else's.
    #[error("the message belongs to another mailbox")]
    Forbidden,
    /// 20: no such message in the caller's reach.
    #[error("20: message does not exist")]
    DoesNotExist,
    /// No such thing, where the API gives no code.
    #[error("not found")]
    NotFound,
    /// Several messages have the local id.
    #[error("several messages have this local id; track by message id")]
    SeveralMessages,
    /// A message of this local id may yet be kept.
    #[error("a message of this local id may still be on its way into the store")]
    NotDecided,
    /// The message is no longer there to be downloaded.
    #[error("the message is no longer available for download")]
    Gone,
    /// The message was found damaged on the disk and is quarantined.
    #[error("the message was damaged in storage and is not given out; its sender gets a report")]
    Damaged,
    /// The message's gzip cannot be expanded for a reader who takes none; the message is quarantined.
    #[error("the message's gzip is damaged and cannot be expanded; its sender gets a report")]
    Unexpandable,
    /// 08: no recipient.
    #[error("08: the recipient is missing")]
    ToMissing,
    /// 07: `Mex-From` is not the caller.
    #[error("07: the sender is not the mailbox that sends")]
    InvalidFrom,
    /// 12: nobody has that address.
    #[error("12: no mailbox has this address")]
    Unregistered,
    /// 16: the caller may not send this workflow.
    #[error("16: the sender has no right to send this workflow")]
    SenderNotAllowed,
    /// 17: the recipient does not take this workflow.
    #[error("17: the recipient is not registered for this workflow")]
    WorkflowNotRegistered,
    /// 02: the body is empty.
    #[error("02: the body is empty, expected at least one byte")]
    EmptyBody,
    /// The chunk range is missing, malformed, or does not fit the message.
    #[error("the chunk range does not fit the request or the message")]
    InvalidChunkRange(Option<MessageId>),
    /// A later chunk has another encoding than the first.
    #[error("the content encoding differs from the first chunk's")]
    EncodingChanged(MessageId),
    /// All chunks are here already.
    #[error("the message is complete; chunks are no longer taken")]
    AlreadyUploaded(MessageId),
    /// The chunk's number is past the total.
    #[error("the chunk's number is past the total the first chunk gave")]
    ChunkNotExpected(MessageId),
    /// More bytes than allowed.
    #[error("the body is longer than the {limit} bytes allowed")]
    TooLarge {
        /// Bytes.
        limit: u64,
    },
    /// Too many unfinished messages.
    #[error("too many messages of this mailbox wait for chunks; finish some, then send again")]
    TooManyUploads,
    /// Too many patient addresses that could not be matched.
    #[error(
        "too many patient addresses of this mailbox could not be matched; send again after {retry_after:?}"
    )]
    TooManyMismatches {
        /// When the next one may be sent.
        retry_after: Duration,
    },
    /// The mailbox has sent as many bytes within an hour as it may.
    #[error(
        "the mailbox has sent the {limit} bytes it may send within an hour; send again after {retry_after:?}"
    )]
    TooManyBytes {
        /// `exchange.quota.bytes_per_hour` of the mailbox.
        limit: u64,
        /// When some may be sent again.
        retry_after: Duration,
    },
    /// The messages of the mailbox take as much as they may.
    #[error("the mailbox's messages have reached {limit} {full}; send again later")]
    MailboxFull {
        /// What they take.
        full: Full,
        /// The quota.
        limit: u64,
    },
    /// The disk has less room than is kept free.
    #[error(
        "the disk has less room than is kept free for what is stored already; send again later"
    )]
    NoRoom,
    /// The body ended early.
    #[error("the body broke off before its end; nothing was kept, sending again is safe")]
    BodyBrokenOff,
    /// The operator had the message tried just now, or too many.
    #[error("tried just now; try again after {retry_after:?}")]
    TriedJustNow {
        /// When it may be tried again.
        retry_after: Duration,
    },
    /// `continue_from` is neither a page token nor a message id of this list.
    #[error("continue_from is neither a page token of this list nor a message id in it")]
    PageToken,
    /// `workflow_filter` is not 2 to 255 characters.
    #[error("the workflow filter must have 2 to 255 characters")]
    WorkflowFilter,
    /// No operation leads from the message's state to the one asked for.
    #[error("the message cannot be put in this state")]
    StateOutOfReach,
    /// The operator adds a mailbox that exists.
    #[error("the mailbox exists already")]
    MailboxExists,
    /// The operator names a mailbox that does not exist.
    #[error("there is no such mailbox")]
    NoSuchMailbox,
    /// The key file cannot be read or made.
    #[error("the key file {0}")]
    KeyFile(#[source] durable::FileError),
    /// The key file is too short to be one.
    #[error("the key file {}: expected at least 32 bytes; is it whole?", .0.display())]
    KeyTooShort(PathBuf),
    /// Another command changes or copies the vault key.
    #[error("the key file {}: another command changes or copies it; try again when it has ended", .0.display())]
    KeyInUse(PathBuf),
    /// A change of the vault key is to be finished first.
    #[error(
        "the last change of the vault key is not finished: finish it first (restante key rotate vault --finish)"
    )]
    KeyChangeUnfinished,
    /// There is no change of the vault key to finish.
    #[error("no change of the vault key is under way; nothing was done")]
    NoKeyChange,
    /// A sealed value does not open.
    #[error("a sealed value does not open with this key; is it the key this store was made with?")]
    SealedValue,
    /// The clock gives a time no id can hold.
    #[error("the clock gives a time outside the years 0 to 9999")]
    Clock,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a mailbox's messages take too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// `exchange.quota.stored_bytes`.
    #[error("bytes stored")]
    Stored,
    /// `exchange.quota.waiting_messages`.
    #[error("messages waiting to be collected")]
    Waiting,
}

/// What kind of answer an error is; one place turns it into the protocol's statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The caller is not who they should be.
    Refused,
    /// The caller is known and may not.
    Forbidden,
    /// The request makes no sense.
    Invalid,
    /// No such thing.
    NotFound,
    /// No longer there.
    Gone,
    /// The request is understood and cannot be met.
    Unacceptable,
    /// A chunk of a message that is complete.
    Uploaded,
    /// A chunk past the total.
    NotExpected,
    /// More bytes than allowed.
    TooLarge,
    /// More than one answer.
    Several,
    /// Too much at once from this caller.
    Busy,
    /// Not now; sending again is safe.
    Unavailable,
    /// It is not known whether it was done.
    Uncertain,
    /// A fault of ours.
    Internal,
}

impl ExchangeError {
    /// What kind of answer this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused { .. } => ErrorKind::Refused,
            Self::Forbidden => ErrorKind::Forbidden,
            Self::DoesNotExist | Self::NotFound | Self::NoSuchMailbox => ErrorKind::NotFound,
            Self::SeveralMessages => ErrorKind::Several,
            Self::Gone | Self::Damaged | Self::Unexpandable => ErrorKind::Gone,
            Self::Store(error) if error.is_damage() => ErrorKind::Gone,
            Self::ToMissing
            | Self::BodyBrokenOff
            | Self::PageToken
            | Self::WorkflowFilter
            | Self::StateOutOfReach
            | Self::MailboxExists => ErrorKind::Invalid,
            Self::InvalidFrom
            | Self::Unregistered
            | Self::SenderNotAllowed
            | Self::WorkflowNotRegistered
            | Self::EmptyBody
            | Self::InvalidChunkRange(_)
            | Self::EncodingChanged(_) => ErrorKind::Unacceptable,
            Self::AlreadyUploaded(_) => ErrorKind::Uploaded,
            Self::ChunkNotExpected(_) => ErrorKind::NotExpected,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::TooManyUploads
            | Self::TooManyMismatches { .. }
            | Self::TooManyBytes { .. }
            | Self::TriedJustNow { .. } => ErrorKind::Busy,
            Self::MailboxFull { .. } | Self::NoRoom | Self::NotDecided => ErrorKind::Unavailable,
            Self::Store(StoreError::Uncertain) => ErrorKind::Uncertain,
            Self::Store(error) if error.is_worth_retrying() => ErrorKind::Unavailable,
            Self::KeyFile(_)
            | Self::KeyTooShort(_)
            | Self::KeyInUse(_)
            | Self::KeyChangeUnfinished
            | Self::NoKeyChange
            | Self::SealedValue
            | Self::Clock
            | Self::Store(_) => ErrorKind::Internal,
        }
    }

    /// Event, code and text as the field knows them; all empty where it has none.
    pub fn fault(&self) -> Fault {
        const NONE: Fault = Fault {
            event: "",
            code: "",
            text: "",
        };
        const UNEXPANDABLE: Fault = Fault {
            text: "The message's gzip is damaged and cannot be expanded; its sender gets a report",
            ..status::MESSAGE_GONE
        };
        const DAMAGED: Fault = Fault {
            text: "The message was damaged in storage; sending it again is safe",
            ..status::MESSAGE_GONE
        };
        match self {
            Self::Refused {
                reason,
                disclose: true,
            } => reason.sandbox_fault(),
            Self::Refused { .. } => status::INVALID_TOKEN,
            Self::Forbidden => status::FORBIDDEN,
            Self::DoesNotExist => status::MESSAGE_DOES_NOT_EXIST,
            Self::NotFound => status::NOT_FOUND,
            Self::NoSuchMailbox => Fault {
                text: "mailbox does not exist",
                ..NONE
            },
            Self::SeveralMessages => status::SEVERAL_MESSAGES,
            Self::NotDecided => Fault {
                text: "A message of this local id may still be on its way into the store; ask again before it is sent \
                       again",
                ..NONE
            },
            Self::Gone => status::MESSAGE_GONE,
            Self::Damaged => DAMAGED,
            Self::Unexpandable => UNEXPANDABLE,
            Self::Store(error) if error.is_damage() => DAMAGED,
            Self::ToMissing => status::TO_MISSING,
            Self::InvalidFrom => status::INVALID_FROM,
            Self::Unregistered => status::UNREGISTERED_RECIPIENT,
            Self::SenderNotAllowed => status::SENDER_NOT_ALLOWED,
            Self::WorkflowNotRegistered => status::WORKFLOW_NOT_REGISTERED,
            Self::EmptyBody => status::DATA_FILE_MISSING,
            Self::InvalidChunkRange(_) => status::INVALID_CHUNK_RANGE,
            Self::EncodingChanged(_) => status::ENCODING_CHANGED,
            Self::BodyBrokenOff => Fault {
                text: "The body broke off before its end; sending again is safe",
                ..NONE
            },
            Self::PageToken => Fault {
                text: "continue_from is not valid",
                ..NONE
            },
            Self::WorkflowFilter => Fault {
                text: "workflow_filter must have 2 to 255 characters",
                ..NONE
            },
            Self::StateOutOfReach => Fault {
                text: "the message cannot be put in this state",
                ..NONE
            },
            Self::MailboxExists => Fault {
                text: "mailbox exists already",
                ..NONE
            },
            Self::TooLarge { .. } => Fault {
                text: "The body is longer than allowed",
                ..NONE
            },
            Self::TooManyUploads => Fault {
                text: "Too many messages wait for chunks; sending again later is safe",
                ..NONE
            },
            Self::TooManyMismatches { .. } => Fault {
                text: "Too many patient addresses could not be matched; sending again within the \
                       hour is safe, to mailboxes at once",
                ..NONE
            },
            Self::TooManyBytes { .. } => Fault {
                text: "This mailbox has sent as many bytes within an hour as it may; sending again \
                       later is safe",
                ..NONE
            },
            Self::MailboxFull { full, .. } => Fault {
                text: match full {
                    Full::Stored => {
                        "The messages of this mailbox take as much room as they may, until older \
                         ones are forgotten; sending again later is safe"
                    }
                    Full::Waiting => {
                        "As many messages of this mailbox wait to be collected as may wait; \
                         sending again later is safe"
                    }
                },
                ..NONE
            },
            Self::NoRoom => Fault {
                text: "There is no room for new messages at the moment; sending again later is safe",
                ..NONE
            },
            Self::Store(StoreError::Uncertain) => Fault {
                text: "It is not known whether this was done; before a message is sent again, ask for it by its \
                       local id",
                ..NONE
            },
            Self::Store(error) if error.is_worth_retrying() => Fault {
                text: "Not available for the moment; sending again is safe",
                ..NONE
            },
            Self::TriedJustNow { .. }
            | Self::AlreadyUploaded(_)
            | Self::ChunkNotExpected(_)
            | Self::KeyFile(_)
            | Self::KeyTooShort(_)
            | Self::SealedValue
            | Self::Clock
            | Self::KeyInUse(_)
            | Self::KeyChangeUnfinished
            | Self::NoKeyChange
            | Self::Store(_) => NONE,
        }
    }

    /// `SEND`, `RECEIVE`, … or empty.
    pub fn event(&self) -> &'static str {
        self.fault().event
    }

    /// `12`, `EPL-151`, … or empty.
    pub fn code(&self) -> &'static str {
        self.fault().code
    }

    /// What the caller may read.
    pub fn text(&self) -> &'static str {
        self.fault().text
    }

    /// How long to wait before the same is asked for again, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyMismatches { retry_after }
            | Self::TooManyBytes { retry_after, .. }
            | Self::TriedJustNow { retry_after } => Some(*retry_after),
            Self::MailboxFull { full, .. } => Some(match full {
                Full::Stored => RETRY_STORED,
                Full::Waiting => RETRY_WAITING,
            }),
            Self::NoRoom => Some(RETRY_ROOM),
            _ => None,
        }
    }

    /// The name of the limit on sends that was reached, for metrics.
    pub fn limit(&self) -> Option<&'static str> {
        match self {
            Self::TooManyUploads => Some("uploads"),
            Self::TooManyMismatches { .. } => Some("mismatches"),
            Self::TooManyBytes { .. } => Some("bytes-per-hour"),
            Self::MailboxFull { full, .. } => Some(match full {
                Full::Stored => "stored-bytes",
                Full::Waiting => "waiting-messages",
            }),
            Self::NoRoom => Some("room"),
            _ => None,
        }
    }

    /// The message the error is about, where the API tells it.
    pub fn message_id(&self) -> Option<&MessageId> {
        match self {
            Self::InvalidChunkRange(id) => id.as_ref(),
            Self::EncodingChanged(id) | Self::AlreadyUploaded(id) | Self::ChunkNotExpected(id) => {
                Some(id)
            }
            _ => None,
        }
    }
}
