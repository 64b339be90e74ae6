//! The headers of a message that is downloaded, read and written.

use std::fmt;

use http::HeaderMap;
use http::header::LAST_MODIFIED;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use nhs::{MessageId, WorkflowId};

use super::name;
use super::values::{is_true, put, put_flag, put_some, text};
use crate::redact::Redacted;
use crate::status::{format_time, parse_time};
use crate::{ChunkRange, MeshError, MessageType, Status, StatusCode, StatusEvent, StatusRecord};

/// The headers of a download or HEAD answer: a message or a report.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedHeaders {
    /// `Mex-MessageID`
    pub message_id: MessageId,
    /// `Mex-MessageType`
    pub message_type: MessageType,
    /// `Mex-From`; absent in a report.
    pub sender: Option<String>,
    /// `Mex-To`: the mailbox that holds the message.
    pub recipient: Option<String>,
    /// `Mex-FromSMTP`; only the real service sends it.
    pub sender_smtp: Option<String>,
    /// `Mex-ToSMTP`; only the real service sends it.
    pub recipient_smtp: Option<String>,
    /// `Mex-WorkflowID`
    pub workflow: Option<WorkflowId>,
    /// `Mex-Chunk-Range` and `Mex-Total-Chunks`; [`ChunkRange::REPORT`] for a report.
    pub chunk_range: ChunkRange,
    /// `Mex-LocalID`, the sender's.
    pub local_id: Option<String>,
    /// `Mex-PartnerID`
    pub partner_id: Option<String>,
    /// `Mex-Subject`
    pub subject: Option<String>,
    /// `Mex-FileName`; written as `<message id>.dat` when absent. Never to be used as a path.
    pub file_name: Option<String>,
    /// `Mex-Content-Compressed`
    pub compressed: bool,
    /// `Mex-Content-Encrypted`
    pub encrypted: bool,
    /// `Mex-Content-Checksum`
    pub checksum: Option<String>,
    /// `Mex-Content-Type`
    pub content_type: Option<String>,
    /// `Mex-StatusCode`, `-StatusEvent`, `-StatusDescription`, `-StatusSuccess`, `-StatusTimestamp`
    pub status: Option<StatusRecord>,
    /// `Mex-LinkedMsgID`: the failed message a report is about.
    pub linked_message: Option<MessageId>,
    /// `Last-Modified`
    pub last_modified: Option<Timestamp>,
}

impl ReceivedHeaders {
    /// Headers of a data message with what is always there and nothing else.
    pub fn new(message_id: MessageId, chunk_range: ChunkRange) -> Self {
        Self {
            message_id,
            message_type: MessageType::Data,
            sender: None,
            recipient: None,
            sender_smtp: None,
            recipient_smtp: None,
            workflow: None,
            chunk_range,
            local_id: None,
            partner_id: None,
            subject: None,
            file_name: None,
            compressed: false,
            encrypted: false,
            checksum: None,
            content_type: None,
            status: None,
            linked_message: None,
            last_modified: None,
        }
    }

    /// Reads an answer's headers. Only the message id must be there.
    ///
    /// # Errors
    /// [`MeshError::ReceivedHeader`] naming the header that is missing or unreadable.
    pub fn read(headers: &HeaderMap) -> Result<Self, MeshError> {
        let unreadable = |name| move || MeshError::ReceivedHeader(name);
        let message_id = text(headers, name::MESSAGE_ID)
            .and_then(|id| MessageId::parse(&id).ok())
            .ok_or_else(unreadable(name::MESSAGE_ID))?;
        let chunk_range = match text(headers, name::CHUNK_RANGE) {
            None => ChunkRange::WHOLE,
            Some(range) => ChunkRange::parse_received(&range)
                .map_err(|_| MeshError::ReceivedHeader(name::CHUNK_RANGE))?,
        };
        let message_type = text(headers, name::MESSAGE_TYPE)
            .map_or(Some(MessageType::Data), |word| MessageType::parse(&word))
            .ok_or_else(unreadable(name::MESSAGE_TYPE))?;
        let flag = |name| text(headers, name).is_some_and(|word| is_true(&word));
        Ok(Self {
            message_id,
            message_type,
            sender: text(headers, name::FROM),
            recipient: text(headers, name::TO),
            sender_smtp: text(headers, name::FROM_SMTP),
            recipient_smtp: text(headers, name::TO_SMTP),
            workflow: text(headers, name::WORKFLOW_ID).and_then(|id| WorkflowId::parse(&id).ok()),
            chunk_range,
            local_id: text(headers, name::LOCAL_ID),
            partner_id: text(headers, name::PARTNER_ID),
            subject: text(headers, name::SUBJECT),
            file_name: text(headers, name::FILE_NAME),
            compressed: flag(name::CONTENT_COMPRESSED),
            encrypted: flag(name::CONTENT_ENCRYPTED),
            checksum: text(headers, name::CONTENT_CHECKSUM),
            content_type: text(headers, name::CONTENT_TYPE),
            status: read_status(headers),
            linked_message: text(headers, name::LINKED_MESSAGE_ID)
                .and_then(|id| MessageId::parse(&id).ok()),
            last_modified: text(headers, LAST_MODIFIED.as_str()).and_then(|d| parse_http_date(&d)),
        })
    }

    /// Writes every header of `docs/spec/mesh-api.md` §6 except `Content-Type` and `Content-Encoding`,
    /// which belong to the body as it is sent; empty ones are left out.
    ///
    /// # Errors
    ///
    /// [`MeshError::HeaderValue`] for a value with a control character.
    pub fn write(&self, headers: &mut HeaderMap) -> Result<(), MeshError> {
        let id = self.message_id.as_str();
        put_some(headers, name::FROM, self.sender.as_deref())?;
        put_some(headers, name::TO, self.recipient.as_deref())?;
        put_some(headers, name::FROM_SMTP, self.sender_smtp.as_deref())?;
        put_some(headers, name::TO_SMTP, self.recipient_smtp.as_deref())?;
        put_some(
            headers,
            name::WORKFLOW_ID,
            self.workflow.as_ref().map(WorkflowId::as_str),
        )?;
        put(headers, name::CHUNK_RANGE, &self.chunk_range.to_string())?;
        put(
            headers,
            name::TOTAL_CHUNKS,
            &self.chunk_range.total().to_string(),
        )?;
        put(headers, name::ADDRESS_TYPE, "ALL")?;
        put_some(headers, name::LOCAL_ID, self.local_id.as_deref())?;
        put_some(headers, name::PARTNER_ID, self.partner_id.as_deref())?;
        let default_name = format!("{id}.dat");
        put(
            headers,
            name::FILE_NAME,
            self.file_name.as_deref().unwrap_or(&default_name),
        )?;
        put_some(headers, name::SUBJECT, self.subject.as_deref())?;
        put(headers, name::VERSION, "1.0")?;
        put(headers, name::MESSAGE_TYPE, self.message_type.header())?;
        put(headers, name::MESSAGE_ID, id)?;
        put_some(
            headers,
            name::LINKED_MESSAGE_ID,
            self.linked_message.as_ref().map(MessageId::as_str),
        )?;
        put_flag(headers, name::CONTENT_COMPRESSED, self.compressed);
        put_flag(headers, name::CONTENT_ENCRYPTED, self.encrypted);
        put_some(headers, name::CONTENT_CHECKSUM, self.checksum.as_deref())?;
        put_some(headers, name::CONTENT_TYPE, self.content_type.as_deref())?;
        if let Some(status) = &self.status {
            write_status(status, headers)?;
        }
        if let Some(at) = self.last_modified {
            put(headers, "last-modified", &format_http_date(at))?;
        }
        Ok(())
    }
}

fn read_status(headers: &HeaderMap) -> Option<StatusRecord> {
    // Blanks alone are no code: it would be written as an empty header, which is none.
    let code = StatusCode::new(&text(headers, name::STATUS_CODE)?);
    if code.as_str().is_empty() {
        return None;
    }
    let word = |name| text(headers, name).unwrap_or_default();
    Some(StatusRecord {
        at: parse_time(&word(name::STATUS_TIMESTAMP)),
        event: StatusEvent::parse(&word(name::STATUS_EVENT)),
        status: Status::parse(&word(name::STATUS_SUCCESS)),
        code,
        description: word(name::STATUS_DESCRIPTION),
    })
}

fn write_status(status: &StatusRecord, headers: &mut HeaderMap) -> Result<(), MeshError> {
    put(headers, name::STATUS_CODE, status.code.as_str())?;
    put_some(headers, name::STATUS_EVENT, Some(status.event.as_str()))?;
    put_some(headers, name::STATUS_DESCRIPTION, Some(&status.description))?;
    put(headers, name::STATUS_SUCCESS, status.status.as_str())?;
    put_some(
        headers,
        name::STATUS_TIMESTAMP,
        status.at.map(format_time).as_deref(),
    )
}

fn format_http_date(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

/// mesh-sandbox writes the zone as `UTC`, HTTP says `GMT`.
fn parse_http_date(text: &str) -> Option<Timestamp> {
    let text = text
        .strip_suffix("GMT")
        .or_else(|| text.strip_suffix("UTC"))?
        .trim();
    let civil = DateTime::strptime("%a, %d %b %Y %H:%M:%S", text).ok()?;
    civil
        .to_zoned(TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

impl fmt::Debug for ReceivedHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedHeaders")
            .field("message_id", &self.message_id.as_str())
            .field("message_type", &self.message_type)
            .field("sender", &self.sender)
            .field("recipient", &Redacted(self.recipient.is_some()))
            .field("workflow", &self.workflow.as_ref().map(WorkflowId::as_str))
            .field("chunk_range", &self.chunk_range)
            .field("subject", &Redacted(self.subject.is_some()))
            .field("local_id", &Redacted(self.local_id.is_some()))
            .field("partner_id", &Redacted(self.partner_id.is_some()))
            .field("file_name", &Redacted(self.file_name.is_some()))
            .field(
                "linked_message",
                &self.linked_message.as_ref().map(MessageId::as_str),
            )
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status;

    fn report() -> ReceivedHeaders {
        let at = parse_time("20260114093013").unwrap();
        let id = MessageId::parse("20260114093013000000_0AB1C2").unwrap();
        let mut headers = ReceivedHeaders::new(id, ChunkRange::REPORT);
        headers.message_type = MessageType::Report;
        headers.recipient = Some("A81001OT001".into());
        headers.workflow = Some(WorkflowId::parse("GPFED_CONSULT_REPORT").unwrap());
        headers.subject = Some("Consultation of GARTON é".into());
        headers.file_name = Some("x.dat".into());
        headers.status = Some(status::NHS_NUMBER_NOT_FOUND.record(at));
        headers.linked_message = MessageId::parse("20260114093012123456_0AB1C2").ok();
        headers.last_modified = "2026-01-14T09:30:13Z".parse().ok();
        headers
    }

    #[test]
    fn epl_153_report_is_read_as_it_was_written() {
        let mut map = HeaderMap::new();
        report().write(&mut map).unwrap();
        assert_eq!(ReceivedHeaders::read(&map), Ok(report()));
        for (header, value) in [
            ("mex-messagetype", "REPORT"),
            ("mex-chunk-range", "1:0"),
            ("mex-total-chunks", "0"),
            ("mex-statuscode", "EPL-153"),
            ("mex-statussuccess", "ERROR"),
            ("mex-statusevent", "SEND"),
            ("last-modified", "Wed, 14 Jan 2026 09:30:13 GMT"),
        ] {
            assert_eq!(map[header], value);
        }
        assert!(!map.contains_key("mex-from") && !map.contains_key("mex-localid"));
    }

    #[test]
    fn a_data_message_without_a_name_gets_the_default_one() {
        let id = MessageId::parse("AB").unwrap();
        let mut map = HeaderMap::new();
        ReceivedHeaders::new(id, ChunkRange::WHOLE)
            .write(&mut map)
            .unwrap();
        assert_eq!(map["mex-filename"], "AB.dat");
    }

    #[test]
    fn a_status_code_of_blanks_is_none() {
        let mut map = HeaderMap::new();
        report().write(&mut map).unwrap();
        for blanks in ["  ", "\u{85}"] {
            let value = http::HeaderValue::from_bytes(blanks.as_bytes()).unwrap();
            map.insert("mex-statuscode", value);
            assert_eq!(ReceivedHeaders::read(&map).unwrap().status, None);
        }
    }

    #[test]
    fn an_answer_without_a_message_id_is_refused() {
        let fault = ReceivedHeaders::read(&HeaderMap::new());
        assert_eq!(fault, Err(MeshError::ReceivedHeader("mex-messageid")));
    }

    #[test]
    fn debug_never_shows_what_may_identify_a_patient() {
        assert!(!format!("{:?}", report()).contains("GARTON"));
    }
}
