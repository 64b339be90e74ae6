//! `restante demo`: the whole loop on this machine, in one process.
//!
//! Everything is real: an exchange behind mutual TLS, a registry of published test patients, two
//! practices, each with a client agent over real directories and a GP system. The demo only starts
//! them, submits one consultation and prints what they report.

pub(crate) mod addresses;
pub(crate) mod chaos;
pub(crate) mod connect;
pub(crate) mod credentials;
mod examples;
pub(crate) mod exchange_side;
mod follow;
mod live_loop;
pub(crate) mod pages;
pub(crate) mod patients;
pub(crate) mod practice_events;
pub(crate) mod practice_side;
pub(crate) mod practices;
mod printing;
mod registry;
pub(crate) mod reports;
mod running;
mod steps;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use nhs::NhsNumber;

use crate::error::{self, Error};
use crate::output::Format;
use crate::wiring;

use self::addresses::Listening;
use self::follow::Journey;
use self::reports::Reports;
use self::running::Demo;
use self::steps::Outcome;

#[derive(Args)]
#[command(after_help = "Example: restante demo --once --dir /tmp/restante-demo")]
pub struct Arguments {
    /// Exit when both acknowledgements are received: 0, or 1 with the step that failed and why
    #[arg(long)]
    pub once: bool,
    /// Where everything is kept [default: a new directory among the temporary files]
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// A consultation to send instead of the example (docs/reference/consultation.md)
    #[arg(long, value_name = "FILE.json")]
    pub consultation: Option<PathBuf>,
    /// Send it for this patient of the test registry, or of none
    #[arg(long, value_name = "NHS_NUMBER", value_parser = NhsNumber::parse)]
    pub patient: Option<NhsNumber>,
    #[command(flatten)]
    pub listening: Listening,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How long the consultation may take before the demo says which step it waits for.
const PATIENCE: Duration = Duration::from_secs(60);

pub async fn run(args: Arguments) -> Result<ExitCode, Error> {
    args.listening.check()?;
    let consultation = patients::consultation(args.consultation.as_deref(), args.patient)?;
    let dir = directory(args.dir)?;
    let (reports, events) = Reports::new();
    let demo = Demo::start(&dir, &args.listening, &reports).await?;

    let [starling, osprey] = &demo.identities;
    printing::opening(args.format, starling, osprey, &dir)?;
    let mut journey = Journey::begin(starling, osprey, events);
    let id = demo.sender()?.practice.submit(consultation).await?;
    let outcome = journey.follow(id, PATIENCE, args.format).await?;
    printing::closing(args.format, &journey.steps(), &outcome)?;

    if !args.once {
        printing::doors(args.format, &demo.doors())?;
        wiring::stop_signal()?.cancelled().await;
    }
    demo.stop().await;
    Ok(match outcome {
        Outcome::Delivered => ExitCode::SUCCESS,
        Outcome::Failed { .. } if args.once => ExitCode::FAILURE,
        Outcome::Failed { .. } => ExitCode::SUCCESS,
    })
}

fn directory(given: Option<PathBuf>) -> Result<PathBuf, Error> {
    let dir = match given {
        Some(dir) => dir,
        None => wiring::temporary_directory("restante-demo-")?.keep(),
    };
    std::fs::create_dir_all(&dir).map_err(error::at(&dir))?;
    std::path::absolute(&dir).map_err(error::at(&dir))
}
