//! `restante backup`: a copy of an exchange's data, taken while it runs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use mail_store::Backup;

use crate::config::Place;
use crate::error::Error;
use crate::output::{self, Format};
use crate::target::Target;
use crate::wiring;

/// What lies beside the store and is needed to use it, and its name in a backup: the key that opens
/// passwords and addresses, the patients and practices, the authority.
pub fn beside(place: &Place) -> [(PathBuf, &'static str); 3] {
    [
        (place.key_file.clone(), "key"),
        (wiring::registry_directory(&place.data), "registry"),
        (wiring::certificates_directory(&place.data), "certificates"),
    ]
}

#[derive(Args)]
#[command(after_help = "Example: restante backup --config server.toml --to /backup/2026-11-22")]
pub struct Arguments {
    #[command(flatten)]
    pub target: Target,
    /// A directory that is new or empty
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

pub async fn run(args: Arguments) -> Result<ExitCode, Error> {
    let place = args.target.place()?;
    let beside = beside(&place);
    let beside = beside
        .each_ref()
        .map(|(path, name)| (path.as_path(), *name));
    let store = &place.store;
    let backup = store.back_up(&place.data, &args.to, &beside).await?;
    print(&backup, "in", &args.to, args.format)
}

/// What was copied; exit code 1 when some of it is damaged.
pub fn print(
    backup: &Backup,
    preposition: &str,
    directory: &Path,
    format: Format,
) -> Result<ExitCode, Error> {
    let result = serde_json::json!({
        "messages": backup.messages,
        "bodies": backup.bodies,
        "body_bytes": backup.body_bytes,
        "damaged": backup.damaged,
    });
    output::print(format, &result, |out| {
        writeln!(
            out,
            "{} messages and {} large bodies ({} bytes) {preposition} {}",
            backup.messages,
            backup.bodies,
            backup.body_bytes,
            directory.display()
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
