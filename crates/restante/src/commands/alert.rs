//! `restante alert`: whether alerts arrive.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use alerting::Alerting;
use clap::{Args, Subcommand};
use nhs::{Clock, SystemClock};

use crate::alerts;
use crate::config::{self, Role};
use crate::error::Error;
use crate::output::{self, Format};

#[derive(Subcommand)]
pub enum Action {
    /// Send a test message by each channel of [alerting], and say what came back
    Test(Test),
}

#[derive(Args)]
#[command(after_help = "Example: restante alert test --config practice.toml")]
pub struct Test {
    /// A server's or practice's configuration
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(serde::Serialize)]
struct Answer {
    channel: &'static str,
    ok: bool,
    /// What came back, or why nothing did.
    answer: String,
}

/// Exits 1 when a channel's message was not taken.
///
/// # Errors
///
/// When the configuration cannot be used, or has no table `[alerting]`.
pub async fn run(action: Action) -> Result<ExitCode, Error> {
    let Action::Test(args) = action;
    let Some(alerting) = of_file(&args.config)? else {
        return Err(Error::Usage(format!(
            "{}: expected a table [alerting] in the configuration of a server or a practice, and found none, so that no \
             alert is sent (docs/reference/configuration.md)",
            args.config.display()
        )));
    };
    let answers = alerting.test(SystemClock.now()).await;
    let answers: Vec<_> = answers
        .into_iter()
        .map(|(channel, answer)| Answer {
            channel: channel.as_str(),
            ok: answer.is_ok(),
            answer: answer.unwrap_or_else(|error| error.to_string()),
        })
        .collect();
    output::print(args.format, &answers, |out| {
        for Answer {
            channel,
            ok,
            answer,
        } in &answers
        {
            let verdict = if *ok { "taken" } else { "FAILS" };
            writeln!(out, "{channel:<8} {verdict:<6} {answer}")?;
        }
        Ok(())
    })?;
    Ok(match answers.iter().all(|answer| answer.ok) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn of_file(path: &Path) -> Result<Option<Alerting>, Error> {
    match config::role(path)? {
        Role::Practice => alerts::of_practice(path, &config::practice(path)?),
        Role::Server => alerts::of_server(path, &config::server(path)?),
        Role::Client => Ok(None),
    }
}
