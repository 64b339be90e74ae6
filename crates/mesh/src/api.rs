//! The JSON bodies of the API, versions 1 and 2. Fields in the order and spelling of the wire; the
//! message id alone has three spellings (`messageID`, `messageId`, `message_id`).

mod error;
mod inbox;
mod lookup;
mod rich;
mod tracking;

pub use error::{ErrorDetail, ErrorV1, ErrorV2, ReceivedError, ValidationError, ValidationErrors};
pub use inbox::{AcknowledgeV1, SendChunkV1, SendV1, SendV2, Sent};
pub use inbox::{CountV1, CountV2, HandshakeV1, InboxV1, InboxV2, Links};
pub use lookup::{LookupItemV1, LookupV1, MailboxItem, MailboxesV2};
pub use rich::{RichList, RichMessage};
pub use tracking::{TrackingV1, TrackingV2};
