//! The addresses of the sign-in by an OpenID Connect provider: the way there, the way back, and where it says
//! that somebody has left.

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openid_connect::{Binding, Returned};
use serde::Deserialize;

use crate::Problem;
use crate::access::{self, Access, Vouching};
use crate::components::Errors;
use crate::sign_in_page::{add_cookie, is_signed_in, local, page, refuse, welcome};
use crate::source::Source;

/// The cookie that ties a sign-in to the browser, and says where it leads.
const COOKIE: &str = "openid";
/// How long somebody may take at the provider, in seconds.
const LIFE: u32 = 600;

pub(crate) fn router(access: Access) -> Router {
    Router::new()
        .route("/sign-in/provider", get(begin))
        .route("/sign-in/callback", get(finish))
        .route("/sign-in/back-channel-logout", post(log_out))
        .with_state(access)
}

#[derive(Deserialize)]
struct Beginning {
    next: Option<String>,
}

/// Sends the browser to the provider.
async fn begin(
    State(access): State<Access>,
    Extension(source): Extension<Source>,
    Query(beginning): Query<Beginning>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let openid = access.openid().ok_or_else(Problem::not_found)?;
    let next = local(beginning.next.as_deref());
    if is_signed_in(&access, &headers).await? {
        return Ok(Redirect::to(next).into_response());
    }
    let Some((binding, url)) = access.begin_by_provider(openid, source).await else {
        return Ok(unavailable(&access, &headers, next));
    };
    let value = format!("{}.{}", binding.cookie(), URL_SAFE_NO_PAD.encode(next));
    let cookie = format!("{}; Max-Age={LIFE}", access.set_cookie(COOKIE, &value));
    let mut response = Redirect::to(&url).into_response();
    add_cookie(&mut response, &cookie);
    Ok(response)
}

/// Takes the browser back from the provider.
async fn finish(
    State(access): State<Access>,
    Extension(source): Extension<Source>,
    Query(returned): Query<Returned>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let openid = access.openid().ok_or_else(Problem::not_found)?;
    let cookie = access::cookie(&headers, &access.named(COOKIE)).and_then(begun);
    let (binding, next) = match cookie {
        Some((binding, next)) => (Some(binding), next),
        None => (None, "/".to_owned()),
    };
    let next = local(Some(&next));
    let vouching = access
        .finish_by_provider(openid, binding, &returned, source)
        .await
        .map_err(|error| refuse(&error))?;
    let mut response = match vouching {
        Vouching::Welcome(session) => welcome(&access, &session, next),
        Vouching::Unavailable => unavailable(&access, &headers, next),
        Vouching::Refused(words) => {
            let mut errors = Errors::new();
            errors.add("", words);
            page(&access, &headers, StatusCode::FORBIDDEN, "", next, &errors)
        }
    };
    add_cookie(&mut response, &access.clear_cookie(COOKIE));
    Ok(response)
}

/// What the cookie says: what ties the sign-in to the browser, and where it leads.
fn begun(cookie: &str) -> Option<(Binding, String)> {
    let (binding, next) = cookie.split_once('.')?;
    let next = String::from_utf8(URL_SAFE_NO_PAD.decode(next).ok()?).ok()?;
    Some((Binding::parse(binding)?, next))
}

fn unavailable(access: &Access, headers: &HeaderMap, next: &str) -> Response {
    let mut errors = Errors::new();
    let words = "The provider does not answer. Sign in with a password if you have one, or try again in a moment";
    errors.add("", words);
    let status = StatusCode::SERVICE_UNAVAILABLE;
    page(access, headers, status, "", next, &errors)
}

#[derive(Deserialize)]
struct Logout {
    logout_token: String,
}

/// Ends the sessions of whom the provider has signed out (OpenID Connect Back-Channel Logout 1.0). The provider
/// itself asks: what proves that is its signature.
async fn log_out(
    State(access): State<Access>,
    Extension(source): Extension<Source>,
    Form(logout): Form<Logout>,
) -> Result<StatusCode, Problem> {
    let openid = access.openid().ok_or_else(Problem::not_found)?;
    let good = access.end_by_provider(openid, &logout.logout_token, source);
    Ok(match good.await {
        true => StatusCode::OK,
        false => StatusCode::BAD_REQUEST,
    })
}
