//! The servers that `url` names, a primary and its standbys, and which of them takes writes now.
//!
//! A connection is made to the server that took the last one, if it still takes writes, else to the next that does. When
//! another one has taken over, a new [`Turn`] begins: connections of earlier ones are not used any more.

use std::time::Duration;

use tokio::sync::watch;
use tokio_postgres::Config;
use tokio_postgres::config::{self, TargetSessionAttrs};

use crate::StoreError;

/// A server that is the only one is given up when it has not answered by then.
const OF_ONE: Duration = Duration::from_secs(5);
/// Of several each.
const OF_SEVERAL: Duration = Duration::from_secs(3);
/// One address of a server that takes no connection is given up by then.
const AN_ADDRESS: Duration = Duration::from_secs(2);
/// What was sent and not acknowledged by then, or a server that was not heard of for the time of the keepalives, is the
/// end of a connection: a machine that vanished says no word.
const UNACKNOWLEDGED: Duration = Duration::from_secs(15);
const IDLE: Duration = Duration::from_secs(10);
const BETWEEN_PROBES: Duration = Duration::from_secs(3);
const PROBES: u32 = 3;

/// Counts how often another server was found to take the writes.
pub(super) type Turn = u64;

pub(super) struct Hosts {
    each: Vec<Host>,
    now: watch::Sender<Now>,
}

/// One server.
pub(super) struct Host {
    name: String,
    pub(super) config: Config,
}

#[derive(Debug, Clone, Copy, Default)]
struct Now {
    host: usize,
    turn: Turn,
    timeline: Timeline,
}

/// Counts promotions: a standby that becomes a primary begins the next one. 0 where a server does not tell.
pub(super) type Timeline = u32;

impl Hosts {
    /// Of what `url` says, checked. Of several servers only that which takes writes is ever wanted.
    pub(super) fn new(config: &Config, needed: TargetSessionAttrs) -> Self {
        let count = config.get_hosts().len().max(config.get_hostaddrs().len());
        let needed = match count {
            1 if config.get_target_session_attrs() == TargetSessionAttrs::Any => needed,
            _ => TargetSessionAttrs::ReadWrite,
        };
        Self {
            each: (0..count)
                .map(|number| Host::new(config, number, needed))
                .collect(),
            now: watch::Sender::default(),
        }
    }

    /// How long one server is waited for.
    pub(super) fn patience(&self) -> Duration {
        match self.each.len() {
            1 => OF_ONE,
            _ => OF_SEVERAL,
        }
    }

    /// How long all are waited for, one after the other.
    pub(super) fn patience_for_all(&self) -> Duration {
        let count = u32::try_from(self.each.len()).unwrap_or(u32::MAX);
        self.patience().saturating_mul(count)
    }

    /// All, the one that took the last connection first.
    pub(super) fn in_turn(&self) -> impl Iterator<Item = (usize, &Host)> {
        let first = self.now.borrow().host;
        let each = self.each.iter().enumerate();
        each.clone().skip(first).chain(each.take(first))
    }

    /// The turn now.
    pub(super) fn turn(&self) -> Turn {
        self.now.borrow().turn
    }

    /// Returns when a turn is over.
    pub(super) async fn is_over(&self, turn: Turn) {
        // it fails only without a sender, which is here
        _ = self.now.subscribe().wait_for(|now| now.turn != turn).await;
    }

    /// Whether there are others.
    pub(super) fn are_several(&self) -> bool {
        self.each.len() > 1
    }

    /// A connection was made to this server. Returns the turn it belongs to; none for a server that was a primary before
    /// another took over: what it is given would be lost.
    pub(super) fn takes_writes(&self, host: usize, timeline: Timeline) -> Option<Turn> {
        let mut turn = None;
        let moved = self.now.send_if_modified(|now| {
            if timeline != 0 && timeline < now.timeline {
                return false;
            }
            now.timeline = timeline.max(now.timeline);
            let moves = now.host != host;
            if moves {
                now.host = host;
                now.turn += 1;
            }
            turn = Some(now.turn);
            moves
        });
        if moved && let Some(host) = self.each.get(host) {
            tracing::warn!(
                host = host.name,
                "another PostgreSQL server takes the writes"
            );
        }
        turn
    }

    /// A connection of this turn was told that its server takes no writes any more.
    pub(super) fn takes_no_writes(&self, turn: Turn) {
        self.now.send_if_modified(|now| {
            let is_news = now.turn == turn;
            now.turn += Turn::from(is_news);
            is_news
        });
    }
}

impl Host {
    /// As it is named in messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn new(all: &Config, number: usize, needed: TargetSessionAttrs) -> Self {
        let mut config = Config::new();
        let ports = all.get_ports();
        let port = ports.get(number).or_else(|| ports.first()).copied();
        let port = port.unwrap_or(5432);
        config.port(port);
        let mut name = String::new();
        if let Some(address) = all.get_hostaddrs().get(number) {
            config.hostaddr(*address);
            name = format!("{address}:{port}");
        }
        match all.get_hosts().get(number) {
            Some(config::Host::Tcp(host)) => {
                config.host(host);
                name = format!("{host}:{port}");
            }
            #[cfg(unix)]
            Some(config::Host::Unix(directory)) => {
                config.host_path(directory);
                name = format!("{}, port {port}", directory.display());
            }
            None => {}
        }
        of_all(all, &mut config);
        config
            .target_session_attrs(needed)
            .connect_timeout(AN_ADDRESS)
            .tcp_user_timeout(UNACKNOWLEDGED)
            .keepalives(true)
            .keepalives_idle(IDLE)
            .keepalives_interval(BETWEEN_PROBES)
            .keepalives_retries(PROBES);
        Self { name, config }
    }
}

/// What `url` says of every server.
fn of_all(all: &Config, config: &mut Config) {
    if let Some(user) = all.get_user() {
        config.user(user);
    }
    if let Some(password) = all.get_password() {
        config.password(password);
    }
    if let Some(database) = all.get_dbname() {
        config.dbname(database);
    }
    if let Some(options) = all.get_options() {
        config.options(options);
    }
    if let Some(name) = all.get_application_name() {
        config.application_name(name);
    }
    config
        .ssl_mode(all.get_ssl_mode())
        .ssl_negotiation(all.get_ssl_negotiation())
        .channel_binding(all.get_channel_binding());
}

/// Why no server could be used. Waiting helps if it helps with one of them.
pub(super) fn none_of(mut failures: Vec<(&Host, StoreError)>) -> StoreError {
    let lasts = failures
        .iter()
        .position(|(_, error)| !error.is_worth_retrying());
    let all_last = failures.iter().all(|(_, error)| !error.is_worth_retrying());
    if failures.len() == 1 || all_last {
        let (_, error) = failures.swap_remove(lasts.unwrap_or(0));
        return error;
    }
    let each: Vec<String> = failures
        .iter()
        .map(|(host, error)| {
            let reason = match error {
                StoreError::Unavailable(reason) => reason.to_string(),
                StoreError::ReadOnly => "it takes no writes: a standby?".to_owned(),
                error => error.to_string(),
            };
            format!("{}: {reason}", host.name)
        })
        .collect();
    let reason = format!("no server of url takes writes ({})", each.join("; "));
    StoreError::Unavailable(reason.into())
}
