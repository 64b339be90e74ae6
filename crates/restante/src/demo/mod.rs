//! `restante demo`: the whole loop on this machine, in one process.
//!
//! Everything is real: an exchange behind mutual TLS, a registry of published test patients, two
//! practices, each with a client agent over real directories and a GP system. The demo only starts
//! them, submits one consultation and prints what they report.

mod exchange_side;
mod follow;
mod landing_page;
mod pages;
mod patients;
mod practice_events;
mod practice_side;
mod practices;
mod printing;
mod reports;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use exchange_console::Console;
use tokio_util::sync::CancellationToken;

use crate::cli;
use crate::error::{self, Error};

use self::exchange_side::ExchangeSide;
use self::follow::{Journey, Outcome};
use self::practice_events::PracticeEvents;
use self::practice_side::PracticeSide;
use self::reports::Reports;

/// How long the consultation may take before the demo says which step it waits for.
const PATIENCE: Duration = Duration::from_secs(60);

pub async fn run(args: cli::Demo) -> Result<ExitCode, Error> {
    let consultation = patients::consultation(args.consultation.as_deref(), args.patient)?;
    let dir = directory(args.dir)?;
    let identities = practices::both()?;
    let [starling, osprey] = &identities;
    let (reports, events) = Reports::new();
    // The practices stop first: a client whose server has gone would complain.
    let (shutdown, exchange_shutdown) = (CancellationToken::new(), CancellationToken::new());

    let journeys = crate::commands::console::journeys(&shutdown, Arc::new(reports.clone()));
    let exchange = ExchangeSide::start(
        &dir.join("exchange"),
        &identities,
        &journeys,
        &exchange_shutdown,
    )
    .await?;
    let mut practices = Vec::new();
    for identity in &identities {
        let home = dir.join("practices").join(identity.folder);
        let events = PracticeEvents::new(identity.name, journeys.clone(), reports.clone());
        practices.push(PracticeSide::start(
            &home, identity, &exchange, &events, &shutdown,
        )?);
    }
    let console = Console::new(exchange.exchange.clone(), journeys);
    let page = pages::serve(&practices, console, args.port, &shutdown).await?;

    printing::opening(args.format, starling, osprey, &dir)?;
    let sender = practices
        .first()
        .ok_or_else(|| Error::Usage("no practice".to_owned()))?;
    let mut journey = Journey::begin(starling, osprey, events);
    let id = sender.practice.submit(consultation).await?;
    let outcome = journey.follow(id, PATIENCE, args.format).await?;
    printing::closing(args.format, &journey, &outcome)?;

    if !args.once {
        printing::page(args.format, &page)?;
        crate::commands::until_told_to_stop()?.cancelled().await;
    }
    shutdown.cancel();
    for practice in practices {
        practice.stopped().await;
    }
    exchange_shutdown.cancel();
    exchange.stopped().await;
    Ok(match outcome {
        Outcome::Home => ExitCode::SUCCESS,
        Outcome::Failed { .. } if args.once => ExitCode::FAILURE,
        Outcome::Failed { .. } => ExitCode::SUCCESS,
    })
}

fn directory(given: Option<PathBuf>) -> Result<PathBuf, Error> {
    let dir = given.unwrap_or_else(|| {
        std::env::temp_dir().join(format!("restante-demo-{}", uuid::Uuid::new_v4().simple()))
    });
    std::fs::create_dir_all(&dir).map_err(error::at(&dir))?;
    std::path::absolute(&dir).map_err(error::at(&dir))
}
