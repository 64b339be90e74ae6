//! Reading what PDS answered: a patient, no patient, or ask again later.

use std::time::Duration;

use reqwest::{Response, StatusCode, header};
use serde::Deserialize;

use super::patient::Patient;
use crate::PdsError;

/// The largest body read. A patient with a long history has some tens of kilobytes.
const BODY_LIMIT: usize = 1 << 20;

/// What PDS said about a number.
pub(super) enum Answer {
    Patient(Box<Patient>),
    NotFound,
}

#[derive(Deserialize)]
struct OperationOutcome {
    #[serde(default)]
    issue: Vec<Issue>,
}

#[derive(Deserialize)]
struct Issue {
    details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    coding: Vec<Coding>,
}

#[derive(Deserialize)]
struct Coding {
    code: Option<String>,
}

/// Reads the body of a 200, 400 or 404. A 404 without PDS's own code is not about the patient: it
/// comes from a gateway or a wrong address, and must not become EPL-153.
pub(super) fn read(status: StatusCode, body: &[u8]) -> Result<Answer, PdsError> {
    if status == StatusCode::OK {
        return Patient::read(body).map(|patient| Answer::Patient(Box::new(patient)));
    }
    let codes = codes(body);
    let not_found = [
        "RESOURCE_NOT_FOUND",
        "INVALIDATED_RESOURCE",
        "INVALID_RESOURCE_ID",
    ];
    if codes.iter().any(|code| not_found.contains(&code.as_str())) {
        Ok(Answer::NotFound)
    } else {
        Err(PdsError::UnexpectedAnswer {
            expected: "an OperationOutcome about the patient",
        })
    }
}

fn codes(body: &[u8]) -> Vec<String> {
    let outcome = serde_json::from_slice::<OperationOutcome>(body);
    let issues = outcome.map(|outcome| outcome.issue).unwrap_or_default();
    let codings = issues
        .into_iter()
        .filter_map(|issue| issue.details)
        .flat_map(|d| d.coding);
    codings.filter_map(|coding| coding.code).collect()
}

/// Reads a body up to the limit.
pub(super) async fn body(mut response: Response) -> Result<Vec<u8>, PdsError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unanswered(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > BODY_LIMIT {
            return Err(PdsError::UnexpectedAnswer {
                expected: "a body of at most 1 MB",
            });
        }
    }
    Ok(body)
}

/// Why no whole answer came. The error's own text would hold the URL, and with it the NHS number.
pub(super) fn unanswered(error: &reqwest::Error) -> PdsError {
    PdsError::unavailable(if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    })
}

/// `Retry-After` in seconds; an HTTP date is not used by this API.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}
