//! What the provider says of itself, kept for an hour.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Url};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::OpenIdError;
use crate::answer::json;
use crate::keys::{KeySet, Keys};
use crate::options::{OpenIdOptions, private};

/// How long it is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// After a failure, how long nobody asks again: who waited for it is told the same at once.
const REST: SignedDuration = SignedDuration::from_secs(5);
/// How often keys are asked for because a token names one that is unknown.
const KEYS_AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// The discovery document, as far as it is used.
#[derive(Deserialize)]
struct Published {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// What is known of the provider.
pub(crate) struct Known {
    pub(crate) authorization: Url,
    pub(crate) token: Url,
    pub(crate) userinfo: Option<Url>,
    /// The secret goes into the form, as the provider does not take it in the header.
    pub(crate) secret_in_form: bool,
    /// The provider names itself in what the browser comes back with.
    pub(crate) names_itself: bool,
    pub(crate) keys: Keys,
    fetched: Timestamp,
}

/// Asks the provider, one at a time, and remembers.
pub(crate) struct Cache {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: Option<Arc<Known>>,
    failed: Option<Timestamp>,
}

impl Cache {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
        }
    }

    /// What is known of the provider; asked for when that is old.
    pub(crate) async fn known(
        &self,
        http: &Client,
        options: &OpenIdOptions,
        now: Timestamp,
    ) -> Result<Arc<Known>, OpenIdError> {
        self.younger_than(KEPT, http, options, now).await
    }

    /// The same after a token named a key that is unknown; asked once a minute at most.
    pub(crate) async fn renewed(
        &self,
        http: &Client,
        options: &OpenIdOptions,
        now: Timestamp,
    ) -> Result<Arc<Known>, OpenIdError> {
        self.younger_than(KEYS_AGAIN, http, options, now).await
    }

    async fn younger_than(
        &self,
        age: SignedDuration,
        http: &Client,
        options: &OpenIdOptions,
        now: Timestamp,
    ) -> Result<Arc<Known>, OpenIdError> {
        let mut state = self.state.lock().await;
        let fresh = |known: &&Arc<Known>| now.duration_since(known.fetched) < age;
        if let Some(known) = state.known.as_ref().filter(fresh) {
            return Ok(Arc::clone(known));
        }
        if state.failed.is_some_and(|at| now.duration_since(at) < REST) {
            let reason = "it did not a moment ago, and is asked again in 5 seconds";
            return Err(OpenIdError::Unreachable(reason.to_owned()));
        }
        match fetch(http, options, now).await {
            Ok(known) => {
                let known = Arc::new(known);
                *state = State {
                    known: Some(Arc::clone(&known)),
                    failed: None,
                };
                Ok(known)
            }
            Err(error) => {
                state.failed = Some(now);
                Err(error)
            }
        }
    }
}

async fn fetch(
    http: &Client,
    options: &OpenIdOptions,
    now: Timestamp,
) -> Result<Known, OpenIdError> {
    let published: Published = json(http.get(options.discovery()), "discovery document").await?;
    if published.issuer != options.issuer {
        return Err(OpenIdError::Answer {
            what: "discovery document",
            problem: "it names another issuer than the settings".to_owned(),
        });
    }
    let keys: KeySet = json(http.get(endpoint(&published.jwks_uri)?), "key set").await?;
    let methods = published.token_endpoint_auth_methods_supported;
    let takes = |method: &str| {
        let methods = methods.as_ref();
        methods.is_some_and(|methods| methods.iter().any(|it| it == method))
    };
    Ok(Known {
        authorization: endpoint(&published.authorization_endpoint)?,
        token: endpoint(&published.token_endpoint)?,
        userinfo: published
            .userinfo_endpoint
            .as_deref()
            .map(endpoint)
            .transpose()?,
        secret_in_form: takes("client_secret_post") && !takes("client_secret_basic"),
        names_itself: published.authorization_response_iss_parameter_supported,
        keys: keys.into(),
        fetched: now,
    })
}

/// An endpoint that nobody reads along.
fn endpoint(address: &str) -> Result<Url, OpenIdError> {
    let answer = |problem: &str| OpenIdError::Answer {
        what: "discovery document",
        problem: problem.to_owned(),
    };
    let url = Url::parse(address).map_err(|_| answer("an endpoint is no address"))?;
    let mut bare = url.clone();
    bare.set_query(None);
    private("endpoint", bare.as_str())
        .map_err(|_| answer("an endpoint is neither https:// nor http:// on this machine"))?;
    Ok(url)
}
