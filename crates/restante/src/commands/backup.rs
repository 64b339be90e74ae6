//! `restante backup`: a copy of an exchange's data, taken while it runs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use durable::Lock;
use exchange::{ExchangeError, KeyFiles};
use mail_store::Backup;
use nhs::{Clock, SystemClock};

use crate::config::Place;
use crate::error::Error;
use crate::last_backup::{self, LastBackup};
use crate::output::{self, Format};
use crate::target::Target;
use crate::wiring;

/// The name in a backup of the authority's private key.
pub const AUTHORITY_KEY: &str = "certificates/ca.key.pem";

/// What lies beside the store and is needed to use it, and its name in a backup: the key that opens
/// passwords and addresses, with those known while it is changed; the patients and practices; the authority.
pub fn beside(place: &Place) -> Vec<(PathBuf, &'static str)> {
    let keys = KeyFiles::new(&place.key_file);
    vec![
        (place.key_file.clone(), "key"),
        (keys.old(), "key.old"),
        (keys.next(), "key.next"),
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
    /// Copy the private key of the exchange's own authority too
    #[arg(long)]
    pub with_ca_key: bool,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

pub async fn run(args: Arguments) -> Result<ExitCode, Error> {
    let place = args.target.place()?;
    let _lock = keep_keys(&place)?;
    let usual = https_listener::certificate::key_in(&wiring::certificates_directory(&place.data));
    let mut beside = beside(&place);
    let mut without = Vec::new();
    if !args.with_ca_key {
        without.push(usual.as_path());
    } else if place.authority_key != usual {
        beside.push((place.authority_key.clone(), AUTHORITY_KEY));
    }
    let beside: Vec<_> = beside
        .iter()
        .map(|(path, name)| (path.as_path(), *name))
        .collect();
    let store = &place.store;
    let backup = store
        .back_up(&place.data, &args.to, &beside, &without)
        .await?;
    last_backup::note(
        &place.data,
        &LastBackup {
            at: SystemClock.now(),
            messages: backup.messages,
            damaged: backup.damaged.len(),
        },
    );
    let is_left_out = !args.with_ca_key && place.authority_key.exists();
    let left_out = is_left_out.then_some(LEFT_OUT);
    print(&backup, ("in", &args.to), left_out, args.format)
}

/// Keeps the vault key from being changed meanwhile: the copy of the records and that of the keys would be of
/// different moments. Whoever may not write beside the key cannot change it either.
fn keep_keys(place: &Place) -> Result<Option<Lock>, Error> {
    match KeyFiles::new(&place.key_file).lock() {
        Err(error @ ExchangeError::KeyInUse(_)) => Err(error.into()),
        other => Ok(other.ok()),
    }
}

/// What a backup leaves out, or a restored one lacks.
pub struct Lacking {
    pub name: &'static str,
    pub words: &'static str,
}

const LEFT_OUT: Lacking = Lacking {
    name: "left_out",
    words: "left out: certificates/ca.key.pem, the authority's private key; --with-ca-key copies it, and without it \
            the authority issues and revokes nothing. Keep a copy of it elsewhere",
};

/// What was copied; exit code 1 when some of it is damaged.
pub fn print(
    backup: &Backup,
    (preposition, directory): (&str, &Path),
    lacking: Option<Lacking>,
    format: Format,
) -> Result<ExitCode, Error> {
    let mut result = serde_json::json!({
        "messages": backup.messages,
        "bodies": backup.bodies,
        "body_bytes": backup.body_bytes,
        "damaged": backup.damaged,
    });
    if let (Some(lacking), Some(result)) = (&lacking, result.as_object_mut()) {
        result.insert(lacking.name.to_owned(), vec![AUTHORITY_KEY].into());
    }
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
        match &lacking {
            Some(lacking) => writeln!(out, "{}", lacking.words),
            None => Ok(()),
        }
    })?;
    Ok(if backup.damaged.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
