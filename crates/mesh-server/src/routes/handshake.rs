//! `GET` and `POST /messageexchange/{mailbox_id}`: is the mailbox there, is the token right.

use axum::response::Response;
use http::{HeaderMap, StatusCode};
use mesh::ApiVersion;
use mesh::api::HandshakeV1;
use mesh::headers::ClientInformation;

use crate::answer;
use crate::error::Failure;
use crate::session::Session;
use crate::validation::missing_headers;

pub(super) async fn validate(session: Session, headers: HeaderMap) -> Result<Response, Failure> {
    ClientInformation::read(&headers).map_err(|names| missing_headers(&names))?;
    let mailbox = session.caller.mailbox().id.as_str();
    Ok(match session.version {
        ApiVersion::V1 => {
            let body = HandshakeV1 {
                mailbox_id: mailbox.to_owned(),
            };
            answer::json(StatusCode::OK, answer::JSON, &body)
        }
        ApiVersion::V2 => answer::empty(StatusCode::OK),
    })
}
