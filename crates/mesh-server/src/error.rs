//! The one place where a refusal becomes HTTP.
//!
//! A handler's refusal travels as a [`Failure`] in the answer's extensions; [`rendered`], around all
//! routes, writes it in the version the client asked for.

use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use exchange::{ErrorKind, ExchangeError};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use mesh::api::{ErrorDetail, ErrorV1, ErrorV2, ValidationErrors};
use mesh::{ApiVersion, Fault, HeaderFaults, MeshError, status};
use nhs::MessageId;

use crate::answer;
use crate::observe::Told;

/// Seconds after which a request that was refused for want of room may be sent again, where nobody
/// knows better.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// Why a request is refused.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// With event, code and text, in the shape of the version asked for.
    Fault {
        status: StatusCode,
        fault: Fault,
        message_id: Option<MessageId>,
        retry_after: Option<Duration>,
    },
    /// 400 for fields that are missing, too long or not of their kind; one shape for both versions.
    Validation(ValidationErrors),
    /// 406, 423 and 500, as the peers have them: a text without detail, one shape for both versions.
    Undetailed(StatusCode),
    /// 404 and 405 for paths and methods that the API does not have.
    Unrouted(StatusCode),
}

/// A [`Failure`] on its way to [`rendered`].
#[derive(Clone)]
struct Unrendered(Arc<Failure>);

impl Failure {
    pub(crate) fn fault(status: StatusCode, fault: &Fault) -> Self {
        Self::Fault {
            status,
            fault: *fault,
            message_id: None,
            retry_after: None,
        }
    }

    /// When a request that was refused for want of room may be sent again.
    fn retry_after(&self) -> HeaderValue {
        match self {
            Self::Fault {
                retry_after: Some(wait),
                ..
            } => HeaderValue::from(wait.as_secs().max(1)),
            _ => RETRY_SECONDS,
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Fault { status, .. } | Self::Undetailed(status) | Self::Unrouted(status) => {
                *status
            }
            Self::Validation(_) => StatusCode::BAD_REQUEST,
        }
    }

    /// For the log: nothing of the request is in it.
    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Fault { fault, .. } if fault.text.is_empty() => Some(fault.code),
            Self::Fault { fault, .. } => Some(fault.text),
            Self::Validation(_) => Some("a field is missing, too long or not of its kind"),
            Self::Undetailed(_) | Self::Unrouted(_) => None,
        }
    }

    fn rendered(&self, version: ApiVersion) -> Response {
        let status = self.status();
        let mut response = match self {
            Self::Fault {
                fault, message_id, ..
            } => render_fault(status, version, fault, message_id.as_ref()),
            Self::Validation(errors) => answer::json(status, answer::JSON, errors),
            Self::Undetailed(_) => {
                let text = "An internal error occurred.\n\nPlease contact support.";
                answer::json(
                    status,
                    answer::JSON,
                    &serde_json::json!({ "message": text }),
                )
            }
            Self::Unrouted(_) => {
                let text = status.canonical_reason().unwrap_or_default();
                answer::json(status, answer::JSON, &serde_json::json!({ "detail": text }))
            }
        };
        if matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT
        ) {
            let wait = self.retry_after();
            response.headers_mut().insert(RETRY_AFTER, wait);
        }
        response
    }
}

fn render_fault(
    status: StatusCode,
    version: ApiVersion,
    fault: &Fault,
    message_id: Option<&MessageId>,
) -> Response {
    let (fault, message_id) = (detail(fault), message_id.cloned());
    match version {
        ApiVersion::V1 => {
            let body = ErrorV1 {
                message_id,
                event: fault.event,
                code: fault.code,
                description: fault.msg,
            };
            answer::json(status, version.media_type(), &body)
        }
        ApiVersion::V2 => {
            let body = ErrorV2 {
                message_id,
                internal_id: None,
                detail: vec![fault],
            };
            answer::json(status, version.media_type(), &body)
        }
    }
}

fn detail(fault: &Fault) -> ErrorDetail {
    ErrorDetail {
        event: fault.event.to_owned(),
        code: fault.code.to_owned(),
        msg: fault.text.to_owned(),
    }
}

impl From<ExchangeError> for Failure {
    fn from(error: ExchangeError) -> Self {
        if let Some(limit) = error.limit() {
            metrics::counter!("restante_sends_refused_total", "limit" => limit).increment(1);
        }
        let status = match error.kind() {
            ErrorKind::Several => StatusCode::MULTIPLE_CHOICES,
            ErrorKind::Invalid => StatusCode::BAD_REQUEST,
            ErrorKind::Refused | ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::NotExpected => StatusCode::NOT_ACCEPTABLE,
            ErrorKind::Gone => StatusCode::GONE,
            ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorKind::Unacceptable => StatusCode::EXPECTATION_FAILED,
            ErrorKind::Uploaded => StatusCode::LOCKED,
            ErrorKind::Busy => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Uncertain => StatusCode::GATEWAY_TIMEOUT,
            ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        match error.kind() {
            ErrorKind::NotExpected | ErrorKind::Uploaded => Self::Undetailed(status),
            ErrorKind::Internal => {
                tracing::error!(%error, "the exchange failed");
                Self::Undetailed(status)
            }
            _ => Self::Fault {
                status,
                fault: error.fault(),
                message_id: error.message_id().cloned(),
                retry_after: error.retry_after(),
            },
        }
    }
}

impl From<HeaderFaults> for Failure {
    fn from(faults: HeaderFaults) -> Self {
        let status = match &faults {
            HeaderFaults::Validation(fields) => return Self::Validation(fields.as_slice().into()),
            HeaderFaults::Encoding => StatusCode::UNPROCESSABLE_ENTITY,
            HeaderFaults::ChunkRange => StatusCode::EXPECTATION_FAILED,
            HeaderFaults::Malformed(_) | HeaderFaults::Checksum | HeaderFaults::RecipientBlank => {
                StatusCode::BAD_REQUEST
            }
        };
        match faults.fault() {
            Some(fault) => Self::fault(status, &fault),
            None => Self::Undetailed(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

impl From<MeshError> for Failure {
    fn from(error: MeshError) -> Self {
        match error {
            MeshError::Accept => Self::fault(StatusCode::BAD_REQUEST, &status::ACCEPT_INCORRECT),
            error => {
                tracing::error!(%error, "an answer could not be written");
                Self::Undetailed(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Unrendered(Arc::new(self)));
        response
    }
}

/// Writes the body of a refusal; other answers pass.
pub(crate) fn rendered(mut response: Response, version: ApiVersion) -> Response {
    let Some(Unrendered(failure)) = response.extensions_mut().remove() else {
        return response;
    };
    let mut rendered = failure.rendered(version);
    for (name, value) in response.headers() {
        if *name != CONTENT_TYPE && *name != http::header::CONTENT_LENGTH {
            rendered.headers_mut().insert(name, value.clone());
        }
    }
    *rendered.extensions_mut() = std::mem::take(response.extensions_mut());
    Told::of(&mut rendered).reason = failure.reason();
    rendered
}
