use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nhs::{Clock, MailboxId, Randomness};
use secrecy::SecretString;

use crate::ClientError;

/// How to reach one server.
#[derive(Debug, Clone)]
pub struct ConnectionSettings {
    /// `https://host[:port]`, or `http://` for a sandbox; without `/messageexchange`.
    pub base_url: String,
    /// The environment's shared key.
    pub shared_key: SecretString,
    /// The client certificate for mutual TLS.
    pub identity: Option<Identity>,
    /// The certificates of the authorities trusted to name the server, PEM or DER. When given, no
    /// other is trusted; when not, the machine's own are.
    pub roots: Option<Vec<u8>>,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long the server may stay silent, within an answer too.
    pub read_timeout: Duration,
    /// What to do when the server is busy or away.
    pub retry: Retry,
}

/// A certificate with its chain, and its private key.
#[derive(Clone)]
pub struct Identity {
    /// PEM (one or more certificates) or DER (one).
    pub certificate: Vec<u8>,
    /// PEM, or PKCS#8 DER.
    pub key: Vec<u8>,
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
            shared_key,
            identity: None,
            roots: None,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            retry: Retry::default(),
        }
    }
}

/// A pool of connections to one server, shared by the mailboxes that use it. Cheap to clone.
#[derive(Clone)]
pub struct Connection(Arc<Shared>);

pub(super) struct Shared {
    pub http: reqwest::Client,
    pub base_url: String,
    pub shared_key: SecretString,
    pub retry: Retry,
    pub clock: Arc<dyn Clock>,
    pub randomness: Arc<dyn Randomness>,
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
        let wrong = |what: &str| ClientError::Configuration(what.to_owned());
        let base_url = settings.base_url.trim_end_matches('/').to_owned();
        match reqwest::Url::parse(&base_url) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {}
            _ => return Err(wrong("the server's URL is not http(s)://host[:port]")),
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("restante-mesh-client/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.read_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .tls_version_min(reqwest::tls::Version::TLS_1_2);
        if let Some(roots) = &settings.roots {
            let roots = reqwest::Certificate::from_pem_bundle(&pem(roots, "CERTIFICATE"))
                .ok()
                .filter(|roots| !roots.is_empty())
                .ok_or_else(|| wrong("the trusted certificates are neither PEM nor DER"))?;
            builder = builder.tls_certs_only(roots);
        }
        if let Some(identity) = &settings.identity {
            let mut both = pem(&identity.certificate, "CERTIFICATE");
            both.push(b'\n');
            both.extend(pem(&identity.key, "PRIVATE KEY"));
            let identity = reqwest::Identity::from_pem(&both)
                .map_err(|_| wrong("the client certificate or its key is neither PEM nor DER"))?;
            builder = builder.identity(identity);
        }
        let http = builder
            .build()
            .map_err(|_| wrong("the TLS settings cannot be used; do certificate and key match?"))?;
        let shared_key = settings.shared_key.clone();
        let retry = settings.retry;
        Ok(Self(Arc::new(Shared {
            http,
            base_url,
            shared_key,
            retry,
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
}

/// PEM as it is; DER wrapped as PEM with this label.
fn pem(bytes: &[u8], label: &str) -> Vec<u8> {
    let marker = b"-----BEGIN";
    if bytes.windows(marker.len()).any(|window| window == marker) {
        return bytes.to_vec();
    }
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in STANDARD.encode(bytes).as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text.into_bytes()
}
