//! PDS FHIR in application-restricted mode: the one mode an unattended server can use.

mod cache;
mod options;
mod outcome;
mod pace;
mod patient;
mod token;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use nhs::{Clock, Randomness, uuid_v4};
use reqwest::{StatusCode, header};
use tokio::time::Instant;

pub use options::{Credentials, FhirOptions};

use crate::{Demographics, MatchPolicy, PdsError, Superseded, Trace, TraceQuery};
use cache::Cache;
use outcome::{Answer, body, retry_after, unanswered};
use pace::Pace;
use token::Tokens;

/// A retry within one trace waits no longer than this; whoever asked retries later.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A client of the Personal Demographics Service FHIR API (R4).
///
/// Answers are kept in memory for some minutes, under keyed hashes. Requests are spaced to the
/// rate PDS grants; one that would wait longer than the time limit fails with
/// [`PdsError::Unavailable`] at once. PDS shows no practice of restricted patients to this mode,
/// so they trace as [`Trace::NoPractice`] here.
pub struct FhirClient {
    http: reqwest::Client,
    options: FhirOptions,
    policy: MatchPolicy,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    tokens: Option<Tokens>,
    pace: Pace,
    cache: Cache,
}

impl FhirClient {
    /// A client; reads the private key, asks nothing yet.
    ///
    /// # Errors
    ///
    /// When an option is out of its bounds, or the private key cannot be read.
    pub fn new(
        options: FhirOptions,
        policy: MatchPolicy,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, PdsError> {
        options.check()?;
        // reqwest takes the process's TLS provider; one that was installed before stays
        _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(options.timeout())
            .connect_timeout(options.timeout())
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("restante/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| PdsError::Configuration {
                setting: "PDS FHIR",
                problem: error.without_url().to_string(),
            })?;
        let tokens = match &options.credentials {
            Some(credentials) => {
                let (clock, randomness) = (clock.clone(), randomness.clone());
                Some(Tokens::new(credentials, http.clone(), clock, randomness)?)
            }
            None => None,
        };
        Ok(Self {
            pace: Pace::new(options.requests_per_second, options.timeout()),
            cache: Cache::new(options.cache_seconds, randomness.as_ref()),
            http,
            options,
            policy,
            clock,
            randomness,
            tokens,
        })
    }

    async fn ask(&self, query: &TraceQuery) -> Result<Trace, PdsError> {
        let request_id = uuid_v4(self.randomness.as_ref()).to_string();
        let mut renewed = false;
        let mut attempt = 1;
        loop {
            self.turn().await?;
            let error = match self.attempt(query, &request_id).await {
                Ok(Answer::Patient(patient)) => return self.judge(query, &patient),
                Ok(Answer::NotFound) => return Ok(Trace::NotFound),
                Err(error) => error,
            };
            match &error {
                PdsError::Refused { status: 401 } if !renewed && self.tokens.is_some() => {
                    renewed = true;
                    self.tokens.iter().for_each(Tokens::forget);
                }
                PdsError::Unavailable { .. } if attempt < self.options.attempts => {
                    let pause = self.pause(attempt, error.retry_after());
                    if pause > LONGEST_PAUSE {
                        return Err(error);
                    }
                    attempt += 1;
                    tokio::time::sleep(pause).await;
                }
                _ => return Err(error),
            }
        }
    }

    /// Waits until the next request may go out.
    async fn turn(&self) -> Result<(), PdsError> {
        let wait = self
            .pace
            .reserve(Instant::now())
            .map_err(|wait| PdsError::Unavailable {
                retry_after: Some(wait),
                reason: "our own limit of requests a second",
            })?;
        tokio::time::sleep(wait).await;
        Ok(())
    }

    async fn attempt(&self, query: &TraceQuery, request_id: &str) -> Result<Answer, PdsError> {
        let bearer = match &self.tokens {
            Some(tokens) => Some(tokens.bearer().await?),
            None => None,
        };
        let url = format!(
            "{}/Patient/{}",
            self.options.base_url,
            query.nhs_number.digits()
        );
        let mut request = self
            .http
            .get(url)
            .header(header::ACCEPT, "application/fhir+json")
            .header("X-Request-ID", request_id);
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        if let Some(organisation) = &self.options.organisation {
            request = request.header("NHSD-End-User-Organisation-ODS", organisation.as_str());
        }
        let response = request.send().await.map_err(|error| unanswered(&error))?;
        let mirrored = response.headers().get("X-Request-ID");
        if mirrored.is_some_and(|id| !id.as_bytes().eq_ignore_ascii_case(request_id.as_bytes())) {
            return Err(PdsError::UnexpectedAnswer {
                expected: "the answer to our X-Request-ID",
            });
        }
        let (status, retry_after) = (response.status(), retry_after(&response));
        match status {
            StatusCode::OK | StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND => {
                outcome::read(status, &body(response).await?)
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(PdsError::Refused {
                status: status.as_u16(),
            }),
            StatusCode::TOO_MANY_REQUESTS => Err(PdsError::Unavailable {
                retry_after,
                reason: "too many requests",
            }),
            StatusCode::REQUEST_TIMEOUT => Err(PdsError::Unavailable {
                retry_after,
                reason: "Spine did not answer in time",
            }),
            status if status.is_server_error() => Err(PdsError::Unavailable {
                retry_after,
                reason: "a server error",
            }),
            _ => Err(PdsError::UnexpectedAnswer {
                expected: "an HTTP status of the API",
            }),
        }
    }

    fn judge(&self, query: &TraceQuery, patient: &patient::Patient) -> Result<Trace, PdsError> {
        let today = self.clock.now().to_zoned(TimeZone::UTC).date();
        let held = patient.held(query.nhs_number, today)?;
        if held.superseded && self.policy.superseded == Superseded::Reject {
            return Ok(Trace::NotFound);
        }
        let name = query.family_name.key();
        Ok(self
            .policy
            .judge(held, query.date_of_birth.date(), &name, today))
    }

    /// What PDS asks for, else twice as long each time, spread by half so that many waiting traces
    /// do not return together.
    fn pause(&self, attempt: u32, asked_for: Option<Duration>) -> Duration {
        if let Some(pause) = asked_for {
            return pause;
        }
        let mut spread = [0];
        self.randomness.fill(&mut spread);
        let [spread] = spread;
        let pause = self.options.retry_pause() * 2u32.saturating_pow(attempt - 1);
        pause / 2 + pause * u32::from(spread) / 512
    }
}

#[async_trait]
impl Demographics for FhirClient {
    async fn trace(&self, query: &TraceQuery) -> Result<Trace, PdsError> {
        let key = self.cache.key(query);
        if let Some(trace) = self.cache.get(&key, self.clock.now()) {
            return Ok(trace);
        }
        let trace = self.ask(query).await?;
        self.cache.put(key, &trace, self.clock.now());
        Ok(trace)
    }

    /// What PDS answered a moment ago.
    fn trace_here(&self, query: &TraceQuery) -> Option<Trace> {
        self.cache.get(&self.cache.key(query), self.clock.now())
    }

    /// Requests of four seconds: further ones would wait longer than that for their turn, and an answer
    /// that takes so long still leaves no second unused.
    fn at_once(&self) -> Option<usize> {
        let requests = self.options.requests_per_second.saturating_mul(4);
        Some(usize::try_from(requests).unwrap_or(usize::MAX))
    }
}
