//! `restante rehearse`: a system on trial before it may take part, and the pack of evidence that comes of it.

mod sender;

use std::process::ExitCode;

use clap::Subcommand;

use crate::error::Error;

#[derive(Subcommand)]
pub enum Action {
    /// Try a sending system: an exchange and a receiving practice for it, the 13 scripts, the 48 rows
    Sender(sender::Arguments),
}

/// Runs a rehearsal.
///
/// # Errors
///
/// When it cannot be started, or the pack not written.
pub async fn run(action: Action) -> Result<ExitCode, Error> {
    match action {
        Action::Sender(args) => sender::run(args).await,
    }
}
