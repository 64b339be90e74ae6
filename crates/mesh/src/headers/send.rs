//! The headers of a send: of its first request, and of each later chunk.

use std::fmt;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use nhs::WorkflowId;

use super::values::{self, is_true, put, put_flag, put_some, put_value};
use super::{ContentEncoding, FieldFault, HeaderFaults, HeaderText, limit, name};
use crate::redact::Redacted;
use crate::{ChunkRange, MeshError};

/// The headers of the first (or only) request of a send. Only that one's metadata counts.
#[derive(Clone, PartialEq, Eq)]
pub struct SendHeaders {
    /// `Mex-To`, trimmed, case kept; see [`crate::Recipient::parse`].
    pub recipient: String,
    /// `Mex-WorkflowID`
    pub workflow: WorkflowId,
    /// `Mex-From`: not needed; code 07 when it is there and not the caller's mailbox.
    pub sender: Option<String>,
    /// `Mex-Chunk-Range`, `1:n`
    pub chunk_range: Option<ChunkRange>,
    /// `Mex-Subject`
    pub subject: Option<HeaderText>,
    /// `Mex-LocalID`
    pub local_id: Option<HeaderText>,
    /// `Mex-PartnerID`
    pub partner_id: Option<HeaderText>,
    /// `Mex-FileName`; never to be used as a path.
    pub file_name: Option<HeaderText>,
    /// `Mex-Content-Encrypted`: the sender's application encrypted the content. Passed on.
    pub encrypted: bool,
    /// `Mex-Content-Compressed`: the sending client compressed the content. Passed on.
    pub compressed: bool,
    /// `Mex-Content-Checksum`; passed on, never checked.
    pub checksum: Option<String>,
    /// `Mex-Content-Type`, else `Content-Type`
    pub content_type: Option<String>,
    /// `Content-Encoding`
    pub encoding: ContentEncoding,
    /// `Content-Length`, as it was read; the connection writes its own.
    pub length: Option<u64>,
}

impl SendHeaders {
    /// Headers with what is mandatory and nothing else.
    pub fn new(recipient: impl Into<String>, workflow: WorkflowId) -> Self {
        Self {
            recipient: recipient.into(),
            workflow,
            sender: None,
            chunk_range: None,
            subject: None,
            local_id: None,
            partner_id: None,
            file_name: None,
            encrypted: false,
            compressed: false,
            checksum: None,
            content_type: None,
            encoding: ContentEncoding::Identity,
            length: None,
        }
    }

    /// Reads and checks, by the rules and in the order of `docs/spec/mesh-api.md` §4.
    ///
    /// # Errors
    /// [`HeaderFaults`], the first kind of fault there is.
    pub fn read(headers: &HeaderMap) -> Result<Self, HeaderFaults> {
        let mut fields = Fields::default();
        let recipient = fields.read(headers, name::TO, limit::ADDRESS);
        let workflow = fields.read(headers, name::WORKFLOW_ID, limit::WORKFLOW_ID);
        let sender = fields.read(headers, name::FROM, limit::ADDRESS);
        let range = fields.read(headers, name::CHUNK_RANGE, limit::CHUNK_RANGE);
        let subject = fields.read(headers, name::SUBJECT, limit::SUBJECT);
        let local_id = fields.read(headers, name::LOCAL_ID, limit::LOCAL_ID);
        let partner_id = fields.read(headers, name::PARTNER_ID, limit::PARTNER_ID);
        let file_name = fields.read(headers, name::FILE_NAME, limit::FILE_NAME);
        let encrypted = fields.read(headers, name::CONTENT_ENCRYPTED, limit::FLAG);
        let compressed = fields.read(headers, name::CONTENT_COMPRESSED, limit::FLAG);
        let checksum = fields.read(headers, name::CONTENT_CHECKSUM, limit::CHECKSUM);
        let mex_type = fields.read(headers, name::CONTENT_TYPE, limit::CONTENT_TYPE);
        fields.require(headers, name::TO);
        fields.require(headers, name::WORKFLOW_ID);
        fields.refuse_url(name::TO, recipient.as_deref());
        fields.refuse_url(name::WORKFLOW_ID, workflow.as_deref());
        fields.refuse_url(name::CONTENT_CHECKSUM, checksum.as_deref());
        fields.finish()?;

        if !checksum
            .as_deref()
            .unwrap_or_default()
            .chars()
            .all(is_checksum_character)
        {
            return Err(HeaderFaults::Checksum);
        }
        let workflow = WorkflowId::parse(workflow.as_deref().unwrap_or_default())
            .map_err(|_| HeaderFaults::Validation(vec![FieldFault::Missing(name::WORKFLOW_ID)]))?;
        let recipient = recipient.as_deref().unwrap_or_default().trim().to_owned();
        if recipient.is_empty() {
            return Err(HeaderFaults::RecipientBlank);
        }
        let encoding = ContentEncoding::read(headers).ok_or(HeaderFaults::Encoding)?;
        let content_type = mex_type
            .map(HeaderText::into_string)
            .or_else(|| http_content_type(headers));
        Ok(Self {
            recipient,
            workflow,
            sender: sender.map(HeaderText::into_string),
            chunk_range: first_range(range.as_deref())?,
            subject,
            local_id,
            partner_id,
            file_name,
            encrypted: encrypted.as_deref().is_some_and(is_true),
            compressed: compressed.as_deref().is_some_and(is_true),
            checksum: checksum.map(HeaderText::into_string),
            content_type,
            encoding,
            length: content_length(headers),
        })
    }

    /// Writes the headers, values as UTF-8 bytes, empty ones left out.
    ///
    /// # Errors
    /// [`MeshError::HeaderValue`] for a value with a control character.
    pub fn write(&self, headers: &mut HeaderMap) -> Result<(), MeshError> {
        put(headers, name::TO, &self.recipient)?;
        put(headers, name::WORKFLOW_ID, self.workflow.as_str())?;
        put_some(headers, name::FROM, self.sender.as_deref())?;
        if let Some(range) = self.chunk_range {
            put(headers, name::CHUNK_RANGE, &range.to_string())?;
        }
        put_value(headers, name::SUBJECT, self.subject.as_ref())?;
        put_value(headers, name::LOCAL_ID, self.local_id.as_ref())?;
        put_value(headers, name::PARTNER_ID, self.partner_id.as_ref())?;
        put_value(headers, name::FILE_NAME, self.file_name.as_ref())?;
        put_flag(headers, name::CONTENT_ENCRYPTED, self.encrypted);
        put_flag(headers, name::CONTENT_COMPRESSED, self.compressed);
        put_some(headers, name::CONTENT_CHECKSUM, self.checksum.as_deref())?;
        put_some(headers, name::CONTENT_TYPE, self.content_type.as_deref())?;
        let http_type = self
            .content_type
            .as_deref()
            .and_then(|t| HeaderValue::from_str(t).ok());
        let octets = HeaderValue::from_static("application/octet-stream");
        headers.insert(CONTENT_TYPE, http_type.unwrap_or(octets));
        self.encoding.write(headers);
        Ok(())
    }
}

/// The headers of a later chunk: its range and the same encoding as the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkHeaders {
    /// `Mex-Chunk-Range`, `k:n`
    pub range: ChunkRange,
    /// `Content-Encoding`
    pub encoding: ContentEncoding,
    /// `Content-Length`, as it was read; the connection writes its own.
    pub length: Option<u64>,
}

impl ChunkHeaders {
    /// Reads and checks.
    ///
    /// # Errors
    /// [`HeaderFaults::Encoding`], else [`HeaderFaults::ChunkRange`].
    pub fn read(headers: &HeaderMap) -> Result<Self, HeaderFaults> {
        let encoding = ContentEncoding::read(headers).ok_or(HeaderFaults::Encoding)?;
        let range = values::text(headers, name::CHUNK_RANGE);
        let range = range.and_then(|text| ChunkRange::parse(&text).ok());
        let range = range.ok_or(HeaderFaults::ChunkRange)?;
        Ok(Self {
            range,
            encoding,
            length: content_length(headers),
        })
    }

    /// Writes range, encoding and an octet-stream content type.
    ///
    /// # Errors
    /// None in practice: a range is digits and a colon.
    pub fn write(&self, headers: &mut HeaderMap) -> Result<(), MeshError> {
        put(headers, name::CHUNK_RANGE, &self.range.to_string())?;
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        );
        self.encoding.write(headers);
        Ok(())
    }
}

/// The length and control character rules, gathered over all fields before either is reported.
#[derive(Default)]
struct Fields {
    lengths: Vec<FieldFault>,
    malformed: Vec<&'static str>,
}

impl Fields {
    fn read(
        &mut self,
        headers: &HeaderMap,
        name: &'static str,
        limit: usize,
    ) -> Option<HeaderText> {
        let text = values::value(headers, name)?;
        if text.chars().count() > limit {
            self.lengths.push(FieldFault::TooLong(name, limit));
        }
        if text.chars().any(|c| c < ' ') {
            self.malformed.push(name);
        }
        Some(text)
    }

    fn require(&mut self, headers: &HeaderMap, name: &'static str) {
        if !headers.contains_key(name) {
            self.lengths.push(FieldFault::Missing(name));
        }
    }

    fn refuse_url(&mut self, name: &'static str, text: Option<&str>) {
        let text = text.unwrap_or_default().trim_start();
        let begins_with = |scheme: &str| {
            let beginning = text.get(..scheme.len());
            beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(scheme))
        };
        if begins_with("http://") || begins_with("https://") {
            self.malformed.push(name);
        }
    }

    fn finish(self) -> Result<(), HeaderFaults> {
        if !self.lengths.is_empty() {
            Err(HeaderFaults::Validation(self.lengths))
        } else if !self.malformed.is_empty() {
            Err(HeaderFaults::Malformed(self.malformed))
        } else {
            Ok(())
        }
    }
}

fn is_checksum_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || matches!(c, ':' | '-' | '/')
}

fn first_range(text: Option<&str>) -> Result<Option<ChunkRange>, HeaderFaults> {
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => ChunkRange::parse(text)
            .ok()
            .filter(ChunkRange::is_first)
            .map(Some)
            .ok_or(HeaderFaults::ChunkRange),
    }
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn http_content_type(headers: &HeaderMap) -> Option<String> {
    values::text(headers, CONTENT_TYPE.as_str())
        .filter(|text| text.len() <= limit::CONTENT_TYPE && !text.contains(char::is_control))
}

impl fmt::Debug for SendHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendHeaders")
            .field("recipient", &Redacted(true))
            .field("workflow", &self.workflow.as_str())
            .field("chunk_range", &self.chunk_range)
            .field("subject", &Redacted(self.subject.is_some()))
            .field("local_id", &Redacted(self.local_id.is_some()))
            .field("partner_id", &Redacted(self.partner_id.is_some()))
            .field("file_name", &Redacted(self.file_name.is_some()))
            .field("encrypted", &self.encrypted)
            .field("compressed", &self.compressed)
            .field("encoding", &self.encoding)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "send_tests.rs"]
mod tests;
