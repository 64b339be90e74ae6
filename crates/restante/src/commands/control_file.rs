//! `restante control-file check`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

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
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(serde::Serialize)]
struct Checked {
    file: String,
    valid: bool,
    /// The first failure, in the order of the client's checks.
    code: Option<&'static str>,
    what: Option<&'static str>,
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
    let fault = mesh_client::agent::control_file_fault(&bytes);
    Ok(Checked {
        file: path.display().to_string(),
        valid: fault.is_none(),
        code: fault.map(|fault| fault.code),
        what: fault.map(|fault| fault.text),
    })
}
