//! Bodies of message tracking, in both versions.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::redact::Redacted;

/// Version 1 tracking: absent fields are left out, empty texts kept; times are 14 digits in UTC.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TrackingV1 {
    /// `ALL`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_type: Option<String>,
    /// As the sender gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    /// Number of chunks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk_count: Option<u32>,
    /// `Y` or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compress_flag: Option<String>,
    /// `gzip` or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    /// When it was acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub download_timestamp: Option<String>,
    /// Message id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dts_id: Option<String>,
    /// `Y` or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted_flag: Option<String>,
    /// When it leaves the inbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_time: Option<String>,
    /// When it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_date: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_diagnostic: Option<String>,
    /// As the sender gave it, or `<id>.dat`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// Bytes stored; 0 while uploading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<u64>,
    /// `Y` or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_compressed: Option<String>,
    /// The report or message it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked_msg_id: Option<String>,
    /// The sender's reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_id: Option<String>,
    /// ODS code of the recipient's mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mesh_recipient_ods_code: Option<String>,
    /// Message id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// `Data` or `Report`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_type: Option<String>,
    /// As the sender gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<String>,
    /// Recipient's mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient_name: Option<String>,
    /// Its organisation's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient_org_code: Option<String>,
    /// Its organisation's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient_org_name: Option<String>,
    /// Its mail-style address, or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient_smtp: Option<String>,
    /// Sender's mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_name: Option<String>,
    /// Its ODS code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_ods_code: Option<String>,
    /// Its organisation's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_org_code: Option<String>,
    /// Its organisation's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_org_name: Option<String>,
    /// Its mail-style address, or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_smtp: Option<String>,
    /// State, first letter capital: `Uploading`, `Accepted`, `Acknowledged`, `Undeliverable`, `Error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Of a report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<String>,
    /// Of a report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_description: Option<String>,
    /// Of a report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_event: Option<String>,
    /// `SUCCESS` or `ERROR`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_success: Option<String>,
    /// Of a report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_timestamp: Option<String>,
    /// As the sender gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload_timestamp: Option<String>,
    /// `1.0`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Workflow id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<String>,
}

/// Version 2 tracking: absent fields are left out; times are ISO 8601 in UTC.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TrackingV2 {
    /// Message id.
    pub message_id: String,
    /// The sender's reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_id: Option<String>,
    /// Workflow id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<String>,
    /// As the sender gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// When it leaves the inbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_time: Option<String>,
    /// When it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload_timestamp: Option<String>,
    /// Recipient's mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient_name: Option<String>,
    /// Its ODS code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient_ods_code: Option<String>,
    /// Its organisation's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient_org_code: Option<String>,
    /// Its organisation's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient_org_name: Option<String>,
    /// Whether no error happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_success: Option<bool>,
    /// State: `uploading`, `accepted`, `acknowledged`, `undeliverable`, `error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Of a report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_event: Option<String>,
    /// Of a report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_timestamp: Option<String>,
    /// Of a report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_description: Option<String>,
    /// Of a report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<String>,
}

impl fmt::Debug for TrackingV1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackingV1")
            .field("message_id", &self.message_id)
            .field("status", &self.status)
            .field("local_id", &Redacted(self.local_id.is_some()))
            .field("subject", &Redacted(self.subject.is_some()))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TrackingV2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackingV2")
            .field("message_id", &self.message_id)
            .field("status", &self.status)
            .field("local_id", &Redacted(self.local_id.is_some()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_fields_are_left_out_and_names_are_the_wire_s() {
        let v1 = TrackingV1 {
            mesh_recipient_ods_code: Some("X26".into()),
            checksum: Some(String::new()),
            ..TrackingV1::default()
        };
        let written = serde_json::to_string(&v1).unwrap();
        assert_eq!(written, r#"{"checksum":"","meshRecipientOdsCode":"X26"}"#);
        let read: TrackingV2 = serde_json::from_str(r#"{"message_id":"A","new":1}"#).unwrap();
        assert_eq!(read.message_id, "A");
    }
}
