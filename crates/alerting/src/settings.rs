//! The table `[alerting]`.

use std::path::PathBuf;

use ::settings::Secret;
use serde::Deserialize;

use crate::values::{Host, MailAddress, Minutes, PagesAddress, Seconds, WebhookUrl};

/// People one message is addressed to, at most.
const MOST_RECIPIENTS: usize = 20;

/// The table `[alerting]`; `K` are the kinds of alerts that a service has. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Raw<K>", bound = "K: Deserialize<'de>")]
pub struct Settings<K> {
    /// The kinds that are sent; all when absent.
    pub kinds: Option<Vec<K>>,
    /// The least time between two messages of one kind by one channel.
    pub minimum_interval_minutes: Minutes,
    /// How long a receiver has, from looking up its name to taking a message.
    pub timeout_seconds: Seconds,
    /// Where browsers reach the pages; messages name the page by it.
    pub address: Option<PagesAddress>,
    /// Where alerts are posted.
    pub webhook: Option<WebhookSettings>,
    /// Whom alerts are mailed to.
    pub email: Option<EmailSettings>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "K: Deserialize<'de>")]
struct Raw<K> {
    #[serde(default)]
    kinds: Option<Vec<K>>,
    #[serde(default = "usual_interval")]
    minimum_interval_minutes: Minutes,
    #[serde(default = "usual_timeout")]
    timeout_seconds: Seconds,
    #[serde(default)]
    address: Option<PagesAddress>,
    #[serde(default)]
    webhook: Option<WebhookSettings>,
    #[serde(default)]
    email: Option<EmailSettings>,
}

fn usual_timeout() -> Seconds {
    Seconds::new(30)
}

fn usual_interval() -> Minutes {
    Minutes::new(15)
}

impl<K> TryFrom<Raw<K>> for Settings<K> {
    type Error = &'static str;

    fn try_from(raw: Raw<K>) -> Result<Self, Self::Error> {
        if raw.webhook.is_none() && raw.email.is_none() {
            return Err(
                "expected [alerting.webhook], [alerting.email] or both; found neither, so nothing would be sent",
            );
        }
        Ok(Self {
            kinds: raw.kinds,
            minimum_interval_minutes: raw.minimum_interval_minutes,
            timeout_seconds: raw.timeout_seconds,
            address: raw.address,
            webhook: raw.webhook,
            email: raw.email,
        })
    }
}

/// The table `[alerting.webhook]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "RawWebhook")]
pub struct WebhookSettings {
    /// Where alerts are posted.
    pub url: WebhookUrl,
    /// The name of a header that the receiver asks for.
    pub header_name: String,
    /// Its value.
    pub header_value: Option<Secret>,
    /// The key of the signature, as <https://www.standardwebhooks.com> writes it: base64, with or without `whsec_`.
    pub signing_key: Option<Secret>,
    /// Authorities in PEM that the receiver's certificate is trusted by; the machine's when absent.
    pub ca_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWebhook {
    url: WebhookUrl,
    #[serde(default = "usual_header")]
    header_name: String,
    header_value: Option<Secret>,
    signing_key: Option<Secret>,
    ca_file: Option<PathBuf>,
}

fn usual_header() -> String {
    "Authorization".to_owned()
}

impl TryFrom<RawWebhook> for WebhookSettings {
    type Error = &'static str;

    fn try_from(raw: RawWebhook) -> Result<Self, Self::Error> {
        let is_header = reqwest::header::HeaderName::from_bytes(raw.header_name.as_bytes()).is_ok();
        if !is_header {
            return Err("header_name: expected the name of a header, such as Authorization");
        }
        Ok(Self {
            url: raw.url,
            header_name: raw.header_name,
            header_value: raw.header_value,
            signing_key: raw.signing_key,
            ca_file: raw.ca_file,
        })
    }
}

/// How a mail server is spoken to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsMode {
    /// TLS from the first byte, port 465.
    #[default]
    Tls,
    /// TLS after `STARTTLS`, port 587; never without.
    StartTls,
    /// No TLS, port 25; to this machine only.
    None,
}

/// The table `[alerting.email]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "RawEmail")]
pub struct EmailSettings {
    /// The mail server.
    pub host: Host,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub tls: TlsMode,
    /// Who signs in there, and the password.
    pub login: Option<(String, Secret)>,
    /// Whom messages come from.
    pub from: MailAddress,
    /// Whom they go to, one to twenty.
    pub to: Vec<MailAddress>,
    /// Authorities in PEM that the server's certificate is trusted by; the machine's when absent.
    pub ca_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEmail {
    host: Host,
    port: Option<u16>,
    #[serde(default)]
    tls: TlsMode,
    user: Option<String>,
    password: Option<Secret>,
    from: MailAddress,
    to: Vec<MailAddress>,
    ca_file: Option<PathBuf>,
}

impl TryFrom<RawEmail> for EmailSettings {
    type Error = &'static str;

    fn try_from(raw: RawEmail) -> Result<Self, Self::Error> {
        if raw.tls == TlsMode::None && !raw.host.is_this_machine() {
            return Err(
                "tls: expected tls or starttls; none, by which mail can be read and altered on the way, is for this machine only",
            );
        }
        if !(1..=MOST_RECIPIENTS).contains(&raw.to.len()) {
            return Err("to: expected one to twenty addresses");
        }
        let usual = match raw.tls {
            TlsMode::Tls => 465,
            TlsMode::StartTls => 587,
            TlsMode::None => 25,
        };
        let login = match (raw.user, raw.password) {
            (Some(user), Some(password)) => Some((user, password)),
            (None, None) => None,
            _ => return Err("expected user and password, or neither; found one of them"),
        };
        Ok(Self {
            host: raw.host,
            port: raw.port.unwrap_or(usual),
            tls: raw.tls,
            login,
            from: raw.from,
            to: raw.to,
            ca_file: raw.ca_file,
        })
    }
}
