//! `GET /messageexchange/endpointlookup/{ods_code}/{workflow_id}` and
//! `GET /messageexchange/workflowsearch/{workflow_id}`: which mailboxes take a workflow. No
//! authorization.

use axum::extract::{Path, State};
use axum::response::Response;
use exchange::Mailbox;
use http::{HeaderMap, StatusCode};
use mesh::ApiVersion;
use mesh::api::{LookupItemV1, LookupV1, MailboxItem, MailboxesV2};

use crate::answer;
use crate::api::Api;
use crate::error::Failure;
use crate::validation::not_blank;

pub(super) async fn endpoint(
    State(api): State<Api>,
    Path((ods, workflow)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let version = ApiVersion::from_headers(&headers)?;
    not_blank("ods_code", &ods)?;
    not_blank("workflow_id", &workflow)?;
    let mailboxes = api.exchange.endpoint_lookup(&ods, &workflow);
    if version == ApiVersion::V2 {
        return Ok(version_2(version, mailboxes));
    }
    let results = mailboxes.into_iter().map(|mailbox| LookupItemV1 {
        address: mailbox.id.to_string(),
        description: mailbox.name,
        endpoint_type: "MESH".to_owned(),
    });
    let query_id = api.exchange.new_id()?.to_string();
    let body = LookupV1 {
        query_id,
        results: results.collect(),
    };
    Ok(answer::json(StatusCode::OK, answer::JSON, &body))
}

pub(super) async fn workflow(
    State(api): State<Api>,
    Path(workflow): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let version = ApiVersion::from_headers(&headers)?;
    not_blank("workflow_id", &workflow)?;
    Ok(version_2(version, api.exchange.workflow_search(&workflow)))
}

fn version_2(version: ApiVersion, mailboxes: Vec<Mailbox>) -> Response {
    let results = mailboxes.into_iter().map(|mailbox| MailboxItem {
        mailbox_id: mailbox.id.to_string(),
        mailbox_name: mailbox.name,
    });
    let media_type = match version {
        ApiVersion::V1 => answer::JSON,
        ApiVersion::V2 => version.media_type(),
    };
    answer::json(
        StatusCode::OK,
        media_type,
        &MailboxesV2 {
            results: results.collect(),
        },
    )
}
