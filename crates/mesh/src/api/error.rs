//! Bodies of refusals, in both versions and in the web framework's shape.

use nhs::MessageId;
use serde::{Deserialize, Serialize};

use crate::headers::FieldFault;
use crate::status::Fault;

/// Version 1 error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorV1 {
    /// The message concerned.
    #[serde(rename = "messageID", default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// See [`Fault::event`].
    #[serde(rename = "errorEvent")]
    pub event: String,
    /// See [`Fault::code`].
    #[serde(rename = "errorCode")]
    pub code: String,
    /// See [`Fault::text`].
    #[serde(rename = "errorDescription")]
    pub description: String,
}

/// Version 2 error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorV2 {
    /// The message concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// An id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_id: Option<String>,
    /// One entry.
    pub detail: Vec<ErrorDetail>,
}

/// The triple in a version 2 error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// See [`Fault::event`].
    pub event: String,
    /// See [`Fault::code`].
    pub code: String,
    /// See [`Fault::text`].
    pub msg: String,
}

impl ErrorV1 {
    /// The body for a known failure.
    pub fn new(fault: &Fault, message_id: Option<MessageId>) -> Self {
        Self {
            message_id,
            event: fault.event.into(),
            code: fault.code.into(),
            description: fault.text.into(),
        }
    }
}

impl ErrorV2 {
    /// The body for a known failure.
    pub fn new(fault: &Fault, message_id: Option<MessageId>) -> Self {
        let detail = ErrorDetail {
            event: fault.event.into(),
            code: fault.code.into(),
            msg: fault.text.into(),
        };
        Self {
            message_id,
            internal_id: None,
            detail: vec![detail],
        }
    }
}

/// A 400 in the framework's shape, the same in both versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidationErrors {
    /// One entry a field.
    pub detail: Vec<ValidationError>,
}

/// One field that broke a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidationError {
    /// `missing`, `string_too_long`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Where: `["header", "mex-to"]`, `["query", "max_results"]`.
    pub loc: Vec<String>,
    /// What is wrong.
    pub msg: String,
}

impl From<&[FieldFault]> for ValidationErrors {
    fn from(faults: &[FieldFault]) -> Self {
        let detail = faults.iter().map(|fault| ValidationError {
            kind: match fault {
                FieldFault::Missing(_) => "missing".into(),
                FieldFault::TooLong(..) => "string_too_long".into(),
            },
            loc: vec!["header".into(), fault.header().into()],
            msg: fault.to_string(),
        });
        Self {
            detail: detail.collect(),
        }
    }
}

/// Any error body a server may send, for clients: v1, v2, validation, or the framework's text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "AnyError")]
pub struct ReceivedError {
    /// The message concerned, when the body says so.
    pub message_id: Option<MessageId>,
    /// Event, or empty.
    pub event: String,
    /// Code, or empty.
    pub code: String,
    /// The server's text, or empty.
    pub description: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum AnyError {
    V1(ErrorV1),
    V2(ErrorV2),
    Validation(ValidationErrors),
    Other(serde::de::IgnoredAny),
}

impl From<AnyError> for ReceivedError {
    fn from(any: AnyError) -> Self {
        match any {
            AnyError::V1(e) => Self {
                message_id: e.message_id,
                event: e.event,
                code: e.code,
                description: e.description,
            },
            AnyError::V2(e) => {
                let detail = e.detail.into_iter().next();
                let (event, code, description) =
                    detail.map(|d| (d.event, d.code, d.msg)).unwrap_or_default();
                Self {
                    message_id: e.message_id,
                    event,
                    code,
                    description,
                }
            }
            AnyError::Validation(e) => {
                let fields: Vec<_> = e.detail.iter().map(|d| d.loc.join(".")).collect();
                let description = format!("refused by the server: {}", fields.join(", "));
                Self {
                    description,
                    ..Self::default()
                }
            }
            AnyError::Other(_) => Self::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status;

    #[test]
    fn either_version_of_an_error_reads_the_same() {
        let id = MessageId::parse("AB").ok();
        let v1 = ErrorV1::new(&status::UNREGISTERED_RECIPIENT, id.clone());
        let v2 = ErrorV2::new(&status::UNREGISTERED_RECIPIENT, id);
        let v1 = serde_json::to_string(&v1).unwrap();
        let v2 = serde_json::to_string(&v2).unwrap();
        assert_eq!(
            v1,
            r#"{"messageID":"AB","errorEvent":"SEND","errorCode":"12","errorDescription":"Unregistered to address"}"#
        );
        assert_eq!(
            v2,
            r#"{"message_id":"AB","detail":[{"event":"SEND","code":"12","msg":"Unregistered to address"}]}"#
        );
        let read = |body: &str| serde_json::from_str::<ReceivedError>(body).unwrap();
        assert_eq!(read(&v1), read(&v2));
        assert_eq!(read(&v1).code, "12");
        assert_eq!(read(r#"{"detail":"Not Found"}"#), ReceivedError::default());
        let faults: ValidationErrors = [FieldFault::Missing("mex-to")].as_slice().into();
        let read = read(&serde_json::to_string(&faults).unwrap());
        assert_eq!(read.description, "refused by the server: header.mex-to");
    }
}
