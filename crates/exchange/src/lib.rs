//! The rules of the exchange: who may send what to whom, where a message goes, who may collect it,
//! and what becomes of one nobody collects.
//!
//! A file for each step of a message's way: [`Exchange::authenticate`], [`Exchange::send`] and
//! [`Exchange::send_chunk`], [`Exchange::route_due`] (patient address to practice to mailbox, or a
//! report with an EPL code), [`Exchange::inbox`], [`Exchange::download`] and
//! [`Exchange::acknowledge`], [`Exchange::track`], [`Exchange::tidy`] (expiry). [`Operator`] sets up
//! mailboxes and rights. It knows nothing of HTTP and keeps nothing but in the mail store.

mod arrivals;
mod authenticate;
mod body;
mod caller;
mod chain;
mod collect;
mod directory;
mod envelope;
mod error;
mod evidence;
mod evidence_check;
mod evidence_record;
mod exchange;
mod gauges;
mod housekeeping;
mod ids;
mod key_change;
mod keyring;
mod lookup;
mod operator;
mod overview;
mod page_token;
mod patients_service;
mod quarantine;
mod quota;
mod report;
mod room;
mod routing;
mod sandbox;
mod sandbox_page;
mod send;
mod settings;
mod shared_keys;
mod steps;
mod tallies;
mod to_its_end;
mod token_use;
mod track;
mod trying;
mod waiting;
mod watched;
mod workflow_filter;

pub use authenticate::CertificateIdentity;
pub use body::BodyStream;
pub use caller::{Answer, Caller};
pub use chain::ChainStanding;
pub use collect::{Chunk, Download, InboxPage, InboxQuery};
pub use directory::Mailbox;
pub use envelope::{Envelope, Party};
pub use error::{ErrorKind, ExchangeError, Full, Refusal};
pub use evidence::{
    EVIDENCE_FORMAT, EVIDENCE_LINES, Evidence, EvidenceChain, EvidenceDetails, EvidenceFailure,
    EvidenceLine, EvidenceMessage, EvidenceStep, Wanted, belonging, gather,
};
pub use evidence_check::{EvidenceCheck, Noted};
pub use evidence_record::{RECORD_NOT_IN_LINES, changes_record};
pub use exchange::{Dependencies, Exchange};
pub use gauges::{Measured, NotCollected};
pub use journey::{Event, Observer, Place, Step};
pub use key_change::Resealing;
pub use keyring::{KeyChange, KeyFiles, Keyring};
pub use mail_store::{
    AuditFilter, AuditHash, AuditHead, Found, HashedLine, MessageFilter, Standing,
};
pub use mail_store::{AuditLine, Purge, RoutingBacklog, RoutingSummary, UploadSummary, Usage};
pub use mail_store::{Details, Failure, Kind, Message, MessageState};
pub use mail_store::{DiskRoom, Part, Trouble};
pub use operator::{NewMailbox, Operator, Workflow};
pub use overview::{Listed, MailboxOverview, Refused, Rights};
pub use patients_service::PatientsService;
pub use quota::{QuotaException, QuotaSettings};
pub use room::Room;
pub use sandbox::{NewEvent, NewReport};
pub use sandbox_page::TokenVerdict;
pub use settings::Settings;
pub use shared_keys::{KeyError, SharedKeys};
pub use steps::read_steps;
pub use tallies::{DeliveryTimes, History, HistoryRange, Spell};
pub use track::{ListPage, ListQuery, Track};
pub use workflow_filter::WorkflowFilter;
