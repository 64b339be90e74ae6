//! How connections are made, and what their failures mean.

use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::sync::Arc;

use secrecy::ExposeSecret;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::error::SqlState;
use tokio_postgres::{
    AsyncMessage, Client, Connection, IsolationLevel, NoTls, Notification, Transaction,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::hosts::{self, Host, Hosts, Timeline, Turn};
use super::options::PostgresOptions;
use super::tls;
use crate::StoreError;
use crate::watch::{Asked, Part, Watch};

/// Every access is by an index; a plan made while the tables were small must not outlive that.
const PLANNING: &str = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off \
     -c jit=off -c plan_cache_mode=force_generic_plan -c application_name=restante";

/// PostgreSQL notices within some twenty seconds that this machine is gone, and gives free what it had locked. Its own limit
/// is two hours, and the audit trail's last line is locked by every batch.
const NOTICING: &str =
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=3 -c tcp_keepalives_count=3";

/// PostgreSQL ends a transaction in which nothing is asked for so long, and gives free what it had locked: a machine that
/// stands still (one that is paused or moved) is not gone, and every server waits for the trail's last line. We ask within
/// milliseconds.
const STANDING_STILL: &str = "-c idle_in_transaction_session_timeout=60s";

/// In hexadecimal, with the first eight digits of a log file's name.
const TIMELINE: &str = "SELECT substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)";

/// Makes connections, each to the server that takes writes now.
#[derive(Clone)]
pub(super) struct Connector {
    hosts: Arc<Hosts>,
    watch: Watch,
    tls: Option<MakeRustlsConnect>,
}

/// A connection, and what drives it: finished when the connection has ended.
pub(super) struct Connected {
    pub(super) client: Client,
    pub(super) driven: JoinHandle<()>,
    /// Which turn of [`Hosts`] it was made in.
    pub(super) turn: Turn,
}

impl Connector {
    pub(super) fn new(options: &PostgresOptions) -> Result<Self, StoreError> {
        Self::with(options, TargetSessionAttrs::ReadWrite)
    }

    /// For who only reads: where `url` names one server, it may be a standby.
    pub(super) fn for_reading(options: &PostgresOptions) -> Result<Self, StoreError> {
        Self::with(options, TargetSessionAttrs::Any)
    }

    fn with(options: &PostgresOptions, needed: TargetSessionAttrs) -> Result<Self, StoreError> {
        let mut config = options.config()?;
        if let Some(password) = &options.password {
            config.password(password.first_line()?.expose_secret());
        }
        let tls = options.ca_file.as_deref().map(tls::trusting).transpose()?;
        config.ssl_mode(match &tls {
            Some(_) => SslMode::Require,
            None => SslMode::Disable,
        });
        let given = config.get_options().unwrap_or_default();
        let options = format!("{PLANNING} {NOTICING} {STANDING_STILL} {given}");
        config.options(options);
        let hosts = Arc::new(Hosts::new(&config, needed));
        let watch = Watch::over(Part::Database);
        Ok(Self { hosts, watch, tls })
    }

    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Notes what the database did or did not do.
    pub(super) fn noted<T>(&self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        match &done {
            Ok(_) => self.watch.works(Asked::Reading),
            Err(error @ (StoreError::Unavailable(_) | StoreError::ReadOnly)) => {
                self.watch.fails(Asked::Reading, error.to_string());
            }
            Err(_) => {}
        }
        done
    }

    /// Which server takes writes, as far as is known.
    pub(super) fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// A connection, driven by the runtime that calls.
    pub(super) async fn connect(&self) -> Result<Connected, StoreError> {
        self.connect_hearing(|_| ()).await
    }

    /// A connection that hands on what sessions notify it of. The server that took the last one is tried first, then
    /// the others.
    pub(super) async fn connect_hearing(
        &self,
        heard: impl Fn(&Notification) + Send + Clone + 'static,
    ) -> Result<Connected, StoreError> {
        let mut failures = Vec::new();
        for (number, host) in self.hosts.in_turn() {
            match self.connect_to(host, heard.clone()).await {
                Ok((client, driven)) => {
                    let timeline = self.timeline(&client).await;
                    if let Some(turn) = self.hosts.takes_writes(number, timeline) {
                        return Ok(Connected {
                            client,
                            driven,
                            turn,
                        });
                    }
                    failures.push((
                        host,
                        unavailable("it was the primary before another took over, and is to follow that one"),
                    ));
                }
                Err(error) => failures.push((host, error)),
            }
        }
        let error = hosts::none_of(failures);
        self.watch.fails(Asked::Reading, error.to_string());
        Err(error)
    }

    async fn timeline(&self, client: &Client) -> Timeline {
        if !self.hosts.are_several() {
            return 0;
        }
        let asked = tokio::time::timeout(self.hosts.patience(), client.query_one(TIMELINE, &[]));
        let row = asked.await.ok().and_then(Result::ok);
        let digits = row.and_then(|row| row.try_get::<_, String>(0).ok());
        let timeline = digits.and_then(|digits| Timeline::from_str_radix(&digits, 16).ok());
        timeline.unwrap_or_default()
    }

    /// Each server by its name: whether it takes writes, or why that cannot be told.
    pub(super) async fn look_at_each(&self) -> Vec<(String, Result<bool, StoreError>)> {
        let mut found = Vec::new();
        for (_, host) in self.hosts.in_turn() {
            let takes_writes = match self.connect_to(host, |_| ()).await {
                Ok(_) => Ok(true),
                Err(StoreError::ReadOnly) => Ok(false),
                Err(error) => Err(error),
            };
            found.push((host.name().to_owned(), takes_writes));
        }
        found
    }

    async fn connect_to(
        &self,
        host: &Host,
        heard: impl Fn(&Notification) + Send + 'static,
    ) -> Result<(Client, JoinHandle<()>), StoreError> {
        let connecting = async {
            Ok(match &self.tls {
                Some(tls) => {
                    let (client, connection) = host.config.connect(tls.clone()).await?;
                    (client, tokio::spawn(hand_on(connection, heard)))
                }
                None => {
                    let (client, connection) = host.config.connect(NoTls).await?;
                    (client, tokio::spawn(hand_on(connection, heard)))
                }
            })
        };
        match tokio::time::timeout(self.hosts.patience(), connecting).await {
            Ok(Err(_)) if self.tls.is_some() && tls::is_not_offered(&host.config).await => Err(
                unavailable("PostgreSQL offers no TLS, which ca_file asks for"),
            ),
            Ok(connected) => connected.map_err(to_store_error),
            Err(_) => Err(unavailable("PostgreSQL did not answer")),
        }
    }
}

/// Drives a connection to its end. It waits for nothing but the connection: what is given over it meanwhile is
/// answered only while it is driven.
async fn hand_on<S, T>(mut connection: Connection<S, T>, heard: impl Fn(&Notification))
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
        if let AsyncMessage::Notification(notification) = message {
            heard(&notification);
        }
    }
}

/// Reads everything as of one moment, its first statement's; servers go on meanwhile.
pub(super) async fn snapshot(client: &mut Client) -> Result<Transaction<'_>, StoreError> {
    client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await
        .map_err(to_store_error)
}

/// What a failure means. Its own text is not kept: it may quote values.
pub(super) fn to_store_error(error: tokio_postgres::Error) -> StoreError {
    let Some(code) = error.code() else {
        if is_refused_as_read_only(&error) {
            return StoreError::ReadOnly;
        }
        return unavailable(tls::refusal(&error).unwrap_or("PostgreSQL cannot be reached"));
    };
    match (code.code().get(..2), code) {
        (_, &SqlState::DISK_FULL) => StoreError::DiskFull,
        (_, &SqlState::READ_ONLY_SQL_TRANSACTION) => StoreError::ReadOnly,
        (
            _,
            &SqlState::T_R_SERIALIZATION_FAILURE
            | &SqlState::T_R_DEADLOCK_DETECTED
            | &SqlState::LOCK_NOT_AVAILABLE,
        ) => StoreError::Busy,
        (_, &SqlState::TOO_MANY_CONNECTIONS) => {
            unavailable("PostgreSQL has as many connections as it may (max_connections)")
        }
        (_, &SqlState::CANNOT_CONNECT_NOW) => {
            unavailable("PostgreSQL is starting, stopping or recovering")
        }
        // the transaction stood still, and was not kept
        (_, &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT) => {
            unavailable("PostgreSQL ended a transaction that stood still")
        }
        // connection exceptions, insufficient resources, operator intervention
        (Some("08" | "53" | "57"), _) => unavailable("PostgreSQL is not available"),
        _ => StoreError::Sql(code.code().to_owned()),
    }
}

/// Whether a connection was not made because its server takes no writes; the client's own error tells it by its kind.
fn is_refused_as_read_only(error: &tokio_postgres::Error) -> bool {
    let cause = error
        .source()
        .and_then(|cause| cause.downcast_ref::<io::Error>());
    // what the system refuses has a number
    cause.is_some_and(|cause| {
        cause.kind() == io::ErrorKind::PermissionDenied && cause.raw_os_error().is_none()
    })
}

pub(super) fn unavailable(reason: &'static str) -> StoreError {
    StoreError::Unavailable(reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_still_is_ended_on_each_server_and_what_url_says_comes_last() {
        let connector = Connector::new(&PostgresOptions {
            url: "postgresql://r@localhost,127.0.0.1/r?options=-csearch_path%3Done".to_owned(),
            password: None,
            ca_file: None,
            connections: 1,
        });
        for (_, host) in connector.unwrap().hosts.in_turn() {
            let options = host.config.get_options().unwrap();
            assert!(options.contains("idle_in_transaction_session_timeout=60s"));
            assert!(options.ends_with(" -csearch_path=one"), "{options}");
        }
    }
}
