//! Configuration files: TOML, each key overridden by an environment variable, unknown keys refused.
//!
//! `RESTANTE_SERVER__LISTENER__LISTEN=0.0.0.0:8700` overrides `listen` in the table `[listener]` of
//! `server.toml`; `RESTANTE_PRACTICE__…` does the same for `practice.toml`. `docs/reference/configuration.md`
//! lists every key.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use mail_store::StoreOptions;
use mesh_client::config::CLIENT;
use serde::Deserialize;
use settings::{Kind, Secret, Settings, process_variables};

use crate::alerts::ExchangeKind;
use crate::error::Error;
use crate::joining::JOIN;
use crate::weakened::{PlainListener, PlainUrl};
use crate::wiring;

/// `server.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// The data directory: messages, mailboxes, registry. Relative to the working directory.
    pub data: PathBuf,
    /// The environment's shared key: the first line of it.
    pub shared_key: Secret,
    /// Where the MESH API listens.
    pub listener: https_listener::ListenerConfig,
    /// Where `/metrics` and `/health` are served for operators; nowhere when absent.
    #[serde(default, deserialize_with = "settings::optional_listen_setting")]
    pub operations: Option<SocketAddr>,
    /// Listeners without TLS that others than this machine reach, since a proxy ends TLS before them.
    #[serde(default)]
    pub behind_proxy: Vec<PlainListener>,
    /// URLs of other machines that may be `http://`.
    #[serde(default)]
    pub allow_http: Vec<PlainUrl>,
    /// Where messages rest instead of the data directory.
    #[serde(default)]
    pub store: StoreOptions,
    /// The key that seals passwords and addresses; `key` in the data directory when absent.
    pub key_file: Option<PathBuf>,
    /// The private key of the exchange's own authority; `certificates/ca.key.pem` in the data directory when absent.
    pub authority_key_file: Option<PathBuf>,
    /// Where the operator's console is served; nowhere when absent.
    pub console: Option<https_listener::ListenerConfig>,
    /// How people sign in to the console, and what stands in front of it.
    #[serde(default)]
    pub pages: pages::PagesSettings,
    /// Where alerts are sent; nowhere when absent.
    pub alerting: Option<alerting::Settings<ExchangeKind>>,
    /// The rules of the exchange.
    #[serde(default)]
    pub exchange: exchange::Settings,
    /// What the API says of itself, and its limits.
    #[serde(default)]
    pub api: mesh_server::Options,
    /// Who answers which practice a patient is registered with.
    #[serde(default)]
    pub demographics: DemographicsConfig,
    /// The `sandbox` keys of 0.1 that are set.
    #[serde(skip)]
    pub sandbox_keys: Vec<&'static str>,
}

/// The table `[demographics]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DemographicsConfig {
    /// `registry`, `fhir`, or `chain`: the registry, then PDS FHIR for whom it does not know.
    pub source: Source,
    /// How names and states are matched.
    pub policy: pds::MatchPolicy,
    /// The PDS FHIR API, for `fhir` and `chain`.
    pub fhir: Option<pds::FhirOptions>,
}

/// Who answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    #[default]
    Registry,
    Fhir,
    Chain,
}

/// `practice.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PracticeFile {
    /// Where the web pages are served.
    #[serde(deserialize_with = "settings::listen_setting")]
    pub listen: SocketAddr,
    /// The certificate of the web pages; plain HTTP when absent.
    pub tls: Option<https_listener::TlsConfig>,
    /// How people sign in to the web pages, and what stands in front of them.
    #[serde(default)]
    pub pages: pages::PagesSettings,
    /// How long the practice keeps what it has.
    #[serde(default)]
    pub retention: gp_system::Retention,
    /// Where `/metrics` and `/health` are served for operators; nowhere when absent.
    #[serde(default, deserialize_with = "settings::optional_listen_setting")]
    pub operations: Option<SocketAddr>,
    /// Where alerts are sent; nowhere when absent.
    pub alerting: Option<alerting::Settings<gp_system::AlertKind>>,
    /// What looks for malware in received documents; nothing is scanned when absent.
    pub scan: Option<gp_system::Scan>,
    /// The practice itself.
    pub practice: gp_system::PracticeConfig,
}

/// The files that the commands take.
pub const KINDS: [&Kind; 4] = [&SERVER, &PRACTICE, &CLIENT, &JOIN];

const SERVER: Kind = Kind {
    name: "server.toml",
    given_to: "restante server --config",
    prefix: "RESTANTE_SERVER__",
    keys: &[
        "data",
        "shared_key",
        "shared_key_file",
        "listener",
        "operations",
        "behind_proxy",
        "allow_http",
        "store",
        "key_file",
        "authority_key_file",
        "console",
        "pages",
        "alerting",
        "exchange",
        "api",
        "demographics",
    ],
    lists: &[],
};

const PRACTICE: Kind = Kind {
    name: "practice.toml",
    given_to: "restante practice --config",
    prefix: "RESTANTE_PRACTICE__",
    keys: &[
        "listen",
        "tls",
        "pages",
        "operations",
        "alerting",
        "retention",
        "scan",
        "practice",
    ],
    lists: &[],
};

/// Reads `server.toml`.
pub fn server(path: &Path) -> Result<ServerConfig, Error> {
    let mut settings = Settings::read(path, &SERVER)?;
    settings.set_variables(&SERVER, process_variables())?;
    let tables = [("exchange", "exchange.sandbox"), ("api", "api.sandbox")];
    let is_set = |(table, _): &(&str, _)| settings.has_in(table, "sandbox");
    let sandbox_keys = tables.into_iter().filter(is_set).map(|(_, key)| key);
    let sandbox_keys = sandbox_keys.collect();
    let mut config: ServerConfig = settings.into_checked(&SERVER, &KINDS)?;
    config.sandbox_keys = sandbox_keys;
    Ok(config)
}

/// Reads `practice.toml`.
pub fn practice(path: &Path) -> Result<PracticeFile, Error> {
    Ok(Settings::load(path, &PRACTICE, &KINDS)?)
}

/// Whose configuration a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Client,
    Server,
    Practice,
}

/// Finds out whose configuration a file is: the Java client's begins with `<`, the others have tables of their own.
///
/// # Errors
///
/// When it cannot be read.
pub fn role(path: &Path) -> Result<Role, Error> {
    if settings::read_text(path)?
        .text
        .trim_start()
        .starts_with('<')
    {
        return Ok(Role::Client);
    }
    let settings = Settings::read(path, &SERVER)?;
    Ok(if settings.has("practice") {
        Role::Practice
    } else if settings.has("mailbox") || settings.has("server") {
        Role::Client
    } else {
        Role::Server
    })
}

/// Whether a file is rather `practice.toml` than `server.toml`.
pub fn is_practice(path: &Path) -> Result<bool, Error> {
    Ok(Settings::read(path, &SERVER)?.has("practice"))
}

/// Where an exchange keeps what it keeps.
pub struct Place {
    pub data: PathBuf,
    pub store: StoreOptions,
    pub key_file: PathBuf,
    /// The private key of its own authority.
    pub authority_key: PathBuf,
}

impl Place {
    /// Everything in one directory.
    pub fn in_directory(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            store: StoreOptions::default(),
            key_file: data.join("key"),
            authority_key: authority_key(data),
        }
    }
}

/// Where the authority makes its private key.
fn authority_key(data: &Path) -> PathBuf {
    https_listener::certificate::key_in(&wiring::certificates_directory(data))
}

impl ServerConfig {
    pub fn place(&self) -> Place {
        let key_file = self.key_file.clone();
        Place {
            data: self.data.clone(),
            store: self.store.clone(),
            key_file: key_file.unwrap_or_else(|| self.data.join("key")),
            authority_key: self
                .authority_key_file
                .clone()
                .unwrap_or_else(|| authority_key(&self.data)),
        }
    }
}
