//! `restante server --config`: the exchange.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use alerting::{Alerting, Wake};
use clap::Args;
use exchange::Exchange;
use exchange_console::{Journeys, Notices};
use https_listener::{ListenerConfig, Server};
use nhs::{SystemClock, SystemRandomness};
use pages::Surroundings;
use pds::Demographics;
use tokio_util::sync::CancellationToken;

use crate::alerts::{self, ExchangeAlerts};
use crate::certificates::Certificates;
use crate::config::{self, DemographicsConfig, ServerConfig, Source};
use crate::error::Error;
use crate::exchange_setup;
use crate::process;
use crate::release_notes;
use crate::telemetry::Traces;
use crate::weakened::{self, Weakened};
use crate::wiring;

use super::console;
use super::sandbox::SandboxArguments;

#[derive(Args)]
#[command(after_help = "Examples:\n  restante server --config server.toml\n  \
    restante server --sandbox --listen 127.0.0.1:8700 --data /tmp/sandbox\n  \
    restante server --sandbox --ui 127.0.0.1:8701")]
pub struct Arguments {
    /// Configuration (docs/reference/configuration.md)
    #[arg(long, value_name = "server.toml", required_unless_present = "sandbox")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub sandbox: SandboxArguments,
}

pub async fn run(args: Arguments) -> Result<(), Error> {
    let path = args
        .config
        .ok_or_else(|| Error::Usage("give --config or --sandbox".to_owned()))?;
    with_config(&path).await
}

/// Runs an exchange until it is told to stop.
pub async fn with_config(path: &Path) -> Result<(), Error> {
    let config = config::server(path)?;
    let alerting = alerts::of_server(path, &config)?;
    process::make_files_private();
    let weakened = weakened::admit(weakened::of_server(&config))?;
    let shared_key = wiring::shared_keys(&config.shared_key).map_err(|error| Error::Secret {
        key: "shared_key",
        config: path.to_owned(),
        error,
        remedy: "any line that nobody can guess will do, the same for every client (docs/reference/configuration.md \
                 shows how to make one)",
    })?;
    durable::create_directory(&config.data, durable::Access::Owner)?;
    let demographics = demographics(&config.data, &config.demographics)?;
    let traces = Traces::from_environment()?;
    let shutdown = wiring::stop_signal()?;
    let (journeys, observer) = match config.console {
        Some(_) => {
            let journeys = wiring::journeys(&shutdown, traces.observer());
            (Some(journeys.clone()), Arc::new(journeys) as _)
        }
        None => (None, traces.observer()),
    };
    let exchange = wiring::open_exchange(
        &config.place(),
        demographics,
        shared_key,
        config.exchange.clone(),
        observer,
    )
    .await?;
    let served = serve(exchange, config, (weakened, alerting), journeys, shutdown).await;
    traces.stop().await;
    served
}

async fn serve(
    exchange: Exchange,
    config: ServerConfig,
    (weakened, alerting): (Weakened, Option<Alerting>),
    journeys: Option<Journeys>,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let operations = match config.operations {
        Some(address) => Some(Server::bind(ListenerConfig::plain(address)).await?),
        None => None,
    };
    let certificates = Certificates::of(&[
        ("listener", Some(&config.listener)),
        ("console", config.console.as_ref()),
    ]);
    let notices = Notices::default();
    let surroundings = Surroundings::new(release_notes::NOTES);
    let setup = exchange_setup::of_server(&config, surroundings.clone());
    let server = Server::bind(config.listener).await?;
    let options = config.api.served_by(&server);
    let routers = mesh_server::routers(exchange.clone(), options);
    wiring::announce("MESH API", &server, "")?;
    if let Some(operations) = operations {
        wiring::announce("metrics", &operations, "/metrics")?;
        weakened.count();
        tokio::spawn(operations.run(routers.operations, shutdown.clone()));
    }
    let known = (notices.clone(), surroundings.clone());
    tokio::spawn(certificates.watch(SystemClock, known, shutdown.clone()));
    let source = ExchangeAlerts::new(exchange.clone(), notices.clone());
    let sending = alerts::begin(alerting, source, &Wake::default(), &shutdown);
    if let Some((listener, journeys)) = config.console.zip(journeys) {
        let exchange = exchange.clone();
        console::start(
            listener,
            &config.pages,
            &config.data,
            exchange,
            (journeys, notices, setup),
            &shutdown,
        )
        .await?;
    }
    wiring::serve_exchange(exchange, server, routers.api, shutdown).await;
    alerts::finish(sending).await;
    Ok(())
}

fn demographics(data: &Path, config: &DemographicsConfig) -> Result<Arc<dyn Demographics>, Error> {
    let registry = || {
        let options = pds::RegistryOptions {
            policy: config.policy,
            ..Default::default()
        };
        pds::Registry::open_with(&wiring::registry_directory(data), options)
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
