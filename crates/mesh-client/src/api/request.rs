//! Making a request: its token, its repeats, what a refusal says.

use std::future::ready;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::HeaderMap;
use http::header::{ACCEPT, AUTHORIZATION, DATE, RETRY_AFTER};
use mesh::AuthorizationToken;
use mesh::headers::ClientInformation;
use mesh::version::MEDIA_TYPE_V2;
use nhs::{MailboxId, uuid_v4};
use reqwest::{Method, RequestBuilder, Response};
use serde::de::DeserializeOwned;

use super::MeshClient;
use super::silence::Silence;
use crate::{ClientError, Refusal};

/// Error bodies beyond this are not read.
const MAX_ERROR_BODY: usize = 64 * 1024;
/// Listings and tracking answers beyond this are refused.
const MAX_JSON_BODY: usize = 16 * 1024 * 1024;

impl MeshClient {
    /// Validates the mailbox (the handshake); the API wants it once in 24 hours.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with status 403 when the server does not take mailbox, password or
    /// shared key, or the clock is more than two hours off.
    pub async fn handshake(&self) -> Result<(), ClientError> {
        let mut headers = HeaderMap::new();
        ClientInformation {
            client_version: concat!("restante==", env!("CARGO_PKG_VERSION")).to_owned(),
            os_name: std::env::consts::OS.to_owned(),
            os_version: std::env::consts::FAMILY.to_owned(),
            os_architecture: Some(std::env::consts::ARCH.to_owned()),
            java_version: Some("N/A".to_owned()),
        }
        .write(&mut headers)?;
        self.call(|| ready(Ok(self.request(Method::POST, "").headers(headers.clone()))))
            .await?;
        Ok(())
    }

    /// A request to a path below the mailbox, with a token of its own.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_at(method, &format!("/messageexchange/{}{path}", self.mailbox))
    }

    /// A request to a path below the mailbox that may wait for its answer, on a connection of its own.
    pub(super) fn waiting_request(&self, path: &str) -> RequestBuilder {
        let path = format!("/messageexchange/{}{path}", self.mailbox);
        self.request_by(&self.shared.waiting.http, Method::GET, &path)
    }

    /// A request to a path on the server, with a token of its own.
    pub(super) fn request_at(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_by(&self.shared.http, method, path)
    }

    fn request_by(&self, http: &reqwest::Client, method: Method, path: &str) -> RequestBuilder {
        let shared = &self.shared;
        let now = shared.clock.now();
        let token = AuthorizationToken::sign(
            &self.mailbox,
            &self.password,
            &shared.shared_key,
            &uuid_v4(shared.randomness.as_ref()).to_string(),
            1,
            now,
        );
        http.request(method, format!("{}{path}", shared.servers.current(now)))
            .header(AUTHORIZATION, token)
            .header(ACCEPT, MEDIA_TYPE_V2)
    }

    /// Makes and sends a request, again when that may help; `make` is called for each try.
    pub(super) async fn call<F, Made>(&self, make: F) -> Result<Response, ClientError>
    where
        F: Fn() -> Made + Send + Sync,
        Made: Future<Output = Result<RequestBuilder, ClientError>> + Send,
    {
        self.call_with(self.shared.silence, make).await
    }

    /// As [`Self::call`], of a server that may be silent for another time than else.
    pub(super) async fn call_with<F, Made>(
        &self,
        silence: Silence,
        make: F,
    ) -> Result<Response, ClientError>
    where
        F: Fn() -> Made + Send + Sync,
        Made: Future<Output = Result<RequestBuilder, ClientError>> + Send,
    {
        let mut tried = 1;
        let mut turned = false;
        loop {
            let failure = match self.attempt(make().await?, silence).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            if failure.another_url && !turned {
                turned = true;
                continue;
            }
            let error = failure.error;
            let busy = matches!(error.status(), Some(425 | 429 | 502 | 503 | 504));
            let broken = matches!(
                error,
                ClientError::Unreachable(_)
                    | ClientError::NotSent
                    | ClientError::Interrupted(_)
                    | ClientError::Silent
            );
            if tried >= self.tries() || !(busy || broken) {
                return Err(error);
            }
            tokio::time::sleep(self.pause(tried, failure.wait)).await;
            tried += 1;
        }
    }

    /// Sends a request that must not be repeated.
    pub(super) async fn call_once(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let attempt = self.attempt(request, self.shared.silence).await;
        attempt.map_err(|failure| failure.error)
    }

    async fn attempt(
        &self,
        request: RequestBuilder,
        silence: Silence,
    ) -> Result<Response, Failure> {
        let (http, request) = request.build_split();
        let request = request.map_err(|error| Failure::of(ClientError::from_transport(error)))?;
        let url = request.url().clone();
        let sent = silence.send(&http, request, &self.shared.connecting);
        let response = match sent.await {
            Ok(response) => Ok(response),
            Err(error) => Err(self.explained(error, &url).await),
        };
        let response = response.map_err(|error| {
            let away = matches!(error, ClientError::Unreachable(_));
            let another_url = away && self.shared.servers.turn_from(&url, self.shared.clock.now());
            Failure {
                another_url,
                ..Failure::of(error)
            }
        })?;
        self.shared.was_answered.store(true, Ordering::Relaxed);
        self.note_clock(&response);
        if response.status().is_success() {
            return Ok(response);
        }
        Err(refusal(response).await)
    }

    /// A connection that broke may have been closed over the client's certificate, and the reason lost on the
    /// way, as over HTTP/1.1 with TLS 1.3; a server that stays silent may have meant to say it: then it is asked for
    /// once more.
    async fn explained(&self, error: ClientError, url: &reqwest::Url) -> ClientError {
        if url.scheme() != "https" || !error.may_be_a_refused_certificate() {
            return error;
        }
        let Some(alert) = self.shared.inquiry.refusal(url).await else {
            return error;
        };
        let was_answered = self.shared.was_answered.load(Ordering::Relaxed);
        // Who is silent may have read the request when the certificate was still taken.
        let may_have_read = was_answered || matches!(error, ClientError::Silent);
        ClientError::ClientCertificate {
            alert,
            in_doubt: may_have_read && !error.is_safe_to_repeat(),
            source: match error {
                ClientError::Interrupted(source) | ClientError::Unreachable(source) => Some(source),
                _ => None,
            },
        }
    }

    fn note_clock(&self, response: &Response) {
        let date = response.headers().get(DATE);
        let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date.to_str().ok()?).ok());
        if let Some(date) = date {
            let ahead = date.timestamp().duration_since(self.shared.clock.now());
            let milliseconds = i64::try_from(ahead.as_millis()).unwrap_or_default();
            self.shared.skew.store(milliseconds, Ordering::Relaxed);
        }
    }

    /// Tries of one request, at least one.
    pub(crate) fn tries(&self) -> u32 {
        self.shared.retry.tries.max(1)
    }

    /// The pause after the `tried`-th failure: doubled each time, between half and one and a half
    /// of that, unless the server said how long.
    pub(crate) fn pause(&self, tried: u32, asked: Option<Duration>) -> Duration {
        let retry = &self.shared.retry;
        let mut byte = [0u8; 1];
        self.shared.randomness.fill(&mut byte);
        let jitter = 0.5 + f64::from(u8::from_be_bytes(byte)) / 255.0;
        let own = retry
            .pause
            .saturating_mul(1 << tried.saturating_sub(1).min(16));
        let own = own.min(retry.longest_pause).mul_f64(jitter);
        asked.unwrap_or(own).min(retry.longest_pause)
    }
}

/// Why a try failed, and what the server said of the next.
struct Failure {
    error: ClientError,
    wait: Option<Duration>,
    another_url: bool,
}

impl Failure {
    fn of(error: ClientError) -> Self {
        Self {
            error,
            wait: None,
            another_url: false,
        }
    }
}

async fn refusal(response: Response) -> Failure {
    let wait = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    let wait = wait
        .and_then(|seconds| seconds.trim().parse().ok())
        .map(Duration::from_secs);
    let status = response.status().as_u16();
    let body = read_body(response, MAX_ERROR_BODY)
        .await
        .unwrap_or_default();
    if is_about_the_certificate(status, &body) {
        return Failure::of(ClientError::CertificateAtGateway(status));
    }
    let error = serde_json::from_slice(&body).unwrap_or_default();
    Failure {
        wait,
        ..Failure::of(ClientError::Refused(Box::new(Refusal { status, error })))
    }
}

/// nginx ends TLS itself, and tells what it makes of a client's certificate by 400 and a page, or 495 and 496.
fn is_about_the_certificate(status: u16, body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    let says = |words| body.contains(words);
    matches!(status, 495 | 496)
        || status == 400
            && (says("The SSL certificate error") || says("No required SSL certificate was sent"))
}

/// A path with the parameters that are given.
pub(super) fn with_query(
    path: &str,
    parameters: &[(&str, Option<String>)],
) -> Result<String, ClientError> {
    let mut url = reqwest::Url::parse("http://localhost")
        .map_err(|_| ClientError::Configuration("a path of the API".to_owned()))?;
    let given = parameters
        .iter()
        .filter_map(|(name, value)| Some((*name, value.as_deref()?)));
    for (name, value) in given {
        url.query_pairs_mut().append_pair(name, value);
    }
    Ok(match url.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    })
}

/// The path of the next page. Links are relative to the host; one that leads elsewhere than this
/// listing is not followed, since the request carries a token.
pub(super) fn next_path(
    mailbox: &MailboxId,
    list: &str,
    link: &str,
) -> Result<String, ClientError> {
    let here = format!("/messageexchange/{mailbox}{list}?");
    link.get(here.len()..)
        .filter(|_| {
            link.get(..here.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(&here))
        })
        .map(|query| format!("{list}?{query}"))
        .ok_or_else(|| ClientError::Answer("a page link to another place".to_owned()))
}

pub(super) async fn json<T: DeserializeOwned>(response: Response) -> Result<T, ClientError> {
    let body = read_body(response, MAX_JSON_BODY).await?;
    serde_json::from_slice(&body).map_err(|e| ClientError::Answer(format!("{:?}", e.classify())))
}

async fn read_body(mut response: Response, limit: usize) -> Result<Vec<u8>, ClientError> {
    let silence = Silence::of(&response);
    let mut body = Vec::new();
    while let Some(part) = silence
        .wait(response.chunk())
        .await?
        .map_err(ClientError::from_transport)?
    {
        if body.len() + part.len() > limit {
            return Err(ClientError::Answer("longer than expected".to_owned()));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}
