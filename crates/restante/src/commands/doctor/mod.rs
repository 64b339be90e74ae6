//! `restante doctor`: whether a client, a server or a practice can do its work, rung by rung.

mod exchange;
mod practice;
mod service;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use mesh_client::config::Loaded;
use mesh_client::ladder::{self, Rung};
use nhs::{Clock, SystemClock, SystemRandomness};

use super::client;
use crate::config::{self, Role};
use crate::error::Error;
use crate::output::{self, Format};

#[derive(Args)]
#[command(after_help = "Example: restante doctor --config client.toml")]
pub struct Arguments {
    /// A client's, server's or practice's configuration
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(serde::Serialize)]
struct Ladder {
    ok: bool,
    rungs: Vec<Rung>,
}

/// Looks at everything that can be looked at, and changes nothing. Exits 1 when a rung does not hold.
///
/// # Errors
///
/// When standard output is closed.
pub async fn run(args: &Arguments) -> Result<ExitCode, Error> {
    let rungs = look(&args.config)
        .await
        .unwrap_or_else(|error| vec![unreadable(&error)]);
    let rungs = ladder::in_order(rungs);
    let ladder = Ladder {
        ok: rungs.iter().all(|rung| rung.ok),
        rungs,
    };
    output::print(args.format, &ladder, |out| print(out, &ladder.rungs))?;
    Ok(if ladder.ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A line for what was found, and one for the cure.
pub fn print(out: &mut dyn Write, rungs: &[Rung]) -> std::io::Result<()> {
    for rung in rungs {
        let verdict = if rung.ok { "ok" } else { "FAILS" };
        writeln!(out, "{:<13} {verdict:<5} {}", rung.name, rung.what)?;
        if !rung.ok {
            writeln!(out, "{:<20}to do: {}", "", rung.cure)?;
        }
    }
    Ok(())
}

async fn look(path: &Path) -> Result<Vec<Rung>, Error> {
    match config::role(path)? {
        Role::Client => Ok(of_client(&client::load::read(path)?).await),
        Role::Server => Ok(exchange::rungs(path, &config::server(path)?).await),
        Role::Practice => Ok(practice::rungs(path, &config::practice(path)?).await),
    }
}

fn unreadable(error: &Error) -> Rung {
    Rung::fails(
        "configuration",
        error.to_string(),
        "correct the file; docs/reference/configuration.md has every key with its unit and default",
    )
}

/// Without a server first; then the way to it, where the configuration lets it be tried.
pub async fn of_client(loaded: &Loaded) -> Vec<Rung> {
    let clock = Arc::new(SystemClock);
    let mut rungs = ladder::local(&loaded.config, clock.now());
    rungs.extend(ladder::server(&loaded.config, clock, Arc::new(SystemRandomness)).await);
    rungs
}
