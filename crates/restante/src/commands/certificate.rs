//! `restante certificate`: the exchange's own authority.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use https_listener::certificate::{Authority, Issued};
use mesh::CertificateName;
use nhs::{Clock, OdsCode, SystemClock};

use crate::error::{self, Error};
use crate::output::{self, Format};
use crate::target::Target;
use crate::wiring;

#[derive(Args)]
#[command(
    after_help = "Example: restante certificate --data DIR issue --ods A81001 --local-id client1 --out certificates"
)]
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
    /// Issue a client certificate LOCAL_ID.ODS.api.mesh-client.nhs.uk from the exchange's own authority
    Issue {
        #[arg(long, value_parser = OdsCode::parse)]
        ods: OdsCode,
        #[arg(long)]
        local_id: String,
        /// Directory for the certificate, its key and the authority's certificate
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Issue the server's own certificate for these DNS names and addresses
    IssueServer {
        #[arg(long = "name", required = true)]
        names: Vec<String>,
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Revoke a certificate
    Revoke { serial: String },
}

pub fn run(args: Arguments) -> Result<(), Error> {
    let data = args.target.data_directory()?;
    let now = SystemClock.now();
    let authority = Authority::open_or_create(&wiring::certificates_directory(&data), now)?;
    match args.action {
        Action::Issue { ods, local_id, out } => {
            let name = CertificateName::new(&local_id, ods)?;
            let issued = authority.issue_client(&name.to_string(), now)?;
            write(&authority, &issued, &local_id, &out, args.format)
        }
        Action::IssueServer { names, out } => {
            let issued = authority.issue_server(&names, now)?;
            write(&authority, &issued, "server", &out, args.format)
        }
        Action::Revoke { serial } => {
            authority.revoke(&serial, now)?;
            args.target.operator()?.revoke_certificate(&serial)?;
            Ok(())
        }
    }
}

#[derive(serde::Serialize)]
struct Written<'a> {
    certificate: &'a Path,
    key: &'a Path,
    authority: &'a Path,
    serial: &'a str,
}

fn write(
    authority: &Authority,
    issued: &Issued,
    stem: &str,
    out: &Path,
    format: Format,
) -> Result<(), Error> {
    std::fs::create_dir_all(out).map_err(error::at(out))?;
    let files = issued.write(out, stem)?;
    let ca = out.join("ca.pem");
    std::fs::copy(authority.ca_path(), &ca).map_err(error::at(&ca))?;
    let written = Written {
        certificate: &files.certificate,
        key: &files.key,
        authority: &ca,
        serial: &issued.serial,
    };
    output::print(format, &written, |out| {
        writeln!(out, "certificate {}", files.certificate.display())?;
        writeln!(out, "key         {}", files.key.display())?;
        writeln!(out, "authority   {}", ca.display())?;
        writeln!(out, "serial      {}", issued.serial)
    })
}
