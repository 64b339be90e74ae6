//! `restante manual` and `restante completions`: what packages and shells are given, made from the command line itself.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::error::{self, Error};
use crate::output::{self, Format};

#[derive(Args)]
#[command(after_help = "Example: restante manual --out /usr/local/share/man/man1")]
pub struct Manual {
    /// Directory for the pages, restante.1 and one for each command; made when it is not there
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Args)]
#[command(after_help = "Example: restante completions bash > /etc/bash_completion.d/restante")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

#[derive(serde::Serialize)]
struct Written {
    directory: PathBuf,
    pages: usize,
}

/// Writes the man pages.
///
/// # Errors
///
/// When they cannot be written.
pub fn manual(args: Manual, command: Command) -> Result<(), Error> {
    let out = &args.out;
    std::fs::create_dir_all(out).map_err(error::at(out))?;
    clap_mangen::generate_to(command, out).map_err(error::at(out))?;
    let is_page = |name: &str| name.starts_with("restante") && name.ends_with(".1");
    let entries = std::fs::read_dir(out).map_err(error::at(out))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let written = Written {
        directory: args.out.clone(),
        pages: names.filter(|name| is_page(name)).count(),
    };
    output::print(args.format, &written, |to| {
        writeln!(to, "{} pages in {}", written.pages, out.display())
    })
}

/// Prints a shell's completions.
///
/// # Errors
///
/// When standard output cannot be written to.
pub fn completions(args: &Completions, mut command: Command) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "restante", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(())
}
