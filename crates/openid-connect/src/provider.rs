//! The provider: where browsers are sent, and what becomes of what they come back with.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Certificate, Client, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::OpenIdError;
use crate::answer::{code, json};
use crate::binding::{Binding, same};
use crate::claims::{Person, is_complete, person};
use crate::metadata::{Cache, Known};
use crate::options::OpenIdOptions;
use crate::token::{Claims, Fault, id_token, logout_token, text};

/// How long the provider may take for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Requests that wait for the provider at once.
const AT_ONCE: usize = 16;

/// An OpenID Connect provider, as this service knows it.
pub struct Provider {
    options: OpenIdOptions,
    secret: Option<SecretString>,
    http: Client,
    cache: Cache,
    places: Semaphore,
}

/// What a browser comes back with, in the query of the address. Nothing of it is trusted.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Returned {
    /// What stands for the tokens.
    pub code: Option<String>,
    /// What ties it to the browser.
    pub state: Option<String>,
    /// Which provider it is from (RFC 9207).
    pub iss: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

impl fmt::Debug for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Returned([redacted])")
    }
}

/// Whose sessions end, by the provider's word: one of both is there at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedOut {
    /// All of this person, or the one of `session` where that is named.
    pub subject: Option<String>,
    /// The provider's session.
    pub session: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<SecretString>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("issuer", &self.options.issuer)
            .finish_non_exhaustive()
    }
}

impl Provider {
    /// A provider; nothing is asked of it yet.
    ///
    /// # Errors
    /// [`OpenIdError::Configuration`] for a setting that cannot be used.
    pub fn new(options: OpenIdOptions) -> Result<Self, OpenIdError> {
        options.check()?;
        let wrong = |setting, problem: String| OpenIdError::Configuration { setting, problem };
        let secret = options
            .client_secret
            .as_ref()
            .map(|secret| secret.first_line());
        let secret = secret
            .transpose()
            .map_err(|error| wrong("client_secret", error.to_string()))?;
        // reqwest takes the process's TLS provider; one that was installed before stays
        _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("restante/", env!("CARGO_PKG_VERSION")));
        if let Some(file) = &options.ca_file {
            let roots = std::fs::read(file).map_err(|error| wrong("ca_file", error.to_string()))?;
            let roots = Certificate::from_pem_bundle(&roots)
                .map_err(|_| wrong("ca_file", "expected certificates in PEM".to_owned()))?;
            http = http.tls_certs_only(roots);
        }
        let http = http
            .build()
            .map_err(|error| wrong("issuer", error.without_url().to_string()))?;
        Ok(Self {
            options,
            secret,
            http,
            cache: Cache::new(),
            places: Semaphore::new(AT_ONCE),
        })
    }

    /// How it is set up.
    #[must_use]
    pub fn options(&self) -> &OpenIdOptions {
        &self.options
    }

    /// Where a browser with this binding is sent.
    ///
    /// # Errors
    /// The provider does not answer, or not as it must, or too many wait for it.
    pub async fn authorization_url(
        &self,
        binding: &Binding,
        now: Timestamp,
    ) -> Result<String, OpenIdError> {
        let _place = self.places.try_acquire().map_err(|_| OpenIdError::Busy)?;
        let known = self.cache.known(&self.http, &self.options, now).await?;
        let mut url: Url = known.authorization.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.options.client_id)
            .append_pair("redirect_uri", &self.options.redirect_uri())
            .append_pair("scope", &self.options.scopes.join(" "))
            .append_pair("state", &binding.state())
            .append_pair("nonce", &binding.nonce())
            .append_pair("code_challenge", &binding.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    /// Who came back, when the browser with this binding began it.
    ///
    /// # Errors
    /// It did not begin it, the provider refused or does not answer, or what it says is not good.
    pub async fn finish(
        &self,
        binding: &Binding,
        returned: &Returned,
        now: Timestamp,
    ) -> Result<Person, OpenIdError> {
        if !same(
            returned.state.as_deref().unwrap_or_default(),
            &binding.state(),
        ) {
            return Err(OpenIdError::Foreign("the state is another"));
        }
        if let Some(error) = &returned.error {
            return Err(OpenIdError::Refused(code(error)));
        }
        let given = returned.code.as_deref().unwrap_or_default();
        if given.is_empty() || given.len() > 4_096 {
            return Err(OpenIdError::Foreign("there is no code"));
        }
        let _place = self.places.try_acquire().map_err(|_| OpenIdError::Busy)?;
        let known = self.cache.known(&self.http, &self.options, now).await?;
        let is_named = known.names_itself || returned.iss.is_some();
        if is_named && returned.iss.as_deref() != Some(self.options.issuer.as_str()) {
            return Err(OpenIdError::Foreign("another provider sent it"));
        }
        let tokens: Tokens = json(self.redeem(&known, given, binding), "token").await?;
        let nonce = binding.nonce();
        let check =
            |known: &Known| id_token(&tokens.id_token, &known.keys, &self.options, &nonce, now);
        let (known, mut claims) = self.checked(known, check, now).await?;
        if !is_complete(&claims, &self.options) {
            let more = self.userinfo(&known, tokens.access_token.as_ref(), &claims);
            for (name, value) in more.await? {
                claims.entry(name).or_insert(value);
            }
        }
        person(&claims, &self.options)
    }

    /// Whose sessions a logout token of the provider ends.
    ///
    /// # Errors
    /// The token is not good, or its key cannot be had.
    pub async fn logged_out(&self, token: &str, now: Timestamp) -> Result<LoggedOut, OpenIdError> {
        let _place = self.places.try_acquire().map_err(|_| OpenIdError::Busy)?;
        let known = self.cache.known(&self.http, &self.options, now).await?;
        let check = |known: &Known| logout_token(token, &known.keys, &self.options, now);
        let (_, claims) = self.checked(known, check, now).await?;
        let named = |name| text(&claims, name).map(str::to_owned);
        let who = LoggedOut {
            subject: named("sub"),
            session: named("sid"),
        };
        if who.subject.is_none() && who.session.is_none() {
            return Err(OpenIdError::Token("it names nobody"));
        }
        Ok(who)
    }

    /// Checks a token; once more with the provider's keys of now where its key is unknown.
    async fn checked(
        &self,
        known: Arc<Known>,
        check: impl Fn(&Known) -> Result<Claims, Fault>,
        now: Timestamp,
    ) -> Result<(Arc<Known>, Claims), OpenIdError> {
        match check(&known) {
            Err(Fault::UnknownKey) => {
                let known = self.cache.renewed(&self.http, &self.options, now).await?;
                let claims = check(&known)?;
                Ok((known, claims))
            }
            Err(fault) => Err(fault.into()),
            Ok(claims) => Ok((known, claims)),
        }
    }

    /// The request that gives the code back for tokens.
    fn redeem(&self, known: &Known, code: &str, binding: &Binding) -> RequestBuilder {
        let (redirect, verifier) = (self.options.redirect_uri(), binding.verifier());
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &redirect),
            ("code_verifier", &verifier),
        ];
        let request = self.http.post(known.token.clone());
        let client = self.options.client_id.as_str();
        match &self.secret {
            // Both parts are written as in forms (RFC 6749, 2.3.1).
            Some(secret) if !known.secret_in_form => {
                let part = |text: &str| -> String {
                    form_urlencoded::byte_serialize(text.as_bytes()).collect()
                };
                let secret = part(secret.expose_secret());
                request.basic_auth(part(client), Some(secret)).form(&form)
            }
            Some(secret) => {
                form.push(("client_id", client));
                form.push(("client_secret", secret.expose_secret()));
                request.form(&form)
            }
            None => {
                form.push(("client_id", client));
                request.form(&form)
            }
        }
    }

    /// What else the provider tells of the person of an ID token.
    async fn userinfo(
        &self,
        known: &Known,
        access: Option<&SecretString>,
        claims: &Claims,
    ) -> Result<Claims, OpenIdError> {
        let (Some(url), Some(access)) = (&known.userinfo, access) else {
            return Ok(Claims::new());
        };
        let request = self
            .http
            .get(url.clone())
            .bearer_auth(access.expose_secret());
        let more: Claims = json(request, "userinfo").await?;
        if text(&more, "sub") != text(claims, "sub") {
            return Err(OpenIdError::Answer {
                what: "userinfo",
                problem: "it is about somebody else".to_owned(),
            });
        }
        Ok(more)
    }
}
