//! `restante registry`: the patients and practices that routing asks.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use nhs::{Clock, SystemClock};

use crate::error::{self, Error};
use crate::output::{self, Format};
use crate::target::Target;
use crate::wiring;

#[derive(Args)]
#[command(after_help = "Example: restante registry --data DIR import patients.csv")]
pub struct Arguments {
    #[command(flatten)]
    pub target: Target,
    #[arg(long, value_enum, default_value_t, global = true)]
    pub format: Format,
    #[command(subcommand)]
    pub action: Action,
}

#[derive(Subcommand)]
pub enum Action {
    /// Replace the patients or the practices by those of a file
    Import {
        file: PathBuf,
        /// patients, practices, pds-response or epraccur [default: known from the header]
        #[arg(long)]
        kind: Option<pds::Kind>,
    },
    /// Say what the registry holds and since when
    Status,
}

pub fn run(args: Arguments) -> Result<(), Error> {
    let registry = wiring::registry_directory(&args.target.data_directory()?);
    match args.action {
        Action::Import { file, kind } => {
            let reader = BufReader::new(File::open(&file).map_err(error::at(&file))?);
            let report = pds::import(&registry, reader, kind, SystemClock.now())?;
            print_import(&report, args.format)
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
            })
        }
    }
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
