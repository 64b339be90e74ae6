//! The routes, a file for each resource. Each handler reads, calls the exchange and renders.

mod acknowledge;
mod admin;
mod chunk;
mod count;
mod handshake;
mod health;
mod inbox;
mod links;
mod lookup;
mod message;
mod openapi;
mod outbox;
mod rich;
mod time;
mod tracking;
mod update;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post, put};
use exchange::Exchange;
use http::header::{ALLOW, LOCATION};
use http::{HeaderValue, StatusCode};

use crate::api::Api;
use crate::error::Failure;
use crate::observe::observe;
use crate::options::Options;
use crate::session::{authenticate, without_token};
use crate::watching::{RequestWatcher, Watching, watch};

/// The two routers of one exchange; they share what is counted.
pub struct Routers {
    /// The MESH API. Any listener can serve it, but only [`https_listener::Server`] tells it who a TLS client is.
    pub api: Router,
    /// `GET /health` and `GET /metrics`, for a listener that strangers do not reach.
    pub operations: Router,
}

/// The MESH API over an open exchange, and what its operations listener answers.
pub fn routers(exchange: Exchange, options: Options) -> Routers {
    let api = Api::new(exchange, options);
    Routers {
        operations: crate::operations::router(api.clone()),
        api: of(api),
    }
}

/// Only the MESH API over an open exchange; see [`routers`].
pub fn router(exchange: Exchange, options: Options) -> Router {
    of(Api::new(exchange, options))
}

/// The same, with somebody who is shown every request and its answer.
pub fn watched_router(
    exchange: Exchange,
    options: Options,
    watcher: Arc<dyn RequestWatcher>,
) -> Router {
    let watching = Watching::new(exchange.clone(), watcher);
    router(exchange, options).layer(from_fn_with_state(watching, watch))
}

fn of(api: Api) -> Router {
    let open = from_fn_with_state(api.clone(), without_token);
    let mut routes = mailbox_routes()
        .route_layer(from_fn_with_state(api.clone(), authenticate))
        .merge(open_routes().route_layer(open.clone()));
    if api.options.sandbox {
        routes = routes.merge(admin::routes());
    }
    routes
        .fallback(unknown_path.layer(open))
        .method_not_allowed_fallback(async || Failure::Unrouted(StatusCode::METHOD_NOT_ALLOWED))
        .layer(from_fn_with_state(api.clone(), observe))
        .with_state(api)
}

fn mailbox_routes() -> Router<Api> {
    let root = "/messageexchange/{mailbox_id}";
    let under = |rest: &str| format!("{root}{rest}");
    Router::new()
        .route(
            root,
            only_get(handshake::validate).post(handshake::validate),
        )
        .route(&under("/inbox"), only_get(inbox::list))
        .route(&under("/inbox/rich"), only_get(rich::inbox))
        .route(
            &under("/inbox/{message_id}"),
            get(message::download).head(message::head),
        )
        .route(
            &under("/inbox/{message_id}/{chunk_number}"),
            only_get(chunk::download),
        )
        .route(
            &under("/inbox/{message_id}/status/acknowledged"),
            put(acknowledge::acknowledge),
        )
        .route(&under("/count"), only_get(count::count))
        .route(&under("/outbox"), post(outbox::send))
        .route(&under("/outbox/rich"), only_get(rich::outbox))
        .route(
            &under("/outbox/tracking"),
            only_get(tracking::by_message_id),
        )
        .route(
            &under("/outbox/tracking/{local_id}"),
            only_get(tracking::by_local_id),
        )
        .route(
            &under("/outbox/{message_id}/{chunk_number}"),
            post(chunk::send),
        )
        .route(&under("/update"), post(update::update))
}

fn open_routes() -> Router<Api> {
    let endpoint = "/messageexchange/endpointlookup/{ods_code}/{workflow_id}";
    let mut routes = Router::new()
        .route(endpoint, only_get(lookup::endpoint))
        .route(
            "/messageexchange/workflowsearch/{workflow_id}",
            only_get(lookup::workflow),
        )
        .route("/messageexchange/openapi.json", only_get(openapi::describe));
    for path in health::PATHS {
        routes = routes.route(path, get(health::health));
    }
    routes
}

/// GET without the HEAD that usually comes with it: the peers refuse it (405).
fn only_get<H, T>(handler: H) -> MethodRouter<Api>
where
    H: Handler<T, Api>,
    T: 'static,
{
    get(handler).head(async || {
        let mut refusal = Failure::Unrouted(StatusCode::METHOD_NOT_ALLOWED).into_response();
        refusal
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("GET"));
        refusal
    })
}

/// 404, or 307 from a path of the API with a slash too many to the one without.
async fn unknown_path(request: Request) -> Response {
    let path = request.uri().path();
    match path.strip_suffix('/') {
        Some(shorter) if shorter.starts_with("/messageexchange/") => {
            let query = request
                .uri()
                .query()
                .map(|query| format!("?{query}"))
                .unwrap_or_default();
            match HeaderValue::from_str(&format!("{shorter}{query}")) {
                Ok(location) => {
                    (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response()
                }
                Err(_) => Failure::Unrouted(StatusCode::NOT_FOUND).into_response(),
            }
        }
        _ => Failure::Unrouted(StatusCode::NOT_FOUND).into_response(),
    }
}
