//! A stand-in for PDS FHIR (R4), served from the registry: what a PDS client needs to be tested
//! offline, ours and other people's.
//!
//! `GET /personal-demographics/FHIR/R4/Patient/{number}`, search by family name and date of birth
//! on `…/Patient`, and the token endpoint `POST /oauth2/token`. Checks come in the order of the
//! official mock: `X-Request-ID`, token, number, existence. Records are what an
//! application-restricted client would see: no practice for restricted patients, no name and no
//! date of birth either for very restricted ones.

mod access;
mod issue;
mod patient;
mod search;
mod tokens;

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use nhs::{Clock, NhsNumber, Randomness, SystemClock, SystemRandomness};

use crate::{PdsError, Registry};
use access::Gate;
use issue::Issue;

pub use access::{Access, ApplicationKey};

const BASE: &str = "/personal-demographics/FHIR/R4";
const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json");

/// How the stand-in is run.
pub struct Options {
    /// Who may ask.
    pub access: Access,
    /// The address of the token endpoint as clients write it: the audience of their assertions.
    pub token_url: String,
    /// Time, for tokens.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for tokens.
    pub randomness: Arc<dyn Randomness>,
}

impl Options {
    /// Anybody may ask, as on PDS's sandbox; any assertion buys a token.
    pub fn open() -> Self {
        Self {
            access: Access::Open,
            token_url: String::new(),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
        }
    }
}

struct StandIn {
    registry: Registry,
    gate: Gate,
}

/// The routes of the stand-in.
pub fn router(registry: Registry, options: Options) -> Router {
    let stand_in = StandIn {
        registry,
        gate: Gate::new(options),
    };
    Router::new()
        .route(
            &format!("{BASE}/Patient/{{number}}"),
            get(retrieve).fallback(unsupported),
        )
        .route(&format!("{BASE}/Patient"), get(find).fallback(unsupported))
        .route("/oauth2/token", post(token))
        .fallback(unsupported)
        .with_state(Arc::new(stand_in))
}

async fn retrieve(
    State(stand_in): State<Arc<StandIn>>,
    Path(number): Path<String>,
    headers: HeaderMap,
) -> Response {
    answer(&headers, stand_in.retrieve(&number, &headers))
}

async fn find(
    State(stand_in): State<Arc<StandIn>>,
    Query(parameters): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    answer(&headers, stand_in.find(&parameters, &headers))
}

async fn token(
    State(stand_in): State<Arc<StandIn>>,
    Form(form): Form<tokens::Request>,
) -> Response {
    stand_in.gate.issue(&form)
}

async fn unsupported(_: Method, headers: HeaderMap) -> Response {
    answer(&headers, Err(Issue::unsupported_service()))
}

impl StandIn {
    fn retrieve(&self, number: &str, headers: &HeaderMap) -> Result<Response, Issue> {
        access::check_request_id(headers)?;
        self.gate.check_token(headers)?;
        let plain = number.len() == 10;
        let Some(number) = NhsNumber::parse(number).ok().filter(|_| plain) else {
            return Err(Issue::invalid_resource_id());
        };
        let found = self
            .registry
            .details(number)
            .map_err(|error| unavailable(&error))?;
        let (number, details) = found.ok_or_else(Issue::not_found)?;
        if details.sensitivity == "REDACTED" {
            return Err(Issue::invalidated());
        }
        let body = patient::resource(number, &details);
        Ok((
            StatusCode::OK,
            [(header::ETAG, patient::ETAG)],
            body.to_string(),
        )
            .into_response())
    }

    fn find(
        &self,
        parameters: &[(String, String)],
        headers: &HeaderMap,
    ) -> Result<Response, Issue> {
        access::check_request_id(headers)?;
        self.gate.check_token(headers)?;
        let wanted = search::Wanted::read(parameters, self.gate.is_restricted())?;
        let body = search::run(&self.registry, &wanted, self.gate.now())
            .map_err(|error| unavailable(&error))?;
        Ok((StatusCode::OK, body.to_string()).into_response())
    }
}

/// An error of the registry is a fault of the service, not an answer about the patient.
fn unavailable(error: &PdsError) -> Issue {
    tracing::error!(code = error.code(), %error, "the stand-in cannot answer");
    Issue::service_unavailable()
}

/// Puts on the headers that every answer carries: the media type, and both ids mirrored.
fn answer(headers: &HeaderMap, result: Result<Response, Issue>) -> Response {
    let mut response = result.unwrap_or_else(Issue::into_response);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, FHIR_JSON);
    for name in ["x-request-id", "x-correlation-id"] {
        if let Some(value) = headers.get(name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}
