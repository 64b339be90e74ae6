//! Posting to a webhook.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Response, Url};
use secrecy::ExposeSecret;
use settings::Secret;
use tokio::time::timeout;

use crate::error::printable;
use crate::settings::WebhookSettings;
use crate::signature::SigningKey;
use crate::{AlertingError, Message, tls};

/// Bytes of an answer that are read; its status says whether the message was taken.
const READ: usize = 512;

/// A receiver of webhooks.
pub(crate) struct Webhook {
    http: Client,
    url: Url,
    header: Option<(HeaderName, HeaderValue)>,
    key: Option<SigningKey>,
    /// How long the receiver has, to the end of what is read of its answer.
    time_limit: Duration,
}

impl Webhook {
    /// A receiver; its secrets are read, nothing is sent.
    pub fn new(settings: &WebhookSettings, time_limit: Duration) -> Result<Self, AlertingError> {
        let url = settings
            .url
            .resolve()
            .map_err(|problem| wrong("webhook.url", problem))?;
        let config = tls::client_config(settings.ca_file.as_deref())
            .map_err(|problem| wrong("webhook.ca_file", problem))?;
        let mut http = Client::builder()
            .tls_backend_preconfigured(rustls::ClientConfig::clone(&config))
            .timeout(time_limit)
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .user_agent(concat!("restante/", env!("CARGO_PKG_VERSION")));
        if url.host_str().is_some_and(settings::is_this_machine) {
            // http:// is allowed to this machine only: a proxy would be shown the alert and the header's secret.
            http = http.no_proxy();
        }
        let http = http
            .build()
            .map_err(|error| wrong("webhook", error.without_url().to_string()))?;
        Ok(Self {
            http,
            url,
            header: header(settings)?,
            key: settings.signing_key.as_ref().map(key).transpose()?,
            time_limit,
        })
    }

    /// Whom it is sent to: no path, which may hold a token.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Posts a message; gives the status it was answered with.
    pub async fn send(&self, message: &Message, now: Timestamp) -> Result<String, AlertingError> {
        let body = message
            .json(now)
            .map_err(|error| AlertingError::Message(error.to_string()))?;
        let seconds = now.as_second();
        let mut request = self
            .http
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", seconds);
        if let Some(key) = &self.key {
            let signature = key.sign(&message.id, seconds, &body);
            request = request.header("webhook-signature", signature);
        }
        if let Some((name, value)) = &self.header {
            request = request.header(name, value);
        }
        let answered = async {
            let response = request.body(body).send().await;
            let response = response.map_err(|error| self.unanswered(&error.without_url()))?;
            self.judge(response).await
        };
        timeout(self.time_limit, answered)
            .await
            .unwrap_or_else(|_| Err(self.timed_out()))
    }

    /// Whether it answers, over TLS that is trusted and through the proxy that alerts take; nothing is posted, and what
    /// may hold a token of the address is left out.
    pub async fn reach(&self) -> Result<String, AlertingError> {
        let mut origin = self.url.clone();
        origin.set_path("/");
        origin.set_query(None);
        match timeout(self.time_limit, self.http.head(origin).send()).await {
            Ok(Ok(_)) => Ok(format!("{} answers", self.host())),
            Ok(Err(error)) => Err(self.unanswered(&error.without_url())),
            Err(_) => Err(self.timed_out()),
        }
    }

    /// A redirect is no success: what it leads to is not what the settings name.
    async fn judge(&self, mut response: Response) -> Result<String, AlertingError> {
        let status = response.status();
        if status.is_success() {
            return Ok(status.to_string());
        }
        let mut said = Vec::new();
        while said.len() < READ {
            match response.chunk().await {
                Ok(Some(bytes)) => said.extend(bytes.iter().take(READ)),
                Ok(None) | Err(_) => break,
            }
        }
        Err(AlertingError::Refused {
            host: self.host().to_owned(),
            answer: format!("{status} {}", printable(&said))
                .trim_end()
                .to_owned(),
        })
    }

    fn unanswered(&self, error: &reqwest::Error) -> AlertingError {
        if error.is_timeout() {
            return self.timed_out();
        }
        AlertingError::unreachable(self.host(), error)
    }

    fn timed_out(&self) -> AlertingError {
        AlertingError::TimedOut {
            host: self.host().to_owned(),
            after: self.time_limit,
        }
    }
}

fn header(settings: &WebhookSettings) -> Result<Option<(HeaderName, HeaderValue)>, AlertingError> {
    let Some(secret) = &settings.header_value else {
        return Ok(None);
    };
    let value = secret
        .first_line()
        .map_err(|error| wrong("webhook.header_value", error.to_string()))?;
    let name = HeaderName::from_bytes(settings.header_name.as_bytes());
    let value = HeaderValue::from_str(value.expose_secret());
    let (Ok(name), Ok(mut value)) = (name, value) else {
        let problem = "expected printable ASCII on one line".to_owned();
        return Err(wrong("webhook.header_value", problem));
    };
    value.set_sensitive(true);
    Ok(Some((name, value)))
}

fn key(secret: &Secret) -> Result<SigningKey, AlertingError> {
    let text = secret
        .first_line()
        .map_err(|error| wrong("webhook.signing_key", error.to_string()))?;
    SigningKey::read(&text).map_err(|problem| wrong("webhook.signing_key", problem.to_owned()))
}

fn wrong(setting: &'static str, problem: String) -> AlertingError {
    AlertingError::Configuration { setting, problem }
}
