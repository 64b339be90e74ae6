//! Answers of the provider, read within bounds.

use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::OpenIdError;

/// Bytes of an answer, at most.
const LONGEST: usize = 256 * 1024;

/// What OAuth answers when it refuses.
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// The JSON that the provider answers with.
pub(crate) async fn json<T: DeserializeOwned>(
    request: RequestBuilder,
    what: &'static str,
) -> Result<T, OpenIdError> {
    let answer = |problem: String| OpenIdError::Answer { what, problem };
    let mut response = request.send().await.map_err(|error| unreachable(&error))?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(part) = response
        .chunk()
        .await
        .map_err(|error| unreachable(&error))?
    {
        if body.len() + part.len() > LONGEST {
            return Err(answer(format!("it has more than {LONGEST} bytes")));
        }
        body.extend_from_slice(&part);
    }
    if status != StatusCode::OK {
        let refusal = serde_json::from_slice::<Refusal>(&body).ok();
        let told =
            refusal.map_or_else(String::new, |refusal| format!(", {}", code(&refusal.error)));
        return Err(answer(format!("HTTP status {}{told}", status.as_u16())));
    }
    serde_json::from_slice(&body).map_err(|error| {
        // The category only: the text may quote what it read.
        answer(format!(
            "it is not the JSON expected ({:?})",
            error.classify()
        ))
    })
}

fn unreachable(error: &reqwest::Error) -> OpenIdError {
    let mut reason = "the connection failed";
    if error.is_timeout() {
        reason = "no answer within 10 seconds";
    } else if error.is_connect() {
        reason = "no connection";
    }
    OpenIdError::Unreachable(reason.to_owned())
}

/// An error code of OAuth as it may be logged: its own letters, 64 at most.
pub(crate) fn code(text: &str) -> String {
    let is_letter = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    text.chars().filter(is_letter).take(64).collect()
}
