//! `restante message`: build, check and show Send Document messages.

mod build;
mod check;
mod show;

use std::path::Path;
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use fhir::{Document, FhirError, Limits};

use crate::error::{self, Error};

#[derive(Subcommand)]
pub enum Action {
    /// Check messages against the ITK3 and Send Document rules
    #[command(after_help = "Example: restante message check letter.xml --control letter.ctl")]
    Check(check::Arguments),
    /// Turn a consultation into a .dat and .ctl pair
    #[command(
        after_help = "Example: restante message build --consultation consultation.json --out OUT"
    )]
    Build(build::Arguments),
    /// Say what is in a message, or take an attachment out of it
    #[command(after_help = "Example: restante message show letter.dat --attachment 1 --out a.pdf")]
    Show(show::Arguments),
}

/// Which edition of the rules.
#[derive(Clone, Copy, ValueEnum)]
pub enum Profile {
    /// GP Connect Messaging 1.3 (GPFED_CONSULT_REPORT)
    #[value(name = "1.3")]
    V1_3,
    /// Send Document 2.0 (GPCONNECT_SEND_DOCUMENT)
    #[value(name = "2.0")]
    V2_0,
}

impl From<Profile> for send_document::Ruleset {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::V1_3 => Self::V1_3,
            Profile::V2_0 => Self::V2_0,
        }
    }
}

pub fn run(args: Action) -> Result<ExitCode, Error> {
    match args {
        Action::Build(args) => build::run(&args).map(|()| ExitCode::SUCCESS),
        Action::Check(args) => check::run(&args),
        Action::Show(args) => show::run(&args).map(|()| ExitCode::SUCCESS),
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
