//! `restante message`: build, check and show Send Document messages.

mod build;
mod check;
mod show;

use std::path::Path;
use std::process::ExitCode;

use fhir::{Document, FhirError, Limits};

use crate::cli::Message;
use crate::error::{self, Error};

pub fn run(args: Message) -> Result<ExitCode, Error> {
    match args {
        Message::Build(args) => build::run(&args).map(|()| ExitCode::SUCCESS),
        Message::Check(args) => check::run(&args),
        Message::Show(args) => show::run(&args).map(|()| ExitCode::SUCCESS),
    }
}

/// Reads a message as XML, or as JSON when it begins with a brace.
fn read(path: &Path) -> Result<Result<Document, FhirError>, Error> {
    let bytes = std::fs::read(path).map_err(error::at(path))?;
    let limits = Limits::default();
    Ok(if bytes.trim_ascii_start().starts_with(b"{") {
        fhir::json::read(&bytes, &limits)
    } else {
        fhir::xml::read(&bytes, &limits)
    })
}
