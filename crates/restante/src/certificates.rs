//! The certificates that a service's listeners show and trust, as they grow old: in the log at the start and once a
//! day, in a metric, and on the console's first page.

use std::path::PathBuf;
use std::time::Duration;

use exchange_console::Notices;
use https_listener::ListenerConfig;
use jiff::{SignedDuration, Timestamp};
use mesh_client::api::{Dates, Validity, judge_chain};
use nhs::Clock;
use pages::{CertificateFact, Surroundings};
use tokio_util::sync::CancellationToken;

/// The files are looked at this often, for they may be renewed at any time.
const LOOK_EVERY: Duration = Duration::from_secs(3600);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Reads the validities of the chain that a client shows, its own first.
pub type OwnChain = Box<dyn Fn() -> Vec<Validity> + Send + Sync>;

/// Files of certificates.
pub struct Certificates {
    watched: Vec<Watched>,
    /// Of a client in the same process.
    client: Option<OwnChain>,
}

struct Watched {
    /// The table of the configuration that names it.
    listener: &'static str,
    key: &'static str,
    path: PathBuf,
}

impl Certificates {
    /// Those of listeners, each with the name of its table in the configuration.
    pub fn of(listeners: &[(&'static str, Option<&ListenerConfig>)]) -> Self {
        let tables = listeners.iter().filter_map(|(name, listener)| {
            let tls = listener.and_then(|listener| listener.tls.as_ref());
            tls.map(|tls| (*name, tls))
        });
        let watched = tables.flat_map(|(listener, tls)| {
            let files = [
                ("certificate", Some(tls.certificate.clone())),
                ("client_ca", tls.client_ca.clone()),
            ];
            files.into_iter().filter_map(move |(key, path)| {
                path.map(|path| Watched {
                    listener,
                    key,
                    path,
                })
            })
        });
        Self {
            watched: watched.collect(),
            client: None,
        }
    }

    /// What the dates of each mean now; good ones are left out.
    pub fn look(&self, now: Timestamp) -> Vec<Dates> {
        let judged = self.watched.iter().map(|watched| watched.judge(now));
        judged.filter(|dates| *dates != Dates::Good).collect()
    }

    /// With that of a client that runs in the same process. Of its dates the client itself warns.
    #[must_use]
    pub fn with_client(self, client: Option<OwnChain>) -> Self {
        Self { client, ..self }
    }

    /// Each of them, for the page that shows the settings.
    pub fn facts(&self, now: Timestamp) -> Vec<CertificateFact> {
        let own = self.watched.iter().map(|watched| watched.fact(now));
        own.chain(self.client.as_ref().map(|chain| of_client(&chain(), now)))
            .collect()
    }

    /// Says it in the log, on the console's first page and on the page of settings until shut down.
    pub async fn watch(
        self,
        clock: impl Clock,
        (notices, surroundings): (Notices, Surroundings),
        shutdown: CancellationToken,
    ) {
        let mut said: Option<Timestamp> = None;
        loop {
            let now = clock.now();
            surroundings.set_certificates(self.facts(now));
            let found = self.look(now);
            if said.is_none_or(|said| now.duration_since(said) >= DAY) {
                said = Some(now);
                for dates in &found {
                    match dates {
                        Dates::Good => {}
                        Dates::EndSoon(words) => tracing::warn!("{words}"),
                        Dates::Wrong(words) => tracing::error!("{words}"),
                    }
                }
            }
            let sentences = found.iter().filter_map(Dates::words).map(str::to_owned);
            notices.set(sentences.collect());
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }
}

/// The certificate that a client shows.
fn of_client(chain: &[Validity], now: Timestamp) -> CertificateFact {
    let name = "the MESH client's own certificate".to_owned();
    let dates = match chain {
        [] => Dates::Good,
        chain => judge_chain(&name, chain, now),
    };
    CertificateFact {
        trouble: dates.words().map(str::to_owned),
        ends: ends(chain),
        name,
    }
}

fn ends(chain: &[Validity]) -> Option<Timestamp> {
    chain.iter().map(|validity| validity.not_after).min()
}

impl Watched {
    fn fact(&self, now: Timestamp) -> CertificateFact {
        let chain = Validity::of_each(&std::fs::read(&self.path).unwrap_or_default());
        let what = match self.key {
            "client_ca" => "authority of the clients",
            _ => "certificate of the listener",
        };
        CertificateFact {
            name: format!("{what}, {} of [{}.tls]", self.key, self.listener),
            ends: ends(&chain),
            trouble: self.judge(now).words().map(str::to_owned),
        }
    }

    /// What cannot be read is the listener's to complain of.
    fn judge(&self, now: Timestamp) -> Dates {
        let chain = Validity::of_each(&std::fs::read(&self.path).unwrap_or_default());
        let Some(ends) = ends(&chain) else {
            return Dates::Good;
        };
        metrics::gauge!("restante_certificate_expires_timestamp_seconds",
            "listener" => self.listener, "key" => self.key)
        .set(ends.as_second() as f64);
        let name = format!(
            "{} of [{}.tls], {},",
            self.key,
            self.listener,
            self.path.display()
        );
        match self.key {
            "client_ca" => {
                let each = chain.iter().map(|validity| validity.judge(&name, now));
                let mut each: Vec<_> = each.filter(|dates| *dates != Dates::Good).collect();
                each.sort_by_key(|dates| matches!(dates, Dates::EndSoon(_)));
                each.into_iter().next().unwrap_or(Dates::Good)
            }
            _ => judge_chain(&name, &chain, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use https_listener::TlsConfig;
    use https_listener::certificate::Authority;

    use super::*;

    #[test]
    fn the_servers_certificate_and_authority_are_told_of_before_they_end() {
        let directory = tempfile::tempdir().unwrap();
        let start: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
        let authority = Authority::open_or_create(directory.path(), start).unwrap();
        let issued = authority.issue_server(&["localhost".to_owned()], start);
        let files = issued.unwrap().write(directory.path(), "server").unwrap();
        let tls = TlsConfig {
            certificate: files.certificate,
            key: files.key,
            client_ca: Some(authority.ca_path()),
            revocation_lists: Vec::new(),
            refuse_expired_revocation_lists: false,
        };
        let listener = ListenerConfig::tls("127.0.0.1:0".parse().unwrap(), tls.clone());
        let plain = ListenerConfig::plain("127.0.0.1:0".parse().unwrap());
        let watched = Certificates::of(&[("listener", Some(&listener)), ("console", Some(&plain))]);
        assert_eq!(watched.look(start), []);
        let ends = |path: &std::path::Path| {
            let pem = std::fs::read(path).unwrap();
            Validity::of(&pem).unwrap().not_after
        };
        let day = |at: Timestamp, days: i64| at + SignedDuration::from_hours(24 * days);
        let own = ends(&tls.certificate);
        let soon = watched.look(day(own, -10));
        assert!(
            matches!(&soon[..], [Dates::EndSoon(words)] if words.contains("certificate of [listener.tls]")),
            "{soon:?}"
        );
        let over = watched.look(day(own.max(ends(&authority.ca_path())), 1));
        assert!(
            matches!(&over[..], [Dates::Wrong(_), Dates::Wrong(words)] if words.contains("client_ca of")),
            "{over:?}"
        );
    }
}
