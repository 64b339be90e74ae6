//! The `Mex-` headers, their limits and their rules.

mod client;
mod fault;
mod received;
mod send;
mod text;
mod values;

pub use client::ClientInformation;
pub use fault::{FieldFault, HeaderFaults};
pub use received::ReceivedHeaders;
pub use send::{ChunkHeaders, SendHeaders};
pub use text::{HeaderText, decode};
pub use values::{ContentEncoding, is_true};

/// Header names, lower case as they go over the wire (one client looks them up in that case).
pub mod name {
    macro_rules! names {
        ($($name:ident $text:literal),* $(,)?) => {
            $(#[doc = concat!("`", $text, "`")] pub const $name: &str = $text;)*
        };
    }
    names! {
        FROM "mex-from",
        TO "mex-to",
        FROM_SMTP "mex-fromsmtp",
        TO_SMTP "mex-tosmtp",
        WORKFLOW_ID "mex-workflowid",
        CHUNK_RANGE "mex-chunk-range",
        TOTAL_CHUNKS "mex-total-chunks",
        SUBJECT "mex-subject",
        LOCAL_ID "mex-localid",
        PARTNER_ID "mex-partnerid",
        FILE_NAME "mex-filename",
        CONTENT_ENCRYPTED "mex-content-encrypted",
        CONTENT_COMPRESSED "mex-content-compressed",
        CONTENT_CHECKSUM "mex-content-checksum",
        CONTENT_TYPE "mex-content-type",
        ADDRESS_TYPE "mex-addresstype",
        VERSION "mex-version",
        MESSAGE_TYPE "mex-messagetype",
        MESSAGE_ID "mex-messageid",
        LINKED_MESSAGE_ID "mex-linkedmsgid",
        STATUS_CODE "mex-statuscode",
        STATUS_EVENT "mex-statusevent",
        STATUS_DESCRIPTION "mex-statusdescription",
        STATUS_SUCCESS "mex-statussuccess",
        STATUS_TIMESTAMP "mex-statustimestamp",
        CLIENT_VERSION "mex-clientversion",
        OS_NAME "mex-osname",
        OS_VERSION "mex-osversion",
        OS_ARCHITECTURE "mex-osarchitecture",
        JAVA_VERSION "mex-javaversion",
    }
}

/// Limits in characters.
pub mod limit {
    /// `Mex-To` and `Mex-From`
    pub const ADDRESS: usize = 100;
    /// `Mex-WorkflowID`
    pub const WORKFLOW_ID: usize = 300;
    /// `Mex-Chunk-Range`
    pub const CHUNK_RANGE: usize = 20;
    /// `Mex-Subject`
    pub const SUBJECT: usize = 500;
    /// `Mex-LocalID`
    pub const LOCAL_ID: usize = 300;
    /// `Mex-PartnerID`
    pub const PARTNER_ID: usize = 500;
    /// `Mex-FileName`
    pub const FILE_NAME: usize = 300;
    /// `Mex-Content-Encrypted` and `Mex-Content-Compressed`
    pub const FLAG: usize = 20;
    /// `Mex-Content-Checksum`
    pub const CHECKSUM: usize = 100;
    /// `Mex-Content-Type`
    pub const CONTENT_TYPE: usize = 100;
}
