//! `/sign-in` and `/sign-out`: the only pages for somebody who is not signed in.

use axum::Extension;
use axum::extract::{Form, Query, Request, State};
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maud::{Markup, html};
use secrecy::SecretString;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::access::{self, Access, Attempt, Presented, Try};
use crate::components::{Errors, Field, button, button_link, error_summary};
use crate::origin::{Asked, asked_from};
use crate::security_log::Event;
use crate::source::Source;
use crate::{Problem, frame};

const TITLE: &str = "Sign in";
const FORM: &str = "form";
const DEVICE: &str = "device";

pub(crate) fn router(access: Access) -> Router {
    Router::new()
        .route("/sign-in", get(ask).post(try_to_sign_in))
        .route("/sign-out", post(sign_out))
        .route_layer(middleware::from_fn_with_state(access.clone(), from_here))
        .with_state(access)
}

/// No other site may sign anybody in or out.
async fn from_here(
    State(access): State<Access>,
    Extension(source): Extension<Source>,
    request: Request,
    next: middleware::Next,
) -> Response {
    let is_form = request.method() == axum::http::Method::POST;
    if is_form && asked_from(request.headers()) == Asked::Elsewhere {
        let address = request.uri().path();
        return not_from_here(&access, source, address)
            .await
            .into_response();
    }
    next.run(request).await
}

#[derive(Deserialize)]
struct Asking {
    /// The page to go to afterwards.
    next: Option<String>,
    /// The secret of a one-time link.
    link: Option<String>,
}

async fn ask(
    State(access): State<Access>,
    Extension(source): Extension<Source>,
    Query(asking): Query<Asking>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let next = local(asking.next.as_deref());
    if let Some(secret) = asking.link.as_deref() {
        let session = access.follow_link(secret, source).await;
        if let Some(session) = session.map_err(|error| refuse(&error))? {
            return Ok(welcome(&access, &session, next));
        }
    }
    if is_signed_in(&access, &headers).await? {
        return Ok(Redirect::to(next).into_response());
    }
    let mut errors = Errors::new();
    if asking.link.is_some() {
        errors.add("", "The link was used already or is too old");
    }
    Ok(page(&access, &headers, StatusCode::OK, "", next, &errors))
}

pub(crate) async fn is_signed_in(access: &Access, headers: &HeaderMap) -> Result<bool, Problem> {
    match access.session(headers, false).await {
        Ok(session) => Ok(session.is_some()),
        Err(error) => Err(refuse(&error)),
    }
}

#[derive(Deserialize)]
struct SignInForm {
    token: String,
    name: String,
    password: String,
    next: Option<String>,
}

async fn try_to_sign_in(
    State(access): State<Access>,
    Extension(source): Extension<Source>,
    headers: HeaderMap,
    Form(form): Form<SignInForm>,
) -> Result<Response, Problem> {
    let expected = access::cookie(&headers, &access.named(FORM)).map(form_token);
    if !expected.is_some_and(|expected| access::same(&expected, &form.token)) {
        return Err(not_from_here(&access, source, "/sign-in").await);
    }
    let name = form.name.trim().to_lowercase();
    let presented = Presented {
        name: name.chars().take(64).collect(),
        password: SecretString::from(form.password),
    };
    let next = local(form.next.as_deref());
    let device = access::cookie(&headers, &access.named(DEVICE)).map(str::to_owned);
    let tried = Try {
        presented,
        source,
        device,
    };
    let attempt = access
        .attempt(tried)
        .await
        .map_err(|error| refuse(&error))?;
    let again = |status, words: &str| {
        let mut errors = Errors::new();
        errors.add("name", words);
        page(&access, &headers, status, &name, next, &errors)
    };
    Ok(match attempt {
        Attempt::Welcome { session, device } => {
            let mut response = welcome(&access, &session, next);
            if let Some(device) = device {
                add_cookie(&mut response, &access.set_device(DEVICE, &device));
            }
            response
        }
        Attempt::Refused => again(StatusCode::FORBIDDEN, "The name or the password is wrong"),
        Attempt::Wait(seconds) => {
            let words = format!("Too many wrong tries. Try again in {}", spoken(seconds));
            later(again(StatusCode::TOO_MANY_REQUESTS, &words), seconds)
        }
        Attempt::Busy => {
            let words = "Too many people try to sign in at this moment. Try again";
            later(again(StatusCode::SERVICE_UNAVAILABLE, words), 1)
        }
    })
}

/// A wait in words.
pub(crate) fn spoken(seconds: i64) -> String {
    match (seconds, (seconds + 59) / 60) {
        (..=10, _) => "a few seconds".to_owned(),
        (_, 1) => "1 minute".to_owned(),
        (_, minutes) => format!("{minutes} minutes"),
    }
}

/// An answer with the seconds after which to try again.
fn later(mut response: Response, seconds: i64) -> Response {
    let seconds = HeaderValue::from(seconds);
    response.headers_mut().insert(RETRY_AFTER, seconds);
    response
}

#[derive(Deserialize)]
struct SignOutForm {
    token: String,
}

async fn sign_out(
    State(access): State<Access>,
    Extension(source): Extension<Source>,
    headers: HeaderMap,
    Form(form): Form<SignOutForm>,
) -> Result<Response, Problem> {
    let session = access
        .session(&headers, false)
        .await
        .map_err(|error| refuse(&error))?;
    if let Some(session) = session {
        let noted = |action, outcome| Event {
            who: session.identity.name.clone(),
            from: source.to_string(),
            action,
            subject: "/sign-out".to_owned(),
            outcome,
            session: session.key.mark(),
        };
        if !access::same(&session.form_token, &form.token) {
            access.note_refusal(noted("foreign form", "refused")).await;
            return Err(Problem::not_from_here());
        }
        access.sign_out(&headers);
        access.note_refusal(noted("sign-out", "ok")).await;
    }
    let mut response = Redirect::to("/sign-in").into_response();
    add_cookie(&mut response, &access.clear_cookie("session"));
    Ok(response)
}

/// A form without its token, from somebody who is not signed in; noted.
async fn not_from_here(access: &Access, source: Source, address: &str) -> Problem {
    let event = Event {
        from: source.to_string(),
        action: "foreign form",
        subject: address.to_owned(),
        outcome: "refused",
        ..Event::default()
    };
    access.note_stranger(event).await;
    Problem::not_from_here()
}

pub(crate) fn welcome(access: &Access, session: &str, next: &str) -> Response {
    let mut response = Redirect::to(next).into_response();
    add_cookie(&mut response, &access.set_cookie("session", session));
    response
}

/// A path of this address to go to, without a query; anything else becomes the first page.
pub(crate) fn local(next: Option<&str>) -> &str {
    let is_local = |next: &&str| {
        next.starts_with('/')
            && !next.starts_with("//")
            && !next.contains('\\')
            && !next.chars().any(char::is_control)
    };
    let next = next.filter(is_local).unwrap_or("/");
    next.split(['?', '#']).next().unwrap_or(next)
}

/// The form's token, from the secret in its cookie.
fn form_token(secret: &str) -> String {
    let digest = Sha256::digest(format!("sign-in form {secret}"));
    URL_SAFE_NO_PAD.encode(digest)
}

pub(crate) fn page(
    access: &Access,
    headers: &HeaderMap,
    status: StatusCode,
    name: &str,
    next: &str,
    errors: &Errors,
) -> Response {
    let known = access::cookie(headers, &access.named(FORM)).map(str::to_owned);
    let secret = known.clone().unwrap_or_else(|| access.secret());
    let service = &access.options().service;
    let provider = access
        .openid()
        .map(|openid| by_provider(openid.name(), next));
    let password = form(&form_token(&secret), name, next, errors);
    let content = html! {
        @if !errors.is_empty() { (error_summary(errors)) }
        h1.nhsuk-heading-l { (TITLE) }
        p { "To " (service) "." }
        @if let Some(provider) = provider {
            (provider)
            h2.nhsuk-heading-m { "With a password" }
        }
        (password)
    };
    let failed = !errors.is_empty();
    let page = frame::bare(service, TITLE, failed, content);
    let mut response = (status, page).into_response();
    if known.is_none() {
        add_cookie(&mut response, &access.set_cookie(FORM, &secret));
    }
    response
}

/// The way to the provider.
fn by_provider(name: &str, next: &str) -> Markup {
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let address = format!("/sign-in/provider?next={next}");
    html! { p { (button_link(&format!("Sign in with {name}"), &address)) } }
}

fn form(token: &str, name: &str, next: &str, errors: &Errors) -> Markup {
    html! {
        form method="post" action="/sign-in" novalidate {
            input type="hidden" name="token" value=(token);
            input type="hidden" name="next" value=(next);
            (Field::new("name", "User name")
                .value(name)
                .errors(errors)
                .autocomplete("username")
                .width(20)
                .input("text"))
            (Field::new("password", "Password")
                .autocomplete("current-password")
                .width(20)
                .input("password"))
            (button("Sign in"))
        }
    }
}

pub(crate) fn add_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

pub(crate) fn refuse(error: &crate::PagesError) -> Problem {
    tracing::error!(%error, "the users' records cannot be used");
    Problem::internal()
}
