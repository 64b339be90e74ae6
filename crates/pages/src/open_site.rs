//! A site without a sign-in: for test data, on the machine of whoever looks. In place of sessions it has what keeps other
//! sites' pages out: the names by which it may be asked for, what browsers say of where a request comes from, and a
//! token made at each start without which nothing is changed.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::{HeaderMap, Method};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::Stream;
use futures_util::stream::unfold;
use maud::{Markup, html};
use nhs::Randomness;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access::{FORM_TOKEN, same};
use crate::auth::form_token;
use crate::host_names::HostNames;
use crate::origin::{Asked, asked_from};
use crate::site::with_status;
use crate::{Live, Problem, accessibility, assets, frame, headers};

/// The header in which programs bring the token.
pub const TOKEN_HEADER: &str = "x-restante-token";
/// Pages that renew themselves at once.
const OPEN_PAGES: usize = 64;
/// After an event, how long what changes is gathered for the next.
const REST: Duration = Duration::from_secs(1);
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// A site without a sign-in. Cheap to clone.
#[derive(Clone)]
pub struct OpenSite {
    inner: Arc<Inner>,
}

struct Inner {
    token: String,
    hosts: HostNames,
    live: Live,
    places: Arc<Semaphore>,
    /// Bytes that a request may bring.
    limit: usize,
}

impl OpenSite {
    /// A site that is asked for by these names, whose pages are told of changes by `live`, and to which a request
    /// may bring `limit` bytes.
    pub fn new(hosts: HostNames, live: Live, limit: usize, randomness: &dyn Randomness) -> Self {
        let token = format!(
            "{}{}",
            nhs::uuid_v4(randomness).simple(),
            nhs::uuid_v4(randomness).simple()
        );
        let inner = Inner {
            token,
            hosts,
            live,
            places: Arc::new(Semaphore::new(OPEN_PAGES)),
            limit,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// What a request must bring that changes something: in the header [`TOKEN_HEADER`], or in a form's field.
    pub fn token(&self) -> &str {
        &self.inner.token
    }

    /// The hidden field every form has, the first of one with files.
    pub fn token_field(&self) -> Markup {
        html! { input type="hidden" name=(FORM_TOKEN) value=(self.token()); }
    }

    /// A form of one button or of fields.
    pub fn form(&self, address: &str, content: Markup) -> Markup {
        html! {
            form method="post" action=(address) autocomplete="off" novalidate {
                (self.token_field())
                (content)
            }
        }
    }

    /// A form with files.
    pub fn upload_form(&self, address: &str, content: Markup) -> Markup {
        html! {
            form method="post" action=(address) enctype="multipart/form-data" autocomplete="off" novalidate {
                (self.token_field())
                (content)
            }
        }
    }

    /// Where pages are told of changes, and the version they show.
    pub fn events(&self) -> (String, u64) {
        ("/events".to_owned(), self.inner.live.version())
    }

    /// Tells open pages of changes.
    pub fn live(&self) -> &Live {
        &self.inner.live
    }

    /// The whole site: its routes, style sheets and `/events`, behind what keeps other sites out. Problems are pages,
    /// and under `/api/` JSON as RFC 9457 has it.
    pub fn listener(&self, routes: Router) -> Router {
        let events = Router::new()
            .route("/events", get(events))
            .with_state(self.clone());
        routes
            .merge(events)
            .merge(assets::router())
            .merge(accessibility::router())
            .fallback(async || Problem::not_found())
            .method_not_allowed_fallback(async || Problem::other_method())
            .layer(middleware::from_fn_with_state(self.clone(), guard))
            .layer(middleware::from_fn(draw_problems))
            .layer(middleware::from_fn_with_state(false, headers::protect))
    }
}

/// Lets a request through that this site's own pages or a program on this machine made.
async fn guard(State(site): State<OpenSite>, request: Request, next: Next) -> Response {
    match checked(&site, request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn checked(site: &OpenSite, request: Request) -> Result<Request, Problem> {
    if !site.inner.hosts.admit(host(&request)) {
        return Err(Problem::another_name());
    }
    if asked_from(request.headers()) == Asked::Elsewhere && !is_followed_link(&request) {
        return Err(Problem::not_from_here());
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, site.inner.limit)
        .await
        .map_err(|_| Problem::too_large())?;
    let token = match parts.headers.get(TOKEN_HEADER) {
        Some(token) => token.to_str().ok().map(str::to_owned),
        None => form_token(&parts.headers, &body).await,
    };
    if !token.is_some_and(|token| same(&token, site.token())) {
        return Err(Problem::without_token());
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// The name by which the site was asked for.
fn host(request: &Request) -> Option<&str> {
    let named = request.headers().get(HOST);
    match named {
        Some(name) => name.to_str().ok(),
        None => request.uri().authority().map(|name| name.as_str()),
    }
}

/// Somebody followed a link of another site, which sees nothing of what is shown.
fn is_followed_link(request: &Request) -> bool {
    let says = |name: &str, value: &str| request.headers().get(name).is_some_and(|it| it == value);
    request.method() == Method::GET
        && says("sec-fetch-mode", "navigate")
        && says("sec-fetch-dest", "document")
}

async fn draw_problems(request: Request, next: Next) -> Response {
    let wants_json = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    let mut drawn = if wants_json {
        let json = serde_json::json!({
            "status": problem.status.as_u16(),
            "title": problem.title,
            "detail": problem.words,
        });
        let media_type = [("content-type", "application/problem+json")];
        (media_type, Json(json)).into_response()
    } else {
        frame::bare_problem(&problem).into_response()
    };
    copy(response.headers(), drawn.headers_mut());
    with_status(problem.status, drawn)
}

fn copy(from: &HeaderMap, into: &mut HeaderMap) {
    for (name, value) in from {
        if *name != "content-length" && *name != "content-type" {
            into.insert(name, value.clone());
        }
    }
}

/// Tells an open page each new version of what the site shows, once a second at most.
async fn events(
    State(site): State<OpenSite>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let places = Arc::clone(&site.inner.places);
    let place = places
        .try_acquire_owned()
        .map_err(|_| Problem::too_many_pages())?;
    let watch = Watch {
        live: site.inner.live.clone(),
        seen: 0,
        _place: place,
    };
    let stream = unfold(watch, async |mut watch| {
        if watch.seen > 0 && !watch.live.rest(REST).await {
            return None;
        }
        watch.seen = watch.live.next(watch.seen).await?;
        let event = Event::default().data(watch.seen.to_string());
        Some((Ok(event), watch))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

struct Watch {
    live: Live,
    seen: u64,
    _place: OwnedSemaphorePermit,
}
