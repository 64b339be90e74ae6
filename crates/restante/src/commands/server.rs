//! `restante server --config`: the exchange.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use exchange::{Exchange, Parts, Vault};
use exchange_console::Journeys;
use https_listener::{ListenerConfig, Server};
use mail_store::Store;
use nhs::{Clock, SystemClock, SystemRandomness};
use pds::Demographics;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::cli;
use crate::config::{self, DemographicsConfig, Place, ServerConfig, Source};
use crate::error::{self, Error};
use crate::telemetry::Traces;

pub async fn run(args: cli::Server) -> Result<(), Error> {
    let path = args
        .config
        .ok_or_else(|| Error::Usage("give --config or --sandbox".to_owned()))?;
    let config = config::server(&path)?;
    let shared_key = read_secret(&config.shared_key_file)?;
    let demographics = demographics(&config.data, &config.demographics)?;
    let traces = Traces::from_environment()?;
    let shutdown = super::until_told_to_stop()?;
    let (journeys, observer) = match config.console {
        Some(_) => {
            let journeys = super::console::journeys(&shutdown, traces.observer());
            (Some(journeys.clone()), Arc::new(journeys) as _)
        }
        None => (None, traces.observer()),
    };
    let exchange = open_at(
        &config.place(),
        demographics,
        shared_key,
        config.exchange.clone(),
        observer,
    )
    .await?;
    let served = serve(exchange, config, journeys, shutdown).await;
    traces.stop().await;
    served
}

/// Opens the store in `data` and the exchange over it.
pub async fn open(
    data: &Path,
    demographics: Arc<dyn Demographics>,
    shared_key: SecretString,
    settings: exchange::Settings,
    observer: Arc<dyn exchange::Observer>,
) -> Result<Exchange, Error> {
    let place = Place::in_directory(data);
    open_at(&place, demographics, shared_key, settings, observer).await
}

async fn open_at(
    place: &Place,
    demographics: Arc<dyn Demographics>,
    shared_key: SecretString,
    settings: exchange::Settings,
    observer: Arc<dyn exchange::Observer>,
) -> Result<Exchange, Error> {
    let randomness = Arc::new(SystemRandomness);
    let node = nhs::uuid_v4(randomness.as_ref()).as_u128();
    let store = Store::open_with(&place.store, &place.data, node).await?;
    let vault = Vault::open_or_create(&place.key_file, randomness.as_ref())?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let parts = Parts {
        store,
        vault,
        demographics,
        clock,
        randomness,
        shared_key,
        settings,
        observer,
    };
    Ok(Exchange::open(parts).await?)
}

async fn serve(
    exchange: Exchange,
    config: ServerConfig,
    journeys: Option<Journeys>,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let operations = match config.operations {
        Some(address) => Some(Server::bind(ListenerConfig::plain(address)).await?),
        None => None,
    };
    let server = Server::bind(config.listener).await?;
    writeln!(std::io::stdout(), "MESH API on {}", server.url())?;
    let router = mesh_server::router(exchange.clone(), config.api);
    let background = tokio::spawn({
        let (exchange, shutdown) = (exchange.clone(), shutdown.clone());
        async move { exchange.run(shutdown).await }
    });
    if let Some(operations) = operations {
        writeln!(std::io::stdout(), "metrics on {}/metrics", operations.url())?;
        let router = mesh_server::operations_router(exchange.clone());
        tokio::spawn(operations.run(router, shutdown.clone()));
    }
    if let Some((listener, journeys)) = config.console.zip(journeys) {
        super::console::start(listener, &config.data, exchange, journeys, &shutdown).await?;
    }
    server.run(router, shutdown.clone()).await;
    shutdown.cancel();
    if background.await.is_err() {
        tracing::error!("the exchange's background work stopped abnormally");
    }
    Ok(())
}

fn demographics(data: &Path, config: &DemographicsConfig) -> Result<Arc<dyn Demographics>, Error> {
    let registry = || {
        let options = pds::RegistryOptions {
            policy: config.policy,
            ..Default::default()
        };
        pds::Registry::open_with(&super::registry::directory(data), options)
    };
    let fhir = || {
        let options = config.fhir.clone().ok_or_else(|| {
            Error::Usage("[demographics] source asks for PDS FHIR; give [demographics.fhir]".into())
        })?;
        let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
        Ok::<_, Error>(pds::FhirClient::new(
            options,
            config.policy,
            clock,
            randomness,
        )?)
    };
    Ok(match config.source {
        Source::Registry => Arc::new(registry()?),
        Source::Fhir => Arc::new(fhir()?),
        Source::Chain => Arc::new(pds::Chain::new(vec![
            Arc::new(registry()?),
            Arc::new(fhir()?),
        ])),
    })
}

fn read_secret(path: &Path) -> Result<SecretString, Error> {
    let text = std::fs::read_to_string(path).map_err(error::at(path))?;
    match text.lines().next() {
        Some(line) if !line.trim().is_empty() => Ok(line.trim().to_owned().into()),
        _ => Err(Error::Configuration {
            path: path.to_owned(),
            reason: "the shared key is expected on the first line".to_owned(),
        }),
    }
}
