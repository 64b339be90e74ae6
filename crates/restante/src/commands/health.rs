//! `restante health`: whether a service says that it can work; for containers, whose check has no other program.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::error::Error;
use crate::output;

/// What is read of the answer at most.
const LONGEST: usize = 4 * 1024;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  restante health\n  restante health http://127.0.0.1:9100/health"
)]
pub struct Arguments {
    /// Where it is asked: the MESH API's or an operations listener's /health, over plain HTTP
    #[arg(default_value = "http://127.0.0.1:8700/health")]
    pub url: String,
    /// Seconds it may take to answer
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub within: u64,
}

/// Exits 1 when the service says that it cannot work.
///
/// # Errors
///
/// When nothing answers there.
pub async fn run(args: Arguments) -> Result<ExitCode, Error> {
    let away = |error: reqwest::Error| {
        let why = error.without_url();
        Error::Usage(format!("{}: no answer: {why}", args.url))
    };
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(args.within))
        .redirect(reqwest::redirect::Policy::none())
        // it is asked on this machine
        .no_proxy()
        .build()
        .map_err(away)?;
    let mut answer = client.get(&args.url).send().await.map_err(away)?;
    let status = answer.status();
    let mut said = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(away)? {
        said.extend_from_slice(&piece);
        if said.len() >= LONGEST {
            said.truncate(LONGEST);
            break;
        }
    }
    let said = output::harmless(String::from_utf8_lossy(&said).trim());
    writeln!(std::io::stdout(), "{} {said}", status.as_u16())?;
    Ok(match status.is_success() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
