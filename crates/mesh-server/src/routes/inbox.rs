//! `GET /messageexchange/{mailbox_id}/inbox`: the ids that wait, oldest first; answered later where the caller
//! prefers to wait for the first.

use axum::extract::RawQuery;
use axum::response::Response;
use exchange::{InboxPage, InboxQuery, WorkflowFilter};
use http::{HeaderMap, StatusCode};
use mesh::ApiVersion;
use mesh::api::{InboxV1, InboxV2};

use super::links::PageLinks;
use crate::answer;
use crate::error::Failure;
use crate::session::Session;
use crate::validation::Query;
use crate::waits::{self, Wait};

const DEFAULT_RESULTS: usize = 500;

pub(super) async fn list(
    session: Session,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let mut query = Query::read(query.as_deref());
    let max_results = query.number("max_results", 10, 5000, DEFAULT_RESULTS);
    let continue_from = query.text("continue_from", 24, 1000);
    let filter = query.text("workflow_filter", 2, 255);
    query.finish()?;

    let workflow_filter = WorkflowFilter::parse(filter.as_deref().unwrap_or_default())?;
    let mailbox = session.caller.mailbox().id.clone();
    let wanted = InboxQuery {
        max_results,
        continue_from,
        workflow_filter,
    };
    let wait = session.waits.wanted(&headers, &mailbox);
    drop(headers);
    let longest = wait.as_ref().map(Wait::longest).unwrap_or_default();
    let found = session
        .exchange
        .inbox_within(&session.caller, &wanted, longest)
        .await;
    let answer = found.map(|page| listed(&session, max_results, filter.as_deref(), page));
    Ok(waits::told(wait, answer.map_err(Failure::from)))
}

fn listed(
    session: &Session,
    max_results: usize,
    filter: Option<&str>,
    page: InboxPage,
) -> Response {
    let media_type = session.version.media_type();
    match session.version {
        ApiVersion::V1 => answer::json(StatusCode::OK, media_type, &InboxV1 { messages: page.ids }),
        ApiVersion::V2 => {
            let mut links = PageLinks::new(&session.caller.mailbox().id, "inbox");
            if max_results != DEFAULT_RESULTS {
                links.field("max_results", &max_results.to_string());
            }
            links.field_if("workflow_filter", filter);
            let body = InboxV2 {
                messages: page.ids,
                links: links.finish(page.next.as_deref()),
                approx_inbox_count: Some(page.count),
            };
            answer::json(StatusCode::OK, media_type, &body)
        }
    }
}
