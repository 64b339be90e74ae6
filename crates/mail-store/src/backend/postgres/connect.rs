//! How connections are made, and what their failures mean.

use std::future::poll_fn;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use secrecy::ExposeSecret;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{
    AsyncMessage, Client, Config, Connection, IsolationLevel, NoTls, Notification, Transaction,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::options::PostgresOptions;
use super::tls;
use crate::StoreError;

/// A connection that cannot be made by then counts as unavailable.
const PATIENCE: Duration = Duration::from_secs(5);

/// Every access is by an index; a plan made while the tables were small must not outlive that.
const PLANNING: &str = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off \
     -c jit=off -c plan_cache_mode=force_generic_plan -c application_name=restante";

/// Makes connections.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl Connector {
    pub(super) fn new(options: &PostgresOptions) -> Result<Self, StoreError> {
        let unusable =
            |reason: &str| StoreError::Configuration(format!("[store.postgresql] {reason}"));
        let mut config: Config = options
            .url
            .parse()
            .map_err(|_| unusable("url is expected in the form postgresql://user@host/database"))?;
        if let Some(password) = &options.password {
            config.password(password.first_line()?.expose_secret());
        }
        let tls = options.ca_file.as_deref().map(tls::trusting).transpose()?;
        match (&tls, config.get_ssl_mode()) {
            (Some(_), SslMode::Disable) => {
                return Err(unusable(
                    "sslmode=disable contradicts ca_file; give one of them",
                ));
            }
            (Some(_), _) => {
                config.ssl_mode(SslMode::Require);
            }
            (None, SslMode::Require) => {
                return Err(unusable("sslmode=require needs ca_file"));
            }
            (None, _) => {
                config.ssl_mode(SslMode::Disable);
            }
        }
        let planning = match config.get_options() {
            Some(given) => format!("{PLANNING} {given}"),
            None => PLANNING.to_owned(),
        };
        config.options(planning).connect_timeout(PATIENCE);
        config.keepalives_idle(Duration::from_secs(30));
        Ok(Self { config, tls })
    }

    /// A connection that hands on what sessions notify it of, and what drives it, on the runtime that calls:
    /// finished when the connection has ended.
    pub(super) async fn connect_listening(
        &self,
        heard: impl Fn(&Notification) + Send + 'static,
    ) -> Result<(Client, JoinHandle<()>), StoreError> {
        let connecting = async {
            Ok(match &self.tls {
                Some(tls) => {
                    let (client, connection) = self.config.connect(tls.clone()).await?;
                    (client, tokio::spawn(hand_on(connection, heard)))
                }
                None => {
                    let (client, connection) = self.config.connect(NoTls).await?;
                    (client, tokio::spawn(hand_on(connection, heard)))
                }
            })
        };
        match tokio::time::timeout(PATIENCE, connecting).await {
            Ok(connected) => connected.map_err(to_store_error),
            Err(_) => Err(StoreError::Unavailable("PostgreSQL did not answer")),
        }
    }

    /// A connection, driven by the runtime that calls.
    pub(super) async fn connect(&self) -> Result<Client, StoreError> {
        let connecting = async {
            Ok(match &self.tls {
                Some(tls) => {
                    let (client, connection) = self.config.connect(tls.clone()).await?;
                    tokio::spawn(connection);
                    client
                }
                None => {
                    let (client, connection) = self.config.connect(NoTls).await?;
                    tokio::spawn(connection);
                    client
                }
            })
        };
        match tokio::time::timeout(PATIENCE, connecting).await {
            Ok(Err(_)) if self.tls.is_some() && tls::is_not_offered(&self.config).await => {
                let reason = "PostgreSQL offers no TLS, which ca_file asks for";
                Err(StoreError::Unavailable(reason))
            }
            Ok(connected) => connected.map_err(to_store_error),
            Err(_) => Err(StoreError::Unavailable("PostgreSQL did not answer")),
        }
    }

    /// Connections for reading.
    pub(super) fn pool(&self, size: usize) -> Result<Pool, StoreError> {
        let settings = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = match &self.tls {
            Some(tls) => Manager::from_config(self.config.clone(), tls.clone(), settings),
            None => Manager::from_config(self.config.clone(), NoTls, settings),
        };
        Pool::builder(manager)
            .max_size(size.max(1))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .recycle_timeout(Some(PATIENCE))
            .build()
            .map_err(|_| StoreError::Unavailable("the connections to PostgreSQL"))
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
        let reason = tls::refusal(&error).unwrap_or("PostgreSQL cannot be reached");
        return StoreError::Unavailable(reason);
    };
    match (code.code().get(..2), code) {
        (_, &SqlState::DISK_FULL) => StoreError::DiskFull,
        (_, &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED) => {
            StoreError::Busy
        }
        // connection exceptions, insufficient resources, operator intervention, system errors
        (Some("08" | "53" | "57" | "58"), _) => {
            StoreError::Unavailable("PostgreSQL is not available")
        }
        _ => StoreError::Sql(code.code().to_owned()),
    }
}

pub(super) fn pool_to_store_error(error: deadpool_postgres::PoolError) -> StoreError {
    match error {
        deadpool_postgres::PoolError::Backend(error) => to_store_error(error),
        _ => StoreError::Unavailable("PostgreSQL has no connection free"),
    }
}
