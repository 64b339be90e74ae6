//! `PUT /messageexchange/{mailbox_id}/inbox/{message_id}/status/acknowledged`.

use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use mesh::ApiVersion;
use mesh::api::AcknowledgeV1;

use crate::answer;
use crate::error::Failure;
use crate::observe::Told;
use crate::session::Session;

pub(super) async fn acknowledge(
    session: Session,
    Path((_, message)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let message_id = session
        .exchange
        .acknowledge(&session.caller, &message)
        .await?;
    let told = Told::about(message_id.clone());
    let mut response = match session.version {
        ApiVersion::V1 => answer::json(StatusCode::OK, answer::JSON, &AcknowledgeV1 { message_id }),
        ApiVersion::V2 => answer::empty(StatusCode::OK),
    };
    response.extensions_mut().insert(told);
    Ok(response)
}
