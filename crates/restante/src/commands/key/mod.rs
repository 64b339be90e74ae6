//! `restante key`: changing an exchange's keys while it runs.

mod shared;
mod status;
mod vault;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use crate::error::Error;
use crate::output::Format;
use crate::target::Target;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  restante key --config server.toml rotate shared\n  \
    restante key --config server.toml rotate shared --finish\n  \
    restante key --config server.toml rotate vault\n  \
    restante key --config server.toml rotate vault --finish\n  \
    restante key --config server.toml status"
)]
pub struct Arguments {
    #[command(flatten)]
    pub target: Target,
    /// How results are printed
    #[arg(long, value_enum, default_value_t, global = true)]
    pub format: Format,
    #[command(subcommand)]
    pub action: Action,
}

#[derive(Subcommand)]
pub enum Action {
    /// Put a new key in force; the old one goes on to be accepted until --finish
    Rotate(Rotation),
    /// Say which keys are being changed, and since when
    Status,
}

#[derive(Args)]
pub struct Rotation {
    /// Which key
    #[arg(value_enum)]
    pub key: Key,
    /// Forget the old key
    #[arg(long, conflicts_with_all = ["prepare", "new"])]
    pub finish: bool,
    /// Only make the next vault key, to be copied beside the key of every server on the same database
    #[arg(long)]
    pub prepare: bool,
    /// The new shared key: the first line of this file instead of a random one
    #[arg(long, value_name = "FILE")]
    pub new: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Key {
    /// The environment's shared key, which all mailboxes sign with
    Shared,
    /// The key that seals passwords and patient addresses
    Vault,
}

/// Exits 1 when something sealed could not be sealed anew.
pub async fn run(args: Arguments) -> Result<ExitCode, Error> {
    let Action::Rotate(rotation) = &args.action else {
        status::print(&args.target, args.format)?;
        return Ok(ExitCode::SUCCESS);
    };
    match rotation.key {
        Key::Vault if rotation.new.is_some() => Err(Error::Usage(
            "--new is for the shared key; the vault key is random".to_owned(),
        )),
        Key::Shared if rotation.prepare => Err(Error::Usage(
            "--prepare is for the vault key; the shared key is changed on each server".to_owned(),
        )),
        Key::Vault => vault::run(&args.target, rotation, args.format).await,
        Key::Shared => {
            shared::run(&args.target, rotation, args.format)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
