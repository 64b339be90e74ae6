//! `restante control-file check`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use mesh::control_file::ElementFault;

use crate::error::{self, Error};
use crate::output::{self, Format};

#[derive(Subcommand)]
pub enum Action {
    /// Check control files as the client does before it sends
    #[command(after_help = "Example: restante control-file check OUT/*.ctl")]
    Check(Arguments),
}

#[derive(Args)]
pub struct Arguments {
    /// Control files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(serde::Serialize)]
struct Checked {
    file: String,
    valid: bool,
    /// The first failure, in the order of the client's checks: what the client reports it as.
    code: Option<&'static str>,
    what: Option<&'static str>,
    /// Everything that is wrong.
    faults: Vec<Fault>,
}

#[derive(serde::Serialize)]
struct Fault {
    element: &'static str,
    line: Option<u32>,
    column: Option<u32>,
    expected: String,
    found: String,
    code: &'static str,
    #[serde(skip)]
    words: String,
}

impl From<ElementFault> for Fault {
    fn from(fault: ElementFault) -> Self {
        Self {
            element: fault.element,
            line: fault.place.map(|place| place.line),
            column: fault.place.map(|place| place.column),
            words: fault.to_string(),
            code: fault.fault.code,
            expected: fault.expected,
            found: fault.found,
        }
    }
}

pub fn run(args: Action) -> Result<ExitCode, Error> {
    let Action::Check(Arguments { files, format }) = args;
    let checked = files
        .iter()
        .map(|path| check(path))
        .collect::<Result<Vec<_>, _>>()?;
    output::print(format, &checked, |out| {
        for file in &checked {
            let verdict = if file.valid { "valid" } else { "not valid" };
            writeln!(out, "{}: {verdict}", file.file)?;
            if let (Some(code), Some(what)) = (file.code, file.what) {
                writeln!(out, "  {code}: {what}")?;
            }
            for fault in &file.faults {
                writeln!(out, "  {}: {}", fault.code, fault.words)?;
            }
        }
        Ok(())
    })?;
    let all_valid = checked.iter().all(|file| file.valid);
    Ok(if all_valid {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn check(path: &Path) -> Result<Checked, Error> {
    let bytes = std::fs::read(path).map_err(error::at(path))?;
    let faults = mesh_client::agent::control_file_faults(&bytes);
    let first = faults.first().map(|fault| fault.fault);
    Ok(Checked {
        file: path.display().to_string(),
        valid: faults.is_empty(),
        code: first.map(|fault| fault.code),
        what: first.map(|fault| fault.text),
        faults: faults.into_iter().map(Fault::from).collect(),
    })
}
