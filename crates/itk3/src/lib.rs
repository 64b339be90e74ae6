//! ITK3 Message Distribution (2.5 to 2.10): the message bundle, its header with the handling
//! extension, response codes, and the two acknowledgements.
//!
//! What a payload means is the business of the crates above: they hand [`check::message`] the
//! [`Rules`] of their payload. Rules and codes follow `ITK-MessageHeader-2` version 2.1.0 and
//! `ITK-ResponseCodes-1` version 1.5.0.

pub mod acknowledgement;
pub mod check;
mod correlation;
mod error;
mod event;
mod handling;
mod header;
mod issue_type;
pub mod message;
pub mod names;
mod received_code;
mod response_code;
mod responses_due;

pub use acknowledgement::{Acknowledgement, Reply};
pub use check::{Finding, Rules, View};
pub use correlation::same_id;
pub use error::Itk3Error;
pub use event::Event;
pub use handling::{Flag, HandlingRead};
pub use header::{Handling, Header, RecipientType};
pub use issue_type::IssueType;
pub use message::{Message, is_acknowledgement, urn_uuid};
pub use received_code::ReceivedCode;
pub use response_code::{Class, IssueSeverity, ResponseCode, UnknownCode};
pub use responses_due::{Asked, responses_due};
