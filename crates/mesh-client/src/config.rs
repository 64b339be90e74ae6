//! The agent's configuration: plain structs, read from our TOML or from the Java client's
//! `meshclient.cfg`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nhs::{Clock, MailboxId, SystemClock};
use serde::Deserialize;
use settings::Settings;
use zeroize::Zeroizing;

use crate::ClientError;
use crate::api::{ConnectionSettings, Identity, KeyStore, Retry};

mod describe;
mod java;
mod load;
mod proxy;

pub use describe::describe;
pub use java::from_meshclient_cfg;
pub use load::{CLIENT, Loaded, load};
pub use proxy::ProxyConfig;
pub use settings::Secret;

/// The real service asks for no more polls than one in five minutes.
const LEAST_POLL_OF_THE_REAL_SERVICE: Duration = Duration::from_secs(300);

const UNPROTECTED: &str = "the server's URL is http:// and leads to another machine, where tokens and messages can be \
    read on the way; give an https:// URL, or, for tests, allow_http = true in [server] (a meshclient.cfg: \
    RESTANTE_CLIENT__SERVER__ALLOW_HTTP=true in the environment); nothing was sent";

/// Everything the agent is told. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentConfig {
    /// The server.
    pub server: ServerConfig,
    /// Where the lock file lies, besides the one in each mailbox's TEMP.
    #[serde(default)]
    pub work_path: Option<PathBuf>,
    /// Where whoever runs the agent writes its log to files besides; nowhere when absent.
    #[serde(default)]
    pub log_path: Option<PathBuf>,
    /// Where whoever runs the agent serves its health and metrics; nowhere when absent.
    #[serde(default)]
    pub operations: Option<SocketAddr>,
    /// When to look and how large to send.
    #[serde(default)]
    pub options: Options,
    /// The mailboxes served.
    #[serde(rename = "mailbox")]
    pub mailboxes: Vec<MailboxConfig>,
}

/// How to reach the server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// `https://host[:port]`
    pub url: String,
    /// Another URL of the same service, used while the first cannot be reached.
    #[serde(default)]
    pub secondary_url: Option<String>,
    /// Whether these may be `http://` to another machine, where everything can be read on the way.
    #[serde(default)]
    pub allow_http: bool,
    /// The environment's shared key.
    pub shared_key: Secret,
    /// Client certificate and chain, PEM or DER.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// Its private key, PEM or PKCS#8 DER.
    #[serde(default)]
    pub private_key: Option<PathBuf>,
    /// The password of the private key, when it is encrypted.
    #[serde(default)]
    pub key_password: Option<Secret>,
    /// A PKCS#12 or JKS key store with certificate and private key, instead of the two; the
    /// certificates it trusts are trusted.
    #[serde(default)]
    pub key_store: Option<PathBuf>,
    /// The password of the key store.
    #[serde(default)]
    pub key_store_password: Option<Secret>,
    /// Certificates of the authorities trusted to name the server; no others are, when given.
    #[serde(default)]
    pub trust: Option<PathBuf>,
    /// The proxy to go through.
    #[serde(default)]
    pub proxy: Option<ProxyConfig>,
    /// Tries of one request.
    #[serde(default = "three")]
    pub tries: u32,
    /// Seconds before the second try; doubled before each further one, and varied by half.
    #[serde(default = "one")]
    pub retry_pause_seconds: f64,
    /// Seconds of silence after which a request fails.
    #[serde(default = "sixty")]
    pub timeout_seconds: f64,
}

/// When to look and how large to send.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Seconds between polls of server and OUT. The real service asks for 300 or more.
    pub poll_seconds: f64,
    /// Seconds that a server which waits is asked to wait with its answer for the next message, in place of
    /// polls; 0: never. Others are polled as ever.
    pub wait_seconds: u32,
    /// Seconds a pair in OUT must have rested before it is taken; 0 takes it at once, for
    /// applications that write by rename.
    pub settle_seconds: f64,
    /// Seconds after which a control file without data fails (code 02).
    pub lone_control_file_seconds: f64,
    /// Seconds after which data without a control file fails (code 01).
    pub lone_data_file_seconds: f64,
    /// Hours after which a message that cannot be sent fails (code 06).
    pub give_up_hours: f64,
    /// Messages taken from the inbox in one poll.
    pub max_messages: usize,
    /// Messages on their way at once, over all mailboxes.
    pub max_transfers: usize,
    /// Messages in chunks on their way at once in one mailbox, beside the small ones, which go one
    /// after the other in the order they were put into OUT.
    pub large_transfers: usize,
    /// Seconds given to the requests under way when told to stop; then they are given up, to be
    /// resumed at the next start.
    pub stop_seconds: f64,
    /// The largest body of one request, in bytes as sent; beyond it a message is chunked when its
    /// control file allows, else fails (code 06).
    pub request_limit: u64,
    /// Bytes of a chunk before compression.
    pub chunk_size: u64,
    /// The largest message sent or received, in bytes.
    pub message_limit: u64,
    /// Status times in control files in UTC instead of UK local time.
    pub utc: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            poll_seconds: 1800.0,
            wait_seconds: 50,
            settle_seconds: 10.0,
            lone_control_file_seconds: 60.0,
            lone_data_file_seconds: 86_400.0,
            give_up_hours: 24.0,
            max_messages: 100,
            max_transfers: 8,
            large_transfers: 1,
            stop_seconds: 20.0,
            request_limit: 75 * 1024 * 1024,
            chunk_size: 19 * 1024 * 1024,
            message_limit: 20_000_000_000,
            utc: false,
        }
    }
}

/// One mailbox and its directories.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailboxConfig {
    /// The mailbox id.
    pub id: MailboxId,
    /// Its password.
    pub password: Secret,
    /// The directory that holds (or will hold) IN, OUT, SENT, FAILED and TEMP.
    pub directory: PathBuf,
    /// Report each pair taken from OUT.
    #[serde(default)]
    pub collect_report: bool,
    /// Report each message the server accepted.
    #[serde(default)]
    pub transfer_report: bool,
    /// Report a send that will be tried again.
    #[serde(default)]
    pub delay_report: bool,
    /// Report each successful poll.
    #[serde(default)]
    pub poll_report: bool,
    /// Keep what was sent in SENT.
    #[serde(default = "yes")]
    pub save_sent: bool,
    /// Small messages of this mailbox being sent at once. One keeps the order of OUT; with more, a message may arrive
    /// before an earlier one. Received are eight at once, or so many when this is more.
    #[serde(default = "one_message")]
    pub messages_at_once: usize,
}

impl AgentConfig {
    /// A configuration for one server with default options and no mailbox yet.
    pub fn new(url: &str, shared_key: impl Into<Secret>) -> Self {
        let server = ServerConfig {
            url: url.to_owned(),
            secondary_url: None,
            allow_http: false,
            shared_key: shared_key.into(),
            certificate: None,
            private_key: None,
            key_password: None,
            key_store: None,
            key_store_password: None,
            trust: None,
            proxy: None,
            tries: three(),
            retry_pause_seconds: one(),
            timeout_seconds: sixty(),
        };
        Self {
            server,
            work_path: None,
            log_path: None,
            operations: None,
            options: Options::default(),
            mailboxes: Vec::new(),
        }
    }

    /// Where log files go; not when it is a path of another kind of machine.
    pub fn log_directory(&self) -> Option<&Path> {
        let path = self.log_path.as_deref()?;
        crate::agent::foreign_path(path).is_none().then_some(path)
    }

    /// The time between two polls, kept to the real service's rule.
    pub(crate) fn poll_period(&self) -> Result<Duration, ClientError> {
        let wanted = seconds(self.options.poll_seconds)?.max(Duration::from_millis(10));
        let real = reqwest::Url::parse(&self.server.url)
            .is_ok_and(|url| url.host_str().is_some_and(|host| host.ends_with(".nhs.uk")));
        Ok(if real {
            wanted.max(LEAST_POLL_OF_THE_REAL_SERVICE)
        } else {
            wanted
        })
    }

    /// Reads the files and secrets that the API client needs.
    pub fn connection_settings(&self) -> Result<ConnectionSettings, ClientError> {
        let server = &self.server;
        server.check_protection()?;
        server.check_pairs()?;
        let store = server.key_store()?;
        let identity = match (&server.certificate, &server.private_key) {
            (Some(certificate), Some(key)) => {
                let identity = Identity {
                    certificate: read_file(certificate, "client certificate")?,
                    key: read_secret(key, "private key")?.to_vec(),
                };
                Some(match &server.key_password {
                    Some(password) => identity.opened(&password.resolve()?)?,
                    None => identity,
                })
            }
            _ => store.identity,
        };
        let trust = server.trust.as_deref();
        let trust = trust.map(|path| read_file(path, "trust")).transpose()?;
        let held = Some(store.trusted).filter(|held| !held.is_empty());
        let mut settings = ConnectionSettings::plain(&server.url, server.shared_key.resolve()?);
        settings.secondary_url.clone_from(&server.secondary_url);
        settings.identity = identity;
        settings.roots = trust.or(held);
        settings.proxy = match &server.proxy {
            Some(proxy) => proxy.settings()?,
            None => None,
        };
        settings.read_timeout = seconds(server.timeout_seconds)?;
        settings.retry = Retry {
            tries: server.tries,
            pause: seconds(server.retry_pause_seconds)?,
            ..Retry::default()
        };
        Ok(settings)
    }
}

impl ServerConfig {
    /// Whether passwords' tokens and messages go to another machine without TLS.
    pub fn is_sent_in_clear(&self) -> bool {
        let urls = std::iter::once(&self.url).chain(&self.secondary_url);
        urls.into_iter().any(|url| settings::is_sent_in_clear(url))
    }

    /// # Errors
    /// [`ClientError::Configuration`] when it would be so, and is not said to be meant.
    fn check_protection(&self) -> Result<(), ClientError> {
        if self.is_sent_in_clear() && !self.allow_http {
            return Err(ClientError::Configuration(UNPROTECTED.to_owned()));
        }
        Ok(())
    }

    /// # Errors
    /// [`ClientError::Configuration`] when of two settings that belong together one is missing.
    fn check_pairs(&self) -> Result<(), ClientError> {
        let what = if self.certificate.is_some() != self.private_key.is_some() {
            "certificate and private key are given together or not at all"
        } else if self.key_store.is_some() && self.key_store_password.is_none() {
            "key_store needs key_store_password"
        } else {
            return Ok(());
        };
        Err(ClientError::Configuration(what.to_owned()))
    }

    fn key_store(&self) -> Result<KeyStore, ClientError> {
        match (&self.key_store, &self.key_store_password) {
            (Some(path), Some(password)) => {
                let bytes = read_secret(path, "key store")?;
                KeyStore::read(&bytes, &password.resolve()?, SystemClock.now())
            }
            _ => Ok(KeyStore::default()),
        }
    }
}

impl MailboxConfig {
    /// A mailbox with the defaults: no reports but those of failures, SENT kept.
    pub fn new(id: MailboxId, password: impl Into<Secret>, directory: PathBuf) -> Self {
        Self {
            id,
            password: password.into(),
            directory,
            collect_report: false,
            transfer_report: false,
            delay_report: false,
            poll_report: false,
            save_sent: true,
            messages_at_once: one_message(),
        }
    }
}

/// Reads our TOML.
///
/// # Errors
/// [`ClientError::Settings`].
///
/// ```
/// let config = mesh_client::config::from_toml(r#"
///     [server]
///     url = "https://127.0.0.1:8700"
///     shared_key = { env = "MESH_SHARED_KEY" }
///     certificate = "client.pem"
///     private_key = "client.key"
///     trust = "ca.pem"
///
///     [options]
///     poll_seconds = 300
///     settle_seconds = 0
///
///     [[mailbox]]
///     id = "A81001OT001"
///     password = { file = "password.txt" }
///     directory = "mailbox"
///     transfer_report = true
/// "#)?;
/// assert_eq!(config.mailboxes.len(), 1);
/// # Ok::<(), mesh_client::ClientError>(())
/// ```
pub fn from_toml(text: &str) -> Result<AgentConfig, ClientError> {
    let settings = Settings::parse(Path::new(""), text)?;
    Ok(settings.into_checked(&CLIENT, &[])?)
}

/// Seconds as a duration; negative, endless and nonsensical ones are refused.
pub(crate) fn seconds(value: f64) -> Result<Duration, ClientError> {
    Duration::try_from_secs_f64(value)
        .map_err(|_| ClientError::Configuration("a number of seconds is out of range".to_owned()))
}

/// The longest file of a private key or key store, in bytes.
const MAX_SECRET_BYTES: u64 = 16 * 1024 * 1024;

fn read_file(path: &Path, what: &str) -> Result<Vec<u8>, ClientError> {
    std::fs::read(path).map_err(|error| {
        ClientError::Configuration(format!("the {what} file {}: {error}", path.display()))
    })
}

/// The file of a private key, which everyone must not be able to write.
fn read_secret(path: &Path, what: &str) -> Result<Zeroizing<Vec<u8>>, ClientError> {
    settings::read_secret(path, MAX_SECRET_BYTES)
        .map_err(|error| ClientError::Configuration(format!("the {what} file {error}")))
}

fn yes() -> bool {
    true
}

fn one_message() -> usize {
    1
}

fn three() -> u32 {
    3
}

fn one() -> f64 {
    1.0
}

fn sixty() -> f64 {
    60.0
}
