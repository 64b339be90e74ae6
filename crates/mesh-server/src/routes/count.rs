//! `GET /messageexchange/{mailbox_id}/count`: how many messages wait. Deprecated.

use std::time::Duration;

use axum::response::Response;
use http::{HeaderMap, StatusCode};
use mesh::ApiVersion;
use mesh::api::{CountV1, CountV2};

use crate::answer;
use crate::error::Failure;
use crate::session::Session;
use crate::waits::{self, Wait};

pub(super) async fn count(session: Session, headers: HeaderMap) -> Response {
    let wait = session.waits.wanted(&headers, &session.caller.mailbox().id);
    drop(headers);
    let longest = wait.as_ref().map(Wait::longest).unwrap_or_default();
    let answer = counted(&session, longest).await;
    waits::told(wait, answer)
}

async fn counted(session: &Session, longest: Duration) -> Result<Response, Failure> {
    let count = session
        .exchange
        .count_within(&session.caller, longest)
        .await?;
    Ok(match session.version {
        ApiVersion::V1 => {
            let internal_id = session.exchange.new_id()?.to_string();
            let body = CountV1 {
                count,
                internal_id,
                all_results_included: true,
            };
            answer::json(StatusCode::OK, answer::JSON, &body)
        }
        ApiVersion::V2 => answer::json(
            StatusCode::OK,
            session.version.media_type(),
            &CountV2 { count },
        ),
    })
}
