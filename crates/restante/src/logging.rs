//! Logs go to stderr: text, or JSON lines with `RESTANTE_LOG_FORMAT=json`.
//!
//! `RESTANTE_LOG` is a level (error, warn, info, debug, trace) for Restante's own crates. Libraries
//! are held at `warn` whatever it says: at lower levels HTTP libraries print request paths and
//! headers, and those carry patients' addresses.

use tracing::Level;
use tracing_subscriber::EnvFilter;

use crate::cli::Command;

const OWN_CRATES: [&str; 13] = [
    "nhs",
    "fhir",
    "itk3",
    "send_document",
    "mesh",
    "mail_store",
    "pds",
    "exchange",
    "https_listener",
    "mesh_server",
    "mesh_client",
    "gp_system",
    "restante",
];

/// Starts logging for the command. Services log from `info`, the rest from `warn`.
pub fn start(command: &Command) {
    let usual = match command {
        Command::Server(_) | Command::Client(_) | Command::Practice(_) | Command::Pds(_) => {
            Level::INFO
        }
        _ => Level::WARN,
    };
    let wanted = std::env::var("RESTANTE_LOG")
        .ok()
        .and_then(|text| text.parse::<Level>().ok());
    let level = wanted.unwrap_or(usual);
    let directives = OWN_CRATES.map(|name| format!("{name}={level}")).join(",");
    let filter = EnvFilter::new(format!("warn,{directives}"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // a log that cannot be written, on a full disk say, must not end the request it is about
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    let started = if std::env::var("RESTANTE_LOG_FORMAT").is_ok_and(|format| format == "json") {
        log.json().try_init()
    } else {
        log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .try_init()
    };
    if let Err(error) = started {
        eprintln!("restante: logging could not start: {error}");
    }
}
