//! One file a command.

pub mod audit;
pub mod backup;
mod certificate;
mod client;
pub mod console;
mod control_file;
mod mailbox;
mod message;
mod pds;
mod practice;
pub mod quarantine;
mod registry;
pub mod restore;
mod sandbox;
mod server;
pub mod user;
mod workflow;

pub use server::open as open_exchange;

use std::io::BufRead;
use std::process::ExitCode;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::cli::{Cli, Command};
use crate::error::Error;

/// Runs the command and says with which code to exit.
pub async fn run(cli: Cli) -> Result<ExitCode, Error> {
    match cli.command {
        Command::Demo(args) => crate::demo::run(args).await,
        Command::Server(args) if args.sandbox.sandbox => done(sandbox::run(args.sandbox).await),
        Command::Server(args) => done(server::run(args).await),
        Command::Client(args) => client::run(args).await,
        Command::Practice(args) => done(practice::run(args).await),
        Command::User(args) => done(user::run(args)),
        Command::Message(args) => message::run(args),
        Command::ControlFile(args) => control_file::run(args),
        Command::Mailbox(args) => done(mailbox::run(args)),
        Command::Workflow(args) => done(workflow::run(args)),
        Command::Registry(args) => done(registry::run(args)),
        Command::Certificate(args) => done(certificate::run(args)),
        Command::Audit(args) => audit::run(args).await,
        Command::Backup(args) => backup::run(args).await,
        Command::Restore(args) => restore::run(args).await,
        Command::Quarantine(args) => done(quarantine::run(args).await),
        Command::Pds(args) => done(pds::run(args).await),
        Command::Bench(args) => done(crate::bench::run(args).await),
    }
}

fn done(outcome: Result<(), Error>) -> Result<ExitCode, Error> {
    outcome.map(|()| ExitCode::SUCCESS)
}

/// One line of standard input, where no other user of the machine sees it.
fn password_from_stdin() -> Result<SecretString, Error> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        Err(Error::EmptyPassword)
    } else {
        Ok(password.to_owned().into())
    }
}

/// A token that is cancelled by SIGTERM or Ctrl-C.
pub fn until_told_to_stop() -> Result<CancellationToken, Error> {
    let token = CancellationToken::new();
    let stop = token.clone();
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::spawn(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
        stop.cancel();
    });
    Ok(token)
}
