//! `restante join`: a practice's directory from nothing, with what an exchange gave it.

mod files;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use settings::AddressError;

use crate::error::Error;
use crate::joining::JoinFile;
use crate::new_directory::NewDirectory;
use crate::output::{self, Format};
use crate::process;

#[derive(Args)]
#[command(
    after_help = "Example: restante join A81001.join --dir /srv/practice --patients patients.csv"
)]
pub struct Arguments {
    /// The file that the exchange's operator made with restante init exchange
    #[arg(value_name = "FILE.join")]
    pub file: PathBuf,
    /// The practice's directory, absent or empty
    #[arg(long, value_name = "DIR")]
    pub dir: PathBuf,
    /// The practice's own list of patients, to match letters by (CSV; docs/reference/commands.md has the columns)
    #[arg(long, value_name = "FILE.csv")]
    pub patients: Option<PathBuf>,
    /// Where the practice's pages listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = listen)]
    pub listen: SocketAddr,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

fn listen(text: &str) -> Result<SocketAddr, AddressError> {
    settings::listen_address(text, Some(8080))
}

pub fn run(args: &Arguments) -> Result<(), Error> {
    let file = JoinFile::read(&args.file)?;
    process::make_files_private();
    let joined = NewDirectory::begin(&args.dir)?.fill(|dir| files::make(dir, &file, args))?;
    output::print(args.format, &joined, |out| {
        writeln!(
            out,
            "{} ({}) is ready in {} for the exchange {}",
            file.member.name,
            file.member.ods,
            joined.directory.display(),
            file.access.url
        )?;
        if !joined.has_patients {
            writeln!(
                out,
                "patients none yet: letters are answered \"not known here\" until `patients` in practice.toml names a list"
            )?;
        }
        writeln!(
            out,
            "pages    http://{}, user {} with the password {} (said this once)",
            args.listen, joined.user, joined.password
        )?;
        let (practice, client) = (
            joined.practice_config.display(),
            joined.client_config.display(),
        );
        writeln!(
            out,
            "Next: restante practice --config {practice} --client {client}"
        )?;
        writeln!(
            out,
            "      (or as two services: restante practice --config …, restante client --config …); then delete {}",
            args.file.display()
        )
    })
}
