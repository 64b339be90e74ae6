//! The agent's configuration: plain structs, read from our TOML or from the Java client's
//! `meshclient.cfg`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use nhs::MailboxId;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::ClientError;
use crate::api::{ConnectionSettings, Identity, Retry};

mod java;

pub use java::from_meshclient_cfg;

/// Everything the agent is told. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentConfig {
    /// The server.
    pub server: ServerConfig,
    /// Where the lock file lies, besides the one in each mailbox's TEMP.
    #[serde(default)]
    pub work_path: Option<PathBuf>,
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
    /// The environment's shared key.
    pub shared_key: Secret,
    /// Client certificate and chain, PEM or DER.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// Its private key, PEM or PKCS#8 DER.
    #[serde(default)]
    pub private_key: Option<PathBuf>,
    /// Certificates of the authorities trusted to name the server; no others are, when given.
    #[serde(default)]
    pub trust: Option<PathBuf>,
    /// Tries of one request.
    #[serde(default = "three")]
    pub tries: u32,
    /// Seconds of silence after which a request fails.
    #[serde(default = "sixty")]
    pub timeout_seconds: f64,
}

/// When to look and how large to send.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Seconds between polls of server and OUT. The real service asks for 300 or more.
    pub poll_seconds: f64,
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
            settle_seconds: 10.0,
            lone_control_file_seconds: 60.0,
            lone_data_file_seconds: 86_400.0,
            give_up_hours: 24.0,
            max_messages: 100,
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
}

/// A secret: the text itself, or the file or environment variable that holds it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Secret {
    /// The text itself.
    Text(#[serde(deserialize_with = "secret_text")] SecretString),
    /// `{ file = "…" }`: the file's text, without the line end.
    File {
        /// The file.
        file: PathBuf,
    },
    /// `{ env = "…" }`: the variable's value.
    Env {
        /// The variable.
        env: String,
    },
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl Secret {
    /// The secret itself.
    pub fn resolve(&self) -> Result<SecretString, ClientError> {
        let text: SecretString = match self {
            Self::Text(text) => text.clone(),
            Self::File { file } => String::from_utf8_lossy(&read_file(file, "secret")?)
                .trim_end_matches(['\r', '\n'])
                .into(),
            Self::Env { env } => std::env::var(env).unwrap_or_default().into(),
        };
        if text.expose_secret().is_empty() {
            let what = format!("a secret is empty ({})", self.source());
            return Err(ClientError::Configuration(what));
        }
        Ok(text)
    }

    fn source(&self) -> String {
        match self {
            Self::Text(_) => "in the configuration".to_owned(),
            Self::File { file } => format!("file {}", file.display()),
            Self::Env { env } => format!("environment variable {env}"),
        }
    }
}

impl AgentConfig {
    /// A configuration for one server with default options and no mailbox yet.
    pub fn new(url: &str, shared_key: impl Into<Secret>) -> Self {
        let server = ServerConfig {
            url: url.to_owned(),
            shared_key: shared_key.into(),
            certificate: None,
            private_key: None,
            trust: None,
            tries: three(),
            timeout_seconds: sixty(),
        };
        Self {
            server,
            work_path: None,
            options: Options::default(),
            mailboxes: Vec::new(),
        }
    }

    /// Reads the files and secrets that the API client needs.
    pub fn connection_settings(&self) -> Result<ConnectionSettings, ClientError> {
        let server = &self.server;
        let identity = match (&server.certificate, &server.private_key) {
            (Some(certificate), Some(key)) => Some(Identity {
                certificate: read_file(certificate, "client certificate")?,
                key: read_file(key, "private key")?,
            }),
            (None, None) => None,
            _ => {
                let what = "certificate and private key are given together or not at all";
                return Err(ClientError::Configuration(what.to_owned()));
            }
        };
        let roots = server
            .trust
            .as_deref()
            .map(|path| read_file(path, "trust"))
            .transpose()?;
        let mut settings = ConnectionSettings::plain(&server.url, server.shared_key.resolve()?);
        settings.identity = identity;
        settings.roots = roots;
        settings.read_timeout = seconds(server.timeout_seconds)?;
        settings.retry = Retry {
            tries: server.tries,
            ..Retry::default()
        };
        Ok(settings)
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
        }
    }
}

/// Reads our TOML.
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
    toml::from_str(text).map_err(|error: toml::de::Error| {
        // The error's own text would quote the line, which may hold a password.
        let line = error
            .span()
            .map(|span| text.get(..span.start).unwrap_or(text));
        let line = line.map_or(0, |before| before.matches('\n').count() + 1);
        ClientError::Configuration(format!("line {line}: {}", error.message()))
    })
}

/// Seconds as a duration; negative, endless and nonsensical ones are refused.
pub(crate) fn seconds(value: f64) -> Result<Duration, ClientError> {
    Duration::try_from_secs_f64(value)
        .map_err(|_| ClientError::Configuration("a number of seconds is out of range".to_owned()))
}

fn read_file(path: &Path, what: &str) -> Result<Vec<u8>, ClientError> {
    std::fs::read(path).map_err(|error| {
        ClientError::Configuration(format!("the {what} file {}: {error}", path.display()))
    })
}

fn secret_text<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

fn yes() -> bool {
    true
}

fn three() -> u32 {
    3
}

fn sixty() -> f64 {
    60.0
}
