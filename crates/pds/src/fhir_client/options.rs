//! Settings of the PDS FHIR client.

use std::time::Duration;

use nhs::OdsCode;
use serde::Deserialize;
use settings::Secret;

use crate::PdsError;

/// Settings of the PDS FHIR client.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FhirOptions {
    /// The API, without a final slash. Default: production.
    pub base_url: String,
    /// How to get access tokens; none for PDS's sandbox and an open stand-in. Default: none.
    pub credentials: Option<Credentials>,
    /// Sent as `NHSD-End-User-Organisation-ODS`, required of products that serve several
    /// organisations.
    pub organisation: Option<OdsCode>,
    /// Requests a second, evenly spaced. Default: 5, what PDS grants an application.
    pub requests_per_second: u32,
    /// Limit in seconds for one request, and for waiting for its turn. Default: 10.
    pub timeout_seconds: u64,
    /// How often one trace asks before it reports PDS unavailable. Default: 3.
    pub attempts: u32,
    /// Milliseconds before the second attempt, doubled before each further one. Default: 200.
    pub retry_pause_milliseconds: u64,
    /// Seconds for which an answer is kept: minutes, as patients move. 0 keeps none. Default: 300.
    pub cache_seconds: u32,
}

/// Application-restricted access: a JWT signed with our key is exchanged for an access token.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The token endpoint, such as `https://api.service.nhs.uk/oauth2/token`; also the audience.
    pub token_url: String,
    /// The application's API key: issuer and subject of the JWT.
    pub api_key: Secret,
    /// The `kid` under which the public key is registered.
    pub key_id: String,
    /// The RSA private key, PEM (PKCS#8 or PKCS#1), 2048 bits or more.
    pub private_key: Secret,
}

impl Default for FhirOptions {
    fn default() -> Self {
        Self {
            base_url: "https://api.service.nhs.uk/personal-demographics/FHIR/R4".into(),
            credentials: None,
            organisation: None,
            requests_per_second: 5,
            timeout_seconds: 10,
            attempts: 3,
            retry_pause_milliseconds: 200,
            cache_seconds: 300,
        }
    }
}

impl FhirOptions {
    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }

    pub(super) fn retry_pause(&self) -> Duration {
        Duration::from_millis(self.retry_pause_milliseconds)
    }

    pub(super) fn check(&self) -> Result<(), PdsError> {
        let wrong = |setting, problem: &str| {
            Err(PdsError::Configuration {
                setting,
                problem: problem.into(),
            })
        };
        if self.requests_per_second == 0 {
            return wrong("requests_per_second", "must be at least 1");
        }
        if self.timeout_seconds == 0 {
            return wrong("timeout_seconds", "must be at least 1");
        }
        if self.attempts == 0 {
            return wrong("attempts", "must be at least 1");
        }
        if self.base_url.ends_with('/') {
            return wrong("base_url", "must not end with a slash");
        }
        Ok(())
    }
}
