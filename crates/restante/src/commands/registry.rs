//! `restante registry`: the patients and practices that routing asks.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use nhs::{Clock, SystemClock};

use crate::error::{self, Error};
use crate::output::{self, Format};
use crate::target::Target;
use crate::wiring;

#[derive(Args)]
#[command(after_help = "Example: restante registry import patients.csv --config server.toml")]
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
    /// Replace the patients or the practices by those of a file
    Import {
        /// The list: CSV, or a PDS response in JSON
        file: PathBuf,
        /// patients, practices, pds-response or epraccur [default: known from the header]
        #[arg(long)]
        kind: Option<pds::Kind>,
        /// Exit 0 although rows were refused
        #[arg(long)]
        accept_partial: bool,
    },
    /// Say what the registry holds and since when
    Status,
}

/// Exits 1 when an import refused rows, which are not in the registry: whoever runs it by a script must notice.
pub fn run(args: Arguments) -> Result<ExitCode, Error> {
    let registry = wiring::registry_directory(&args.target.data_directory()?);
    match args.action {
        Action::Import {
            file,
            kind,
            accept_partial,
        } => {
            let report = import(&registry, &file, kind)?;
            print_import(&report, args.format)?;
            Ok(if report.refused == 0 || accept_partial {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Action::Status => {
            let status = pds::status(&registry)?;
            output::print(args.format, &status, |out| {
                for (name, part) in [
                    ("patients", &status.patients),
                    ("practices", &status.practices),
                ] {
                    match part {
                        Some(part) => {
                            writeln!(out, "{name}: {} rows as of {}", part.rows, part.as_of)?
                        }
                        None => writeln!(out, "{name}: none imported")?,
                    }
                }
                Ok(())
            })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn import(
    registry: &Path,
    path: &Path,
    kind: Option<pds::Kind>,
) -> Result<pds::ImportReport, Error> {
    let mut reader = BufReader::new(File::open(path).map_err(error::at(path))?);
    let beginning = reader.fill_buf().map_err(error::at(path))?;
    if let Some(found) = text_input::foreign(beginning) {
        return Err(Error::OtherFile {
            path: path.to_owned(),
            found,
            expected: "a list in CSV or a PDS response in JSON",
            remedy: "nothing was changed",
        });
    }
    pds::import(registry, reader, kind, SystemClock.now()).map_err(|error| Error::List {
        path: path.to_owned(),
        error,
    })
}

fn print_import(report: &pds::ImportReport, format: Format) -> Result<(), Error> {
    output::print(format, report, |out| {
        writeln!(
            out,
            "{}: {} accepted, {} refused",
            report.kind, report.accepted, report.refused
        )?;
        for row in &report.refused_rows {
            writeln!(out, "  line {}: {}", row.line, row.reason)?;
        }
        Ok(())
    })
}
