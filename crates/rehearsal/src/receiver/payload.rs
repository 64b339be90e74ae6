//! What a run sends.

use std::fmt;

/// A payload whose messages a receiving system is tried with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub enum PayloadName {
    /// Send Document 1.3, over `GPFED_CONSULT_REPORT`.
    #[serde(rename = "send-document-1.3")]
    SendDocument13,
    /// Send Document 2.0, over `GPCONNECT_SEND_DOCUMENT`.
    #[serde(rename = "send-document-2.0")]
    SendDocument20,
    /// Update Record 1.2.
    #[serde(rename = "update-record")]
    UpdateRecord,
    /// Transfer of Care: outpatient letters.
    #[serde(rename = "transfer-of-care")]
    TransferOfCare,
}

/// A text that is no choice of payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected send-document, update-record, transfer-of-care or all")]
pub struct UnknownPayload;

impl PayloadName {
    /// Each, in the order in which a run sends them.
    pub const ALL: [Self; 4] = [
        Self::SendDocument13,
        Self::SendDocument20,
        Self::UpdateRecord,
        Self::TransferOfCare,
    ];

    /// What `--payload` asks for: Send Document is both releases.
    ///
    /// # Errors
    /// Any other text.
    pub fn chosen(text: &str) -> Result<&'static [Self], UnknownPayload> {
        match text.trim() {
            "send-document" => Ok(&[Self::SendDocument13, Self::SendDocument20]),
            "update-record" => Ok(&[Self::UpdateRecord]),
            "transfer-of-care" => Ok(&[Self::TransferOfCare]),
            "all" => Ok(&Self::ALL),
            _ => Err(UnknownPayload),
        }
    }

    /// As it stands in the lists: `send-document-2.0`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SendDocument13 => "send-document-1.3",
            Self::SendDocument20 => "send-document-2.0",
            Self::UpdateRecord => "update-record",
            Self::TransferOfCare => "transfer-of-care",
        }
    }

    /// For people: `Send Document 2.0`.
    pub fn title(self) -> &'static str {
        match self {
            Self::SendDocument13 => "Send Document 1.3",
            Self::SendDocument20 => "Send Document 2.0",
            Self::UpdateRecord => "Update Record",
            Self::TransferOfCare => "Transfer of Care",
        }
    }

    /// The workflow that carries it; the answers' has `_ACK` behind it.
    pub fn workflow(self) -> &'static str {
        match self {
            Self::SendDocument13 => "GPFED_CONSULT_REPORT",
            Self::SendDocument20 => "GPCONNECT_SEND_DOCUMENT",
            Self::UpdateRecord => "GPCONNECT_UPDATE_RECORD",
            Self::TransferOfCare => "TOC_FHIR_OP_ATTEN",
        }
    }
}

impl fmt::Display for PayloadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
