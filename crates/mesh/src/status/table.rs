//! The codes of `docs/spec/mesh-client.md` §6 and `docs/spec/mesh-api.md` §9, with the texts clients know.

use super::{Fault, StatusEvent};

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $event:literal $code:literal $text:literal;)*) => {
        $($(#[$doc])* pub const $name: Fault = Fault { event: $event, code: $code, text: $text };)*
        /// Every known failure.
        pub const ALL: &[&Fault] = &[$(&$name),*];
    };
}

faults! {
    /// Client: a data file without a control file, or a control file that cannot be read.
    CONTROL_FILE_MISSING = "COLLECT" "01" "Control file is missing or inaccessible.";
    /// Client: no data file; server: an empty body (417).
    DATA_FILE_MISSING = "COLLECT" "02" "Data file is missing or inaccessible.";
    /// Client: the server's certificate is not trusted, or cannot be loaded.
    SERVER_CERTIFICATE = "TRANSFER" "03" "Server certificate is not trusted";
    /// Client: the server refused mailbox or password (403).
    LOGIN_REFUSED = "TRANSFER" "04" "Mailbox or password refused by the server";
    /// Client: every try to send failed.
    TRANSFER_FAILED = "TRANSFER" "06" "Transfer failed";
    /// Server: control characters or a URL in the headers (400); client: a control file it cannot use.
    MALFORMED_CONTROL_FILE = "TRANSFER" "06" "MalformedControlFile";
    /// The control file's sender is not this mailbox.
    INVALID_FROM = "SEND" "07" "Invalid From Address in the control file";
    /// No recipient.
    TO_MISSING = "SEND" "08" "TO_DTS missing";
    /// The control file's version.
    INVALID_VERSION = "SEND" "09" "Invalid version of the control file";
    /// The control file's address type.
    INVALID_ADDRESS_TYPE = "SEND" "10" "Invalid address type";
    /// The control file's message type.
    INVALID_MESSAGE_TYPE = "SEND" "11" "Invalid Message Type for the transfer";
    /// No such recipient (417).
    UNREGISTERED_RECIPIENT = "SEND" "12" "Unregistered to address";
    /// Nobody collected the message in five days.
    NOT_COLLECTED = "SEND" "14" "Message not collected by recipient after 5 days";
    /// The recipient's mailbox was closed.
    MAILBOX_DEACTIVATED = "SEND" "14" "Message was not collected as the mailbox is deactivated";
    /// Client: a poll failed.
    POLL_FAILED = "RECEIVE" "15" "Poll failed";
    /// The sender may not send this type.
    SENDER_NOT_ALLOWED = "SEND" "16" "Sender is not allowed to send messages of this type";
    /// Client: the server's certificate is not trusted, while polling.
    COLLECT_SERVER_CERTIFICATE = "RECEIVE" "16" "Server certificate is not trusted";
    /// The workflow id is not registered for the mailbox.
    WORKFLOW_NOT_REGISTERED = "SEND" "17" "Workflow ID not registered for mailbox";
    /// Client: login refused, while polling.
    COLLECT_LOGIN_REFUSED = "RECEIVE" "17" "Mailbox or password refused by the server";
    /// The ONS civil registration workflow is not enabled.
    ONS_NOT_ENABLED = "SEND" "18" "ONS Civil Registration Workflow ID not enabled via MESH";
    /// The expiry period.
    INVALID_EXPIRY = "SEND" "19" "Invalid expiry period";
    /// No such message (404).
    MESSAGE_DOES_NOT_EXIST = "RECEIVE" "20" "Message does not exist";
    /// Routing: several mailboxes of the practice take the workflow.
    SEVERAL_MAILBOXES = "SEND" "EPL-150" "Multiple mailboxes matches";
    /// Routing: no mailbox of the practice takes the workflow.
    NO_MAILBOX = "SEND" "EPL-151" "No mailbox matched";
    /// Routing: the address does not hold an NHS number.
    INVALID_NHS_NUMBER = "SEND" "EPL-152" "Invalid NHS Number";
    /// Routing: nobody has that NHS number.
    NHS_NUMBER_NOT_FOUND = "SEND" "EPL-153" "NHS Number not found";
    /// Routing: name or date of birth are another's.
    DEMOGRAPHICS_DIFFER = "SEND" "EPL-154" "NHS Number supplied does not match the demographics";
    /// A chunk range that is malformed or not the expected one (417).
    INVALID_CHUNK_RANGE = "SEND" "InvalidHeaderChunks" "Invalid chunk values sent in mex-Chunk-Range header";
    /// Neither empty nor gzip (422).
    UNSUPPORTED_ENCODING = "SEND" "UnsupportedContentEncoding" "Unsupported content encoding";
    /// A checksum of other characters than letters, digits, white space, `:`, `-` and `/` (400).
    INVALID_CHECKSUM = "SEND" "Invalid checksum" "Invalid checksum";
    /// The message can no longer be downloaded (410).
    MESSAGE_GONE = "SEND" "Message already accepted" "Message no longer available for download";
    /// No token, or one that cannot be read (403).
    AUTHORIZATION_UNREADABLE = "" "" "Error reading from Authorization header";
    /// The token is another mailbox's (403).
    TOKEN_OF_ANOTHER_MAILBOX = "" "" "Mailbox id does not match token";
    /// The hash or the time of the token is wrong (403).
    INVALID_TOKEN = "" "" "Invalid Authentication Token";
    /// The token was used before (403).
    TOKEN_USED_BEFORE = "" "" "Error Duplicated Authentication Token";
    /// The mailbox is switched off (403).
    INACTIVE_MAILBOX = "" "" "Request Received from Inactive Mailbox";
    /// A chunk came with another encoding than the first (417).
    ENCODING_CHANGED = "" "" "cannot change content encoding";
    /// The caller may not see this (403).
    FORBIDDEN = "" "" "Forbidden";
    /// Nothing there (404).
    NOT_FOUND = "" "" "Not Found";
    /// Several messages have the local id (300).
    SEVERAL_MESSAGES = "" "" "Multiple Choices";
    /// The `Accept` header names an unknown MESH type (400).
    ACCEPT_INCORRECT = "" "" "Accept header api format incorrect";
}

/// The text of a message that arrived: event `TRANSFER`, code `00`.
pub const TRANSFERRED_TO_RECIPIENT: &str = "Transferred to recipient mailbox";
/// The text of a message the server accepted: event `TRANSFER`, code `00`.
pub const ACCEPTED_BY_SERVER: &str = "Message accepted by MESH server";
/// The text of a pair the client took from OUT: event `COLLECT`, code `00`.
pub const COLLECTED_FROM_OUT: &str = "Message collected from the OUT directory";
/// The text of a send that will be tried again: event `TRANSFER`, status `SUCCESS`, code `05`.
pub const WILL_BE_RETRIED: &str = "Transfer failed and will be tried again";
/// The text of a poll that went well: event `RECEIVE`, code `00`.
pub const POLL_SUCCEEDED: &str = "Poll succeeded";
/// The code of a delay report.
pub const DELAY_CODE: &str = "05";

/// The known failure of this event and code; the first where a pair has two texts.
pub fn known(event: &StatusEvent, code: &str) -> Option<&'static Fault> {
    ALL.iter()
        .find(|fault| fault.code == code && fault.event == event.as_str())
        .copied()
}
