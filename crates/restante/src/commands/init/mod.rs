//! `restante init exchange`: an exchange's directory from nothing, and for each practice a file to join it with.

mod exchange;
mod server_toml;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use nhs::OdsCode;
use settings::AddressError;

use crate::error::Error;
use crate::new_directory::NewDirectory;
use crate::output::{self, Format};
use crate::process;

use self::exchange::Made;

#[derive(Subcommand)]
pub enum Action {
    /// Make the directory of a new exchange: configuration, keys, certificates, mailboxes, workflows, a first user, and
    /// for each practice a file to join with
    #[command(
        after_help = "Example: restante init exchange --dir /srv/mesh --name mesh.example --patients patients.csv \
                      --practice A81001='Cumbria Starling' --practice A20047=Osprey"
    )]
    Exchange(Exchange),
}

#[derive(Args)]
pub struct Exchange {
    /// The directory, absent or empty
    #[arg(long, value_name = "DIR")]
    pub dir: PathBuf,
    /// The DNS name or address by which practices reach this machine
    #[arg(long, value_name = "HOST", value_parser = host)]
    pub name: String,
    /// Where the MESH API listens
    #[arg(long, value_name = "ADDR", default_value = "0.0.0.0:8700", value_parser = listen)]
    pub listen: SocketAddr,
    /// Patients of the practices, to route by (CSV; docs/reference/commands.md has the columns)
    #[arg(long, value_name = "FILE.csv")]
    pub patients: Option<PathBuf>,
    /// A practice: its ODS code and its name; once for each
    #[arg(long = "practice", value_name = "ODS=NAME", required = true, value_parser = practice)]
    pub practices: Vec<NewPractice>,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// A practice of the new exchange.
#[derive(Clone)]
pub struct NewPractice {
    pub ods: OdsCode,
    pub name: String,
}

fn practice(text: &str) -> Result<NewPractice, String> {
    let expected = "expected ODS=NAME, such as A81001=Cumbria Starling";
    let (ods, name) = text.split_once('=').ok_or(expected)?;
    let ods = OdsCode::parse(ods.trim()).map_err(|error| format!("{expected}: {error}"))?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 255 || name.chars().any(char::is_control) {
        return Err(format!(
            "{expected}; a name has 1 to 255 characters on one line"
        ));
    }
    let name = name.to_owned();
    Ok(NewPractice { ods, name })
}

fn host(text: &str) -> Result<String, &'static str> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if text.is_empty() || text.len() > 253 || !text.chars().all(legal) {
        return Err("expected a DNS name or an IPv4 address, without port or https://");
    }
    Ok(text.to_ascii_lowercase())
}

fn listen(text: &str) -> Result<SocketAddr, AddressError> {
    settings::listen_address(text, Some(8700))
}

pub fn run(action: Action) -> Result<(), Error> {
    let Action::Exchange(args) = action;
    for (place, practice) in args.practices.iter().enumerate() {
        let before = args.practices.iter().take(place);
        if before.into_iter().any(|other| other.ods == practice.ods) {
            return Err(Error::Arguments(format!(
                "--practice {}: is given twice; each ODS code has one practice",
                practice.ods
            )));
        }
    }
    process::make_files_private();
    let made = NewDirectory::begin(&args.dir)?.fill(|dir| exchange::make(dir, &args))?;
    print(&made, args.format)
}

fn print(made: &Made, format: Format) -> Result<(), Error> {
    output::print(format, made, |out| {
        writeln!(out, "exchange {} in {}", made.url, made.directory.display())?;
        for practice in &made.practices {
            let join = practice.join.display();
            writeln!(
                out,
                "  {:<8} mailbox {:<14} {join}",
                practice.ods_code, practice.mailbox
            )?;
        }
        match made.patients {
            Some(count) => writeln!(out, "patients {count}")?,
            None => writeln!(out, "patients none yet: restante registry import")?,
        }
        let console = &made.console;
        writeln!(
            out,
            "console  {}, user {} with the password {} (said this once)",
            console.url, console.user, console.password
        )?;
        writeln!(
            out,
            "Next: restante server --config {}",
            made.config.display()
        )?;
        writeln!(
            out,
            "      at each practice, with its .join file, brought there by a private way: restante join FILE.join --dir DIR"
        )
    })
}
