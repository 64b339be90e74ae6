//! The middleware before every page: a session, a role that may, and for a form the session's token.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, MatchedPath, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;

use crate::access::{Access, Actor, FORM_TOKEN, SessionKey, same};
use crate::origin::{Asked, asked_from};
use crate::security_log::Event;
use crate::site::{MountedSite, with_status};
use crate::source::Source;
use crate::view::{Session, View};
use crate::{Problem, Role};

/// Bytes within which the first field of a form with files must end.
const FIRST_FIELD: usize = 4 * 1024;
/// Set by our own script on what it asks for by itself.
const LIVE: &str = "x-live";

/// What a route needs of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs<P> {
    /// To be signed in with any role of the site.
    SignedIn,
    /// A role that may do this.
    May(P),
}

/// What a route asks of a request.
#[derive(Clone, Copy)]
pub(crate) struct RouteRules<P> {
    pub(crate) needs: Needs<P>,
    /// Bytes a form may have.
    pub(crate) limit: usize,
    /// As what a request is noted in the security log.
    pub(crate) noted: Option<&'static str>,
    /// Whether it is open to who has yet to choose a password of their own.
    pub(crate) before_choice: bool,
}

impl<P> RouteRules<P> {
    pub(crate) fn of(needs: P, limit: usize) -> Self {
        Self {
            needs: Needs::May(needs),
            limit,
            noted: None,
            before_choice: false,
        }
    }

    pub(crate) fn signed_in(limit: usize) -> Self {
        Self {
            needs: Needs::SignedIn,
            limit,
            noted: None,
            before_choice: false,
        }
    }

    pub(crate) fn before_choice(self) -> Self {
        Self {
            before_choice: true,
            ..self
        }
    }

    pub(crate) fn noted(self, noted: &'static str) -> Self {
        Self {
            noted: Some(noted),
            ..self
        }
    }
}

/// Lets a request through to its page, or says why not.
pub(crate) async fn require<R: Role>(
    rules: RouteRules<R::Permission>,
    request: Request,
    next: Next,
) -> Response {
    let Some(mounted) = request.extensions().get::<Arc<MountedSite<R>>>().cloned() else {
        return Problem::internal().into_response();
    };
    let live = request.headers().contains_key(LIVE);
    let background = live || request.uri().path().ends_with("/events");
    let signed = match mounted.access.session(request.headers(), background).await {
        Ok(Some(signed)) => signed,
        Ok(None) => return to_sign_in(&request, &mounted.base, background),
        Err(error) => {
            tracing::error!(%error, "a session could not be looked up");
            return Problem::internal().into_response();
        }
    };
    let source = request.extensions().get::<Source>().copied();
    let source = source.unwrap_or_default();
    let witness = Witness {
        access: mounted.access.clone(),
        actor: Actor::new(&signed.identity.name, source, signed.key.mark()),
        key: signed.key,
        source,
        address: address(&mounted.base, &request),
    };
    let Some(role) = R::parse(&signed.identity.role) else {
        witness.refused("role refused").await;
        return Problem::forbidden().into_response();
    };
    let session = Session::new(signed, role);
    if session.must_change_password() && !rules.before_choice {
        return to_choice(&request, &mounted.link("/account/password"), background);
    }
    let path = request.uri().path().to_owned();
    let view = View::new(mounted, (session, witness.source), path, live);
    let response = match rules.needs {
        Needs::May(needs) if !role.may(needs) => {
            witness.refused("role refused").await;
            Problem::forbidden().into_response()
        }
        Needs::May(_) | Needs::SignedIn => match checked(request, rules.limit, &view).await {
            Ok(request) => {
                let response = next.run(request).await;
                witness.looked(rules.noted, live, response).await
            }
            Err(problem) => {
                if problem.status == StatusCode::FORBIDDEN {
                    witness.refused("foreign form").await;
                }
                problem.into_response()
            }
        },
    };
    draw(response, &view)
}

/// An address of the site that leads nowhere: told within the site to whoever is signed in.
pub(crate) async fn nothing_here<R: Role>(request: Request) -> Response {
    let nothing = Problem::not_found().into_response();
    let Some(mounted) = request.extensions().get::<Arc<MountedSite<R>>>().cloned() else {
        return nothing;
    };
    let Ok(Some(signed)) = mounted.access.session(request.headers(), true).await else {
        return nothing;
    };
    let Some(role) = R::parse(&signed.identity.role) else {
        return nothing;
    };
    let session = Session::new(signed, role);
    if session.must_change_password() {
        return nothing;
    }
    let source = request.extensions().get::<Source>().copied();
    let path = request.uri().path().to_owned();
    let view = View::new(mounted, (session, source.unwrap_or_default()), path, false);
    draw(nothing, &view)
}

/// Who asks for what, from where: what the security log says of a request.
struct Witness {
    access: Access,
    actor: Actor,
    key: SessionKey,
    source: Source,
    address: String,
}

impl Witness {
    fn event(&self, action: &'static str, outcome: &'static str) -> Event {
        self.actor.event(action, self.address.as_str(), outcome)
    }

    async fn refused(&self, action: &'static str) {
        let event = self.event(action, "refused");
        self.access.note_refusal(event).await;
    }

    /// Notes a look before its answer leaves; what cannot be noted is not shown. A page that renews
    /// itself was noted when it was opened.
    async fn looked(
        &self,
        noted: Option<&'static str>,
        renewal: bool,
        response: Response,
    ) -> Response {
        let Some(action) = noted else {
            return response;
        };
        let outcome = outcome(response.status());
        if outcome == "ok" && self.access.has_looked(&self.key, &self.address) && renewal {
            return response;
        }
        match self.access.note(self.event(action, outcome)).await {
            Ok(()) => response,
            Err(error) => {
                tracing::error!(%error, "a look could not be noted and was refused");
                Problem::internal().into_response()
            }
        }
    }
}

fn outcome(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "not found",
        status if status.is_success() || status.is_redirection() => "ok",
        status if status.is_client_error() => "refused",
        _ => "failed",
    }
}

/// The address within the service where it is made of ids, the route otherwise: whatever else somebody
/// wrote into it does not reach the log.
fn address(base: &str, request: &Request) -> String {
    let path = request.uri().path();
    let is_id = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
    let route = || request.extensions().get::<MatchedPath>();
    if path.len() <= 200 && path.chars().all(is_id) {
        format!("{base}{path}")
    } else {
        route().map_or_else(String::new, |route| route.as_str().to_owned())
    }
}

/// A page goes to the sign-in and comes back, without what followed `?` in its address; a form and a
/// script are told.
fn to_sign_in(request: &Request, base: &str, background: bool) -> Response {
    if request.method() != Method::GET || background {
        return Problem::signed_out().into_response();
    }
    let asked = format!("{base}{}", request.uri().path());
    let next: String = form_urlencoded::byte_serialize(asked.as_bytes()).collect();
    Redirect::to(&format!("/sign-in?next={next}")).into_response()
}

/// Who has yet to choose a password of their own is led there; a form and a script are told.
fn to_choice(request: &Request, page: &str, background: bool) -> Response {
    if request.method() != Method::GET || background {
        return Problem::password_first().into_response();
    }
    Redirect::to(page).into_response()
}

/// The request with its view; a form only when it is this session's own.
async fn checked<R: Role>(
    mut request: Request,
    limit: usize,
    view: &View<R>,
) -> Result<Request, Problem> {
    request.extensions_mut().insert(view.clone());
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request);
    }
    if asked_from(request.headers()) == Asked::Elsewhere {
        return Err(Problem::not_from_here());
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, limit)
        .await
        .map_err(|_| Problem::too_large())?;
    let token = form_token(&parts.headers, &body)
        .await
        .ok_or_else(Problem::not_from_here)?;
    if !same(&token, view.form_token()) {
        return Err(Problem::not_from_here());
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// The token of a form: a field of a plain one, the first field of one with files.
pub(crate) async fn form_token(headers: &HeaderMap, body: &Bytes) -> Option<String> {
    let media_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    if media_type.starts_with("application/x-www-form-urlencoded") {
        return form_urlencoded::parse(body)
            .find(|(name, _)| name == FORM_TOKEN)
            .map(|(_, token)| token.into_owned());
    }
    let beginning = body.slice(..body.len().min(FIRST_FIELD));
    let request = Request::builder()
        .header(CONTENT_TYPE, media_type)
        .body(Body::from(beginning))
        .ok()?;
    let mut form = Multipart::from_request(request, &()).await.ok()?;
    let first = form.next_field().await.ok()??;
    if first.name() != Some(FORM_TOKEN) {
        return None;
    }
    first.text().await.ok()
}

/// The page of a problem, within the site.
fn draw<R: Role>(mut response: Response, view: &View<R>) -> Response {
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => {
            let page = view.problem(&problem);
            with_status(problem.status, page.into_response())
        }
        None => response,
    }
}
