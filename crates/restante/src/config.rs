//! Configuration files: TOML, each key overridden by an environment variable, unknown keys refused.
//!
//! `RESTANTE_SERVER__LISTENER__LISTEN=0.0.0.0:8700` overrides `listen` in the table `[listener]` of
//! `server.toml`; `RESTANTE_PRACTICE__…` does the same for `practice.toml`. `docs/configuration.md`
//! lists every key.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::providers::Env;
use figment::value::{Dict, Map};
use figment::{Figment, Metadata, Profile, Provider};
use mail_store::StoreOptions;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// `server.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// The data directory: messages, mailboxes, registry. Relative to the working directory.
    pub data: PathBuf,
    /// A file with the environment's shared key on one line.
    pub shared_key_file: PathBuf,
    /// Where the MESH API listens.
    pub listener: https_listener::ListenerConfig,
    /// Where `/metrics` and `/health` are served for operators; nowhere when absent.
    pub operations: Option<SocketAddr>,
    /// Where messages rest instead of the data directory.
    #[serde(default)]
    pub store: StoreOptions,
    /// The key that seals passwords and addresses; `key` in the data directory when absent.
    pub key_file: Option<PathBuf>,
    /// Where the operator's console is served; nowhere when absent.
    pub console: Option<https_listener::ListenerConfig>,
    /// The rules of the exchange.
    #[serde(default)]
    pub exchange: exchange::Settings,
    /// What the API says of itself, and its limits.
    #[serde(default)]
    pub api: mesh_server::Options,
    /// Who answers which practice a patient is registered with.
    #[serde(default)]
    pub demographics: DemographicsConfig,
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
    pub listen: SocketAddr,
    /// The practice itself.
    pub practice: gp_system::PracticeConfig,
}

/// The text of a configuration file.
struct File<'a>(&'a str);

impl Provider for File<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named("the file")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let values: Dict = toml::from_str(self.0).map_err(|error| error.to_string())?;
        Ok(Profile::Default.collect(values))
    }
}

/// Reads `path` and the environment variables that begin with `prefix`.
pub fn read<T: DeserializeOwned>(path: &Path, prefix: &str) -> Result<T, Error> {
    let refuse = |reason: String| Error::Configuration {
        path: path.to_owned(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(crate::error::at(path))?;
    Figment::new()
        .merge(File(&text))
        .merge(Env::prefixed(prefix).split("__"))
        .extract()
        .map_err(|error| refuse(error.to_string()))
}

/// Whether the file has this table.
pub fn has_table(path: &Path, name: &str) -> Result<bool, Error> {
    let text = std::fs::read_to_string(path).map_err(crate::error::at(path))?;
    Ok(Figment::from(File(&text)).contains(name))
}

/// Reads `server.toml`.
pub fn server(path: &Path) -> Result<ServerConfig, Error> {
    read(path, "RESTANTE_SERVER__")
}

/// Where an exchange keeps what it keeps.
pub struct Place {
    pub data: PathBuf,
    pub store: StoreOptions,
    pub key_file: PathBuf,
}

impl Place {
    /// Everything in one directory.
    pub fn in_directory(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            store: StoreOptions::default(),
            key_file: data.join("key"),
        }
    }
}

impl ServerConfig {
    pub fn place(&self) -> Place {
        let key_file = self.key_file.clone();
        Place {
            data: self.data.clone(),
            store: self.store.clone(),
            key_file: key_file.unwrap_or_else(|| self.data.join("key")),
        }
    }
}
