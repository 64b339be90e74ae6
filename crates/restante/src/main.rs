//! The whole NHS Spine integration loop in one binary: an exchange that speaks MESH, the client
//! that serves a mailbox's directories, a practice's GP system, and the tools around them.
//!
//! A command parses its arguments, calls one function of the crate that does the work, and prints.
//! Exit codes: 0 done, 1 the work failed, 2 wrong usage. Results go to stdout, logs to stderr.

mod alerts;
mod certificates;
mod cli;
mod client_toml;
mod commands;
mod config;
mod data_directory;
mod demo;
mod error;
mod exchange_setup;
mod help;
mod issued;
mod joining;
mod last_backup;
mod logging;
mod new_directory;
mod output;
mod practice_operations;
mod process;
mod rehearse;
mod release_notes;
mod target;
mod telemetry;
mod weakened;
mod wiring;

use std::process::ExitCode;

use crate::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::from_command_line();
    let log = logging::start(cli.is_service());
    process::leave_no_core_dump();
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        tracing::debug!("a TLS provider was installed already");
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("restante: the runtime could not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = process::run(&runtime, cli.run());
    // Blocking work that outlives its command (a watcher's thread) must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    log.end();
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("restante: {}", output::harmless(&error.to_string()));
            error.exit_code()
        }
    }
}
