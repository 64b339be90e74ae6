//! `restante registry`: the patients and practices that routing asks.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use nhs::Clock;

use crate::cli::{Format, Registry, RegistryAction};
use crate::config;
use crate::error::{self, Error};
use crate::output;

/// Where an exchange's data directory keeps its registry.
pub fn directory(data: &Path) -> PathBuf {
    data.join("registry")
}

pub fn run(args: Registry) -> Result<(), Error> {
    let registry = directory(&config::data_directory(&args.target)?);
    match args.action {
        RegistryAction::Import { file, kind } => {
            let reader = BufReader::new(File::open(&file).map_err(error::at(&file))?);
            let report = pds::import(&registry, reader, kind, nhs::SystemClock.now())?;
            print_import(&report, args.format)
        }
        RegistryAction::Status => {
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
