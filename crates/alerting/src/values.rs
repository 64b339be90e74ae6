//! Values of settings, checked where they are read, so that an error names file and line.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use jiff::SignedDuration;
use lettre::Address;
use reqwest::Url;
use secrecy::ExposeSecret;
use serde::de::{Deserialize, Deserializer, Error};
use settings::Secret;

/// Where a webhook is: `https://`, or `http://` to this machine. A token in its path or query is a secret, so it may be
/// written as one; [`fmt::Debug`] and all errors show its host only.
#[derive(Clone)]
pub struct WebhookUrl(Written);

#[derive(Clone)]
enum Written {
    Url(Url),
    /// In a file or variable, read when alerts begin.
    Elsewhere(Secret),
}

impl WebhookUrl {
    /// The address itself; read from its file or variable where it is there.
    ///
    /// # Errors
    /// What was expected and what was found, without the address.
    pub(crate) fn resolve(&self) -> Result<Url, String> {
        match &self.0 {
            Written::Url(url) => Ok(url.clone()),
            Written::Elsewhere(secret) => {
                let line = secret.first_line().map_err(|error| error.to_string())?;
                web_address(line.expose_secret())
                    .map_err(|problem| format!("{}: {problem}", secret.source()))
            }
        }
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Written::Url(url) => write!(f, "WebhookUrl({})", url.host_str().unwrap_or_default()),
            Written::Elsewhere(secret) => write!(f, "WebhookUrl({})", secret.source()),
        }
    }
}

impl<'de> Deserialize<'de> for WebhookUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let secret = Secret::deserialize(deserializer)?;
        let Secret::Text(text) = &secret else {
            return Ok(Self(Written::Elsewhere(secret)));
        };
        let url = web_address(text.expose_secret()).map_err(D::Error::custom)?;
        Ok(Self(Written::Url(url)))
    }
}

/// An address of the web that nobody on the way can read: what was found is not said, it may hold a token.
fn web_address(text: &str) -> Result<Url, &'static str> {
    let url: Url = text
        .trim()
        .parse()
        .map_err(|_| "expected a URL such as https://alerts.example/hook")?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("expected a URL that begins with https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a user or password was found in it; give header_value instead");
    }
    if settings::is_sent_in_clear(text) {
        return Err(
            "expected https://, for http:// can be read and altered on the way; http:// is for this machine only",
        );
    }
    Ok(url)
}

/// Where browsers reach the pages, such as `https://practice.example`; without a path's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagesAddress(String);

impl PagesAddress {
    /// The address of a page below it.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl<'de> Deserialize<'de> for PagesAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let expected = || D::Error::custom("expected a URL such as https://practice.example");
        let url: Url = text.parse().map_err(|_| expected())?;
        let is_plain = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !is_plain {
            return Err(expected());
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

/// A host by its name or address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host(String);

impl Host {
    /// Its name or address, an IPv6 one without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is this machine, by `localhost` or an address.
    pub fn is_this_machine(&self) -> bool {
        settings::is_this_machine(&self.0)
    }
}

impl<'de> Deserialize<'de> for Host {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let host = text.trim_start_matches('[').trim_end_matches(']');
        let is_name = |text: &str| {
            !text.is_empty()
                && text.len() <= 253
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
        };
        if host.parse::<IpAddr>().is_err() && !is_name(host) {
            return Err(D::Error::custom(
                "expected the name or address of a host, such as smtp.example; its port is `port`",
            ));
        }
        Ok(Self(host.to_owned()))
    }
}

/// An address of e-mail, without a name beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAddress(Address);

impl MailAddress {
    pub(crate) fn address(&self) -> &Address {
        &self.0
    }
}

impl<'de> Deserialize<'de> for MailAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let address = text.parse::<Address>().ok().filter(|_| text.is_ascii());
        address.map(Self).ok_or_else(|| {
            D::Error::custom("expected an address such as duty@practice.example, without a name")
        })
    }
}

/// Seconds, 1 to 120.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seconds(u32);

/// The longest time a receiver is waited for.
const MOST_SECONDS: u32 = 120;

impl Seconds {
    /// As many seconds, within the bounds.
    pub fn new(seconds: u32) -> Self {
        Self(seconds.clamp(1, MOST_SECONDS))
    }

    pub(crate) fn duration(self) -> Duration {
        Duration::from_secs(u64::from(self.0))
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bounded(deserializer, MOST_SECONDS, "seconds").map(Self)
    }
}

/// A number from 1 to `most`.
fn bounded<'de, D: Deserializer<'de>>(
    deserializer: D,
    most: u32,
    unit: &str,
) -> Result<u32, D::Error> {
    let number = u32::deserialize(deserializer)?;
    if !(1..=most).contains(&number) {
        let problem = format!("expected 1 to {most} {unit}, found {number}");
        return Err(D::Error::custom(problem));
    }
    Ok(number)
}

/// Minutes, 1 to 1440.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minutes(u32);

/// The longest interval: a day.
const MOST_MINUTES: u32 = 24 * 60;

impl Minutes {
    /// As many minutes, within the bounds.
    pub fn new(minutes: u32) -> Self {
        Self(minutes.clamp(1, MOST_MINUTES))
    }

    pub(crate) fn duration(self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.0))
    }
}

impl<'de> Deserialize<'de> for Minutes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bounded(deserializer, MOST_MINUTES, "minutes").map(Self)
    }
}
