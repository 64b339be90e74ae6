//! `restante bench`: loads a MESH server and prints what was measured.

use std::process::ExitCode;

use clap::Args;

use crate::error::Error;
use crate::output::{self, Format};

#[derive(Args)]
#[command(
    after_help = "Example: restante bench --url http://127.0.0.1:8700 --profile send --connections 16 --seconds 10"
)]
pub struct Arguments {
    #[command(flatten)]
    pub load: load_generator::Options,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Exits 1 when not one request went well: nothing was measured then.
pub async fn run(args: Arguments) -> Result<ExitCode, Error> {
    let report = load_generator::run(&args.load).await?;
    output::print(args.format, &report, |out| writeln!(out, "{report}"))?;
    Ok(if report.is_failure() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
