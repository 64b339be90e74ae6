//! `restante backup`: a copy of an exchange's data, taken while it runs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::cli::{Format, Target};
use crate::config;
use crate::error::Error;
use crate::output;

/// What lies beside the store and is needed to use it: the key that opens passwords and addresses,
/// the patients and practices, the authority.
const BESIDE: [&str; 3] = ["key", "registry", "certificates"];

#[derive(Args)]
#[command(after_help = "Example: restante backup --data DIR --to /backup/2026-11-22")]
pub struct BackupArguments {
    #[command(flatten)]
    pub target: Target,
    /// A directory that is new or empty
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

pub fn run(args: BackupArguments) -> Result<ExitCode, Error> {
    let data = config::embedded_directory(&args.target)?;
    let backup = mail_store::back_up(&data, &args.to, &BESIDE)?;
    let result = serde_json::json!({
        "messages": backup.messages,
        "bodies": backup.bodies,
        "body_bytes": backup.body_bytes,
        "damaged": backup.damaged,
    });
    output::print(args.format, &result, |out| {
        writeln!(
            out,
            "{} messages and {} large bodies ({} bytes) in {}",
            backup.messages,
            backup.bodies,
            backup.body_bytes,
            args.to.display()
        )?;
        for key in &backup.damaged {
            writeln!(out, "damaged: bodies/{key}")?;
        }
        Ok(())
    })?;
    Ok(if backup.damaged.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
