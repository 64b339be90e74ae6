//! Connections to one service: TLS, proxy, retries, and the client of each mailbox.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use jiff::SignedDuration;
use nhs::{Clock, MailboxId, Randomness};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::certificate::Validity;
use super::connecting::Connecting;
use super::first_word::FirstWord;
use super::pem::opened;
use super::servers::{Servers, is_this_machine};
use super::silence::Silence;
use super::tls::client_config;
use super::way::Inquiry;
use crate::ClientError;

/// Before any answer.
const UNKNOWN_SKEW: i64 = i64::MIN;

/// How to reach one server.
#[derive(Debug, Clone)]
pub struct ConnectionSettings {
    /// `https://host[:port]`, or `http://` for a sandbox; without `/messageexchange`.
    pub base_url: String,
    /// Another URL of the same service, used while the first cannot be reached.
    pub secondary_url: Option<String>,
    /// The environment's shared key.
    pub shared_key: SecretString,
    /// The client certificate for mutual TLS.
    pub identity: Option<Identity>,
    /// The certificates of the authorities trusted to name the server, PEM or DER. When given, no
    /// other is trusted; when not, the machine's own are.
    pub roots: Option<Vec<u8>>,
    /// The proxy to go through; without it the variables `HTTPS_PROXY` and `NO_PROXY` count, but for a server on this
    /// machine.
    pub proxy: Option<ProxySettings>,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long the server may stay silent: take nothing of a body and give nothing of an answer.
    pub read_timeout: Duration,
    /// What to do when the server is busy or away.
    pub retry: Retry,
}

/// An HTTP proxy. The connection to an `https://` server goes through it by CONNECT, so that it sees
/// neither tokens nor messages.
#[derive(Debug, Clone)]
pub struct ProxySettings {
    /// `http://host:port`
    pub url: String,
    /// User and password, for basic authentication.
    pub credentials: Option<(String, SecretString)>,
    /// Hosts, domains and addresses to reach without it, as in `NO_PROXY`.
    pub except: Vec<String>,
}

/// A certificate with its chain, and its private key.
#[derive(Clone)]
pub struct Identity {
    /// PEM (one or more certificates) or DER (one).
    pub certificate: Vec<u8>,
    /// PEM, or PKCS#8 DER.
    pub key: Vec<u8>,
}

impl Identity {
    /// From when to when each certificate of its chain is valid, the client's own first.
    pub fn validity(&self) -> Vec<Validity> {
        Validity::of_each(&self.certificate)
    }

    /// The same with a key that is encrypted no more.
    ///
    /// # Errors
    /// [`ClientError::Configuration`] when the password does not open it.
    pub fn opened(mut self, password: &SecretString) -> Result<Self, ClientError> {
        self.key = opened(&self.key, password)?.to_vec();
        Ok(self)
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(redacted)")
    }
}

/// Repeats of one request.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// Tries in all, at least 1.
    pub tries: u32,
    /// The pause after the first failure; it doubles, and is randomised by half either way.
    pub pause: Duration,
    /// The longest pause, also when the server asks for a longer one in `Retry-After`.
    pub longest_pause: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            tries: 3,
            pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(60),
        }
    }
}

impl ConnectionSettings {
    /// Settings without TLS of our own: a sandbox, or a server the machine already trusts.
    pub fn plain(base_url: &str, shared_key: SecretString) -> Self {
        Self {
            base_url: base_url.to_owned(),
            secondary_url: None,
            shared_key,
            identity: None,
            roots: None,
            proxy: None,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            retry: Retry::default(),
        }
    }

    /// Whether all of its URLs lead to this machine, where no proxy leads.
    fn is_on_this_machine(&self) -> bool {
        let second = self.secondary_url.as_deref();
        is_this_machine(&self.base_url) && second.is_none_or(is_this_machine)
    }
}

/// Requests of all mailboxes that wait for mail at once: servers take only so many connections of a certificate.
const MOST_WAITING: usize = 100;

/// A pool of connections to one server, shared by the mailboxes that use it. Cheap to clone.
#[derive(Clone)]
pub struct Connection(Arc<Shared>);

pub(super) struct Shared {
    pub http: reqwest::Client,
    pub waiting: Waiting,
    pub connecting: Arc<Connecting>,
    pub inquiry: Inquiry,
    pub servers: Servers,
    /// Milliseconds that the server's clock is ahead of ours; [`UNKNOWN_SKEW`] before any answer.
    pub skew: AtomicI64,
    /// Whether any request was answered.
    pub was_answered: AtomicBool,
    pub shared_key: SecretString,
    pub retry: Retry,
    pub silence: Silence,
    pub clock: Arc<dyn Clock>,
    pub randomness: Arc<dyn Randomness>,
}

/// What requests wait on for mail.
pub(super) struct Waiting {
    /// HTTP/1.1: each has a connection of its own, and takes no stream from those that move something.
    pub http: reqwest::Client,
    pub places: Semaphore,
}

impl Connection {
    /// Prepares the pool; nothing is connected yet.
    ///
    /// # Errors
    /// [`ClientError::Configuration`] for a URL, certificate or key that cannot be used.
    pub fn new(
        settings: &ConnectionSettings,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, ClientError> {
        let servers = Servers::new(&settings.base_url, settings.secondary_url.as_deref())?;
        let tls = client_config(settings)?;
        let connecting = Arc::new(Connecting::default());
        let http = http_client(settings, tls.clone(), connecting.clone())?;
        let mut one_at_a_time = tls.clone();
        one_at_a_time.alpn_protocols = vec![b"http/1.1".to_vec()];
        let waiting = Waiting {
            http: http_client(settings, one_at_a_time, connecting.clone())?,
            places: Semaphore::new(MOST_WAITING),
        };
        let inquiry = Inquiry {
            config: Arc::new(tls),
            proxies: Arc::new(proxies(settings)?),
            within: settings.connect_timeout,
        };
        let shared_key = settings.shared_key.clone();
        let retry = settings.retry;
        Ok(Self(Arc::new(Shared {
            http,
            waiting,
            connecting,
            inquiry,
            servers,
            skew: AtomicI64::new(UNKNOWN_SKEW),
            was_answered: AtomicBool::new(false),
            shared_key,
            retry,
            silence: Silence(settings.read_timeout),
            clock,
            randomness,
        })))
    }

    /// The client of one mailbox.
    pub fn mailbox(&self, mailbox: MailboxId, password: SecretString) -> MeshClient {
        MeshClient {
            shared: self.0.clone(),
            mailbox,
            password,
        }
    }
}

/// Speaks for one mailbox. Cheap to clone.
#[derive(Clone)]
pub struct MeshClient {
    pub(super) shared: Arc<Shared>,
    pub(super) mailbox: MailboxId,
    pub(super) password: SecretString,
}

impl MeshClient {
    /// The mailbox it speaks for.
    pub fn mailbox(&self) -> &MailboxId {
        &self.mailbox
    }

    /// How far the server's clock is ahead of ours, by the `Date` of its last answer, so to the
    /// second; `None` before the first. Tokens are refused beyond two hours either way.
    pub fn clock_skew(&self) -> Option<SignedDuration> {
        match self.shared.skew.load(Ordering::Relaxed) {
            UNKNOWN_SKEW => None,
            milliseconds => Some(SignedDuration::from_millis(milliseconds)),
        }
    }
}

fn http_client(
    settings: &ConnectionSettings,
    tls: rustls::ClientConfig,
    connecting: Arc<Connecting>,
) -> Result<reqwest::Client, ClientError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("restante-mesh-client/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(settings.connect_timeout)
        .redirect(reqwest::redirect::Policy::none())
        .connector_layer(FirstWord(connecting))
        .tls_backend_preconfigured(tls);
    if let Some(proxy) = &settings.proxy {
        builder = builder.proxy(proxy.build()?);
    } else if settings.is_on_this_machine() {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| {
        let mut cause: &dyn std::error::Error = &error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        wrong(&format!(
            "the connection's settings cannot be used ({cause})"
        ))
    })
}

impl ProxySettings {
    fn build(&self) -> Result<reqwest::Proxy, ClientError> {
        let proxy = self
            .checked()
            .and_then(|url| reqwest::Proxy::all(url).ok())
            .ok_or_else(no_proxy_url)?;
        let proxy = match &self.credentials {
            Some((user, password)) => proxy.basic_auth(user, password.expose_secret()),
            None => proxy,
        };
        Ok(proxy.no_proxy(reqwest::NoProxy::from_string(&self.except.join(","))))
    }

    /// As [`Self::build`], for connections that carry no request.
    fn matcher(&self) -> Result<Matcher, ClientError> {
        let mut url = self.checked().ok_or_else(no_proxy_url)?;
        if let Some((user, password)) = &self.credentials {
            let set = url.set_username(user);
            set.and_then(|()| url.set_password(Some(password.expose_secret())))
                .map_err(|()| no_proxy_url())?;
        }
        let matcher = Matcher::builder().all(url.to_string());
        Ok(matcher.no(self.except.join(",")).build())
    }

    fn checked(&self) -> Option<reqwest::Url> {
        reqwest::Url::parse(&self.url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    }
}

fn no_proxy_url() -> ClientError {
    wrong("the proxy's URL is not http://host:port")
}

/// Which URLs are reached through which proxy.
pub(crate) fn proxies(settings: &ConnectionSettings) -> Result<Matcher, ClientError> {
    match &settings.proxy {
        Some(proxy) => proxy.matcher(),
        None if settings.is_on_this_machine() => Ok(Matcher::builder().build()),
        None => Ok(Matcher::from_env()),
    }
}

pub(super) fn wrong(what: &str) -> ClientError {
    ClientError::Configuration(what.to_owned())
}
