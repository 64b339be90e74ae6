//! The command line, as `docs/reference/commands.md` describes it.

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::{
    alert, audit, backup, bench, certificate, client, control_file, doctor, health, init, join,
    key, mailbox, manual, message, pds, practice, quarantine, reconcile, registry, restore,
    sandbox, server, service, token, user, workflow,
};
use crate::demo;
use crate::error::Error;
use crate::help;
use crate::rehearse;

/// The whole NHS Spine integration loop in one binary.
#[derive(Parser)]
#[command(name = "restante", version, about, propagate_version = true)]
#[command(
    after_help = "Start here: restante demo\nExit codes: 0 done, 1 the work failed, 2 wrong usage"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run an exchange and two practices on this machine and send a consultation through them
    Demo(demo::Arguments),
    /// Try a sending system before it takes part, and write the pack of evidence
    #[command(subcommand)]
    Rehearse(rehearse::Action),
    /// Run the exchange: the MESH API, routing and the mail store
    Server(server::Arguments),
    /// Serve the directories of one or more mailboxes, as the Java MESH client does
    Client(client::Arguments),
    /// Run a practice's GP system over its mailbox directories, with its web pages
    Practice(practice::Arguments),
    /// Have Windows run a client, a server or a practice as a service
    #[command(subcommand)]
    Service(service::Action),
    /// Say who may sign in to a practice's pages or to the exchange's console
    User(user::Arguments),
    /// Build, check or show a Send Document message
    #[command(subcommand)]
    Message(message::Action),
    /// Check control files
    #[command(subcommand)]
    ControlFile(control_file::Action),
    /// Add, list and change mailboxes of an exchange
    Mailbox(mailbox::Arguments),
    /// Say who may send and receive a workflow
    Workflow(workflow::Arguments),
    /// Import patients and practices into the registry that routing asks
    Registry(registry::Arguments),
    /// Issue and revoke client certificates
    Certificate(certificate::Arguments),
    /// Change the shared key or the vault key of an exchange while it runs
    Key(key::Arguments),
    /// Check, read and shorten the audit trail of an exchange; follow the security log of pages
    Audit(audit::Arguments),
    /// Copy an exchange's data, while it runs, to a directory a server can be started on
    Backup(backup::Arguments),
    /// Load a backup into an empty database and an empty bucket
    Restore(restore::Arguments),
    /// List the messages whose record or body was found damaged
    Quarantine(quarantine::Arguments),
    /// List the messages sent that did not arrive, by what a MESH client left in its directories
    Reconcile(reconcile::Arguments),
    /// Serve a PDS FHIR stand-in over the registry
    Pds(pds::Arguments),
    /// Look at all that a client, a server or a practice needs, and say what is wrong and how to cure it
    Doctor(doctor::Arguments),
    /// Ask a service of this machine whether it can work
    Health(health::Arguments),
    /// See whether the alerts of a server or a practice arrive
    #[command(subcommand)]
    Alert(alert::Action),
    /// Drive a MESH server, ours or a peer's, and print rates and latencies
    Bench(bench::Arguments),
    /// Set up a new exchange
    #[command(subcommand)]
    Init(init::Action),
    /// Set up a practice with the file that its exchange made for it
    Join(join::Arguments),
    /// Say which part of a MESH authorisation token is wrong
    #[command(subcommand)]
    Token(token::Action),
    /// Write the manual pages of all commands
    Manual(manual::Manual),
    /// Print the completions for a shell
    Completions(manual::Completions),
}

impl Cli {
    /// The process's arguments; ends the process when they are wrong, or ask for help.
    pub fn from_command_line() -> Self {
        let mut command = help::grouped(Self::command());
        let matches = command.get_matches_mut();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut command).exit())
    }

    /// Whether the command runs until it is stopped, and is watched by its log.
    pub fn is_service(&self) -> bool {
        match &self.command {
            Command::Server(_) | Command::Client(_) | Command::Practice(_) | Command::Pds(_) => {
                true
            }
            Command::Service(action) => action.is_service(),
            _ => false,
        }
    }

    /// Runs the command and says with which code to exit.
    ///
    /// # Errors
    ///
    /// When the command could not do its work.
    pub async fn run(self) -> Result<ExitCode, Error> {
        match self.command {
            Command::Demo(args) => demo::run(args).await,
            Command::Rehearse(action) => rehearse::run(action).await,
            Command::Server(args) if args.sandbox.sandbox => done(sandbox::run(args.sandbox).await),
            Command::Server(args) => done(server::run(args).await),
            Command::Client(args) => client::run(args).await,
            Command::Practice(args) => done(practice::run(args).await),
            Command::Service(action) => done(service::run(action)),
            Command::User(args) => done(user::run(args)),
            Command::Message(args) => message::run(args),
            Command::ControlFile(args) => control_file::run(args),
            Command::Mailbox(args) => done(mailbox::run(args).await),
            Command::Workflow(args) => done(workflow::run(args)),
            Command::Registry(args) => registry::run(args),
            Command::Certificate(args) => done(certificate::run(args)),
            Command::Key(args) => key::run(args).await,
            Command::Audit(args) => audit::run(args).await,
            Command::Backup(args) => backup::run(args).await,
            Command::Restore(args) => restore::run(args).await,
            Command::Quarantine(args) => done(quarantine::run(args).await),
            Command::Reconcile(args) => reconcile::run(args),
            Command::Pds(args) => done(pds::run(args).await),
            Command::Doctor(args) => doctor::run(&args).await,
            Command::Health(args) => health::run(args).await,
            Command::Alert(action) => alert::run(action).await,
            Command::Bench(args) => bench::run(args).await,
            Command::Init(args) => done(init::run(args)),
            Command::Join(args) => done(join::run(&args)),
            Command::Token(args) => token::run(args),
            Command::Manual(args) => done(manual::manual(args, Self::command())),
            Command::Completions(args) => done(manual::completions(&args, Self::command())),
        }
    }
}

fn done(outcome: Result<(), Error>) -> Result<ExitCode, Error> {
    outcome.map(|()| ExitCode::SUCCESS)
}
