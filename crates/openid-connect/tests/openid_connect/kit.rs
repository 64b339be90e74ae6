//! A provider that says what a test wants, and sign-ins by it.

use std::collections::HashMap;

use jiff::Timestamp;
use nhs::SystemRandomness;
use openid_connect::{Binding, OpenIdError, OpenIdOptions, Person, Provider, Returned};
use serde_json::{Value, json};
use test_kit::openid::TestProvider;

pub const CLIENT: &str = "restante practice";
pub const CODE: &str = "the code";

pub struct World {
    test: TestProvider,
    pub now: Timestamp,
}

impl std::ops::Deref for World {
    type Target = TestProvider;

    fn deref(&self) -> &TestProvider {
        &self.test
    }
}

impl World {
    pub async fn new() -> Self {
        Self {
            test: TestProvider::start().await,
            now: Timestamp::from_second(1_800_000_000).unwrap(),
        }
    }

    pub fn options(&self) -> OpenIdOptions {
        OpenIdOptions::new(&self.issuer, CLIENT, "https://practice.example/")
    }

    pub fn provider(&self) -> Provider {
        Provider::new(self.options()).unwrap()
    }

    /// Claims of an ID token that is good for a sign-in of this nonce.
    pub fn claims(&self, nonce: &str) -> Value {
        let now = self.now.as_second();
        json!({ "iss": self.issuer, "sub": "person-1", "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": nonce,
            "sid": "session-1", "preferred_username": "Jo.Smith", "roles": ["clerk"] })
    }

    /// A whole sign-in, with a token that `sign` makes for its nonce.
    pub async fn sign_in(
        &self,
        provider: &Provider,
        sign: impl FnOnce(&str) -> String,
    ) -> Result<Person, OpenIdError> {
        let binding = Binding::new(&SystemRandomness);
        let url = provider.authorization_url(&binding, self.now).await?;
        let query = query(&url);
        self.gives(&sign(&query["nonce"]));
        let returned = Returned {
            code: Some(CODE.to_owned()),
            state: Some(query["state"].clone()),
            ..Returned::default()
        };
        provider.finish(&binding, &returned, self.now).await
    }
}

/// The parameters of an address.
pub fn query(url: &str) -> HashMap<String, String> {
    let url = reqwest::Url::parse(url).unwrap();
    url.query_pairs().into_owned().collect()
}
