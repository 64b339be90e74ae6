//! ITK3 Message Distribution (2.5 to 2.10): the message bundle, its header with the handling
//! extension, response codes, and the two acknowledgements.
//!
//! What a payload means is the business of the crates above: each offers a [`Payload`], and
//! [`payload::General`] judges what no crate knows. The table of payloads is [`Kind`]. Rules and codes follow `ITK-MessageHeader-2` version 2.1.0 and
//! `ITK-ResponseCodes-1` version 1.5.0.

pub mod acknowledgement;
pub mod advice;
pub mod attachment_types;
pub mod check;
mod correlation;
mod error;
mod event;
mod handling;
mod header;
pub mod identity;
mod issue_type;
pub mod message;
pub mod names;
pub mod payload;
mod received_code;
mod response_code;
mod responses_due;

pub use acknowledgement::{Acknowledgement, Reply};
pub use check::{Finding, Rejection, Rules, View, response_for};
pub use correlation::same_id;
pub use error::Itk3Error;
pub use event::Event;
pub use handling::{Flag, HandlingRead};
pub use header::{Handling, Header, Receiver, RecipientType};
pub use issue_type::IssueType;
pub use message::{Message, is_acknowledgement, urn_uuid};
pub use payload::{
    Checking, Family, Kind, Payload, PayloadError, Received, ReceivedAttachment, ReceivedPatient,
    ReceivedSection, Stage, TransportMetadata, listed_name,
};
pub use received_code::ReceivedCode;
pub use response_code::{Class, IssueSeverity, ResponseCode, UnknownCode};
pub use responses_due::{Asked, responses_due};
