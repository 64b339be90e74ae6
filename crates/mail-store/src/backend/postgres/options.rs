//! How the database is reached.

use std::path::PathBuf;

use serde::Deserialize;
use settings::Secret;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::connect::Connector;
use crate::StoreError;

/// Records in PostgreSQL, version 13 or later.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresOptions {
    /// `postgresql://user@host:5432/database`; `host=/directory` as a parameter for a Unix socket. Several hosts,
    /// separated by commas, are a primary and its standbys: whichever takes writes is used.
    pub url: String,
    /// The password; of a file the first line.
    pub password: Option<Secret>,
    /// The authorities' certificates in PEM; the connection is TLS only with it, and without TLS
    /// only without it.
    pub ca_file: Option<PathBuf>,
    /// Connections for reading, at most, beside the one that commits.
    #[serde(default = "connections")]
    pub connections: usize,
}

/// Of more servers each would be asked too late.
const MOST_HOSTS: usize = 8;

impl PostgresOptions {
    /// What `url` says, if it can be used.
    pub(super) fn config(&self) -> Result<Config, StoreError> {
        let unusable =
            |reason: &str| StoreError::Configuration(format!("[store.postgresql] {reason}"));
        let config: Config = self.url.parse().map_err(|_| {
            unusable(
                "url is expected in the form postgresql://user@host/database, or \
                 postgresql://user@host1:5432,host2:5432/database?target_session_attrs=read-write",
            )
        })?;
        let (names, addresses) = (config.get_hosts().len(), config.get_hostaddrs().len());
        let (hosts, ports) = (names.max(addresses), config.get_ports().len());
        match (self.ca_file.is_some(), config.get_ssl_mode()) {
            (true, SslMode::Disable) => Err(unusable(
                "sslmode=disable contradicts ca_file; give one of them",
            )),
            (false, SslMode::Require) => Err(unusable("sslmode=require needs ca_file")),
            _ if config.get_target_session_attrs() == TargetSessionAttrs::ReadOnly => {
                Err(unusable(
                    "target_session_attrs=read-only cannot be: an exchange writes; leave it out, or give read-write",
                ))
            }
            _ if hosts == 0 => Err(unusable("url names no host")),
            _ if hosts > MOST_HOSTS => Err(unusable(&format!(
                "url names {hosts} hosts, at most {MOST_HOSTS} may be"
            ))),
            _ if ports > 1 && ports != hosts => Err(unusable(&format!(
                "url names {hosts} hosts and {ports} ports; give one port for all, or one for each host"
            ))),
            _ if names > 0 && addresses > 0 && names != addresses => Err(unusable(&format!(
                "url names {names} hosts and {addresses} of hostaddr; give one hostaddr for each host"
            ))),
            _ => Ok(config),
        }
    }

    /// The servers that `url` names: whether each takes writes, or why that cannot be told.
    ///
    /// # Errors
    ///
    /// [`StoreError::Configuration`] when `url` or another setting cannot be used.
    pub async fn servers(&self) -> Result<Vec<(String, Result<bool, StoreError>)>, StoreError> {
        Ok(Connector::new(self)?.look_at_each().await)
    }

    /// Whether what is said to the database leaves this machine without TLS. A `url` that cannot be
    /// read is refused when the store is opened.
    pub fn is_sent_in_clear(&self) -> bool {
        let Ok(config) = self.url.parse::<Config>() else {
            return false;
        };
        let is_here = |host: &Host| match host {
            Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(settings::is_loopback),
            #[cfg(unix)]
            Host::Unix(_) => true,
        };
        let addresses = config.get_hostaddrs();
        let leaves = match addresses.is_empty() {
            true => !config.get_hosts().iter().all(is_here),
            false => !addresses.iter().copied().all(settings::is_loopback),
        };
        leaves && self.ca_file.is_none()
    }
}

fn connections() -> usize {
    8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sockets_and_this_machine_are_safe_without_an_authority() {
        for (url, clear) in [
            ("postgresql://r@db.example/r", true),
            ("postgresql://r@10.0.0.7:5432/r", true),
            ("postgresql://r@localhost,db.example/r", true),
            ("postgresql://r@localhost/r?hostaddr=10.0.0.7", true),
            ("postgresql://r@localhost/r", false),
            ("postgresql://r@127.0.0.1:5433/r", false),
            ("postgresql://r@[::1]/r", false),
            ("postgresql://r@/r?host=/var/run/postgresql", false),
            ("postgresql://r@db.example/r?hostaddr=127.0.0.1", false),
        ] {
            let mut options = PostgresOptions {
                url: url.to_owned(),
                password: None,
                ca_file: None,
                connections: 1,
            };
            assert_eq!(options.is_sent_in_clear(), clear, "{url}");
            options.ca_file = Some(PathBuf::from("ca.pem"));
            assert!(!options.is_sent_in_clear(), "{url}");
        }
    }
}
