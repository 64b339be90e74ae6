//! `restante certificate`: the exchange's own authority.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use https_listener::certificate::{Authority, Issued, IssuedFiles, Serial};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mesh::CertificateName;
use nhs::{Clock, OdsCode, SystemClock};

use crate::error::{self, Error};
use crate::output::{self, Format};
use crate::target::Target;
use crate::wiring;

use super::certificate_list;
use super::certificate_revoke;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  restante certificate issue --ods A81001 --local-id client1 --out certificates --config server.toml\n  \
    restante certificate list --config server.toml"
)]
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
    /// Issue a client certificate LOCAL_ID.ODS.api.mesh-client.nhs.uk from the exchange's own authority
    Issue {
        /// The ODS code of the client's organisation
        #[arg(long, value_name = "CODE", value_parser = OdsCode::parse)]
        ods: OdsCode,
        /// A name for the client's machine, which the files are called by
        #[arg(long, value_name = "NAME")]
        local_id: String,
        /// Directory for the certificate, its key and the authority's certificate
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Issue the server's own certificate for these DNS names and addresses
    IssueServer {
        /// A DNS name or an IP address that clients reach the server by
        #[arg(long = "name", value_name = "NAME", required = true)]
        names: Vec<String>,
        /// Directory for the certificate, its key and the authority's certificate
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// List the certificates that were issued: serial number, name, validity, whether revoked
    List,
    /// Revoke a certificate
    Revoke(certificate_revoke::Arguments),
}

pub fn run(args: Arguments) -> Result<(), Error> {
    let place = args.target.place()?;
    let now = SystemClock.now();
    let certificates = wiring::certificates_directory(&place.data);
    let key = &place.authority_key;
    match args.action {
        Action::Issue { ods, local_id, out } => {
            let name = CertificateName::new(&local_id, ods)?.to_string();
            let issue = |authority: &Authority| Ok(authority.issue_client(&name, now)?);
            let written = put((&certificates, key), &local_id, &out, issue, now)?;
            let next = "Next: name these files in client.toml, [server]: certificate, private_key and trust";
            written.print(args.format, next)
        }
        Action::IssueServer { names, out } => {
            let issue = |authority: &Authority| Ok(authority.issue_server(&names, now)?);
            let written = put((&certificates, key), "server", &out, issue, now)?;
            let next = "Next: name these files in server.toml, [listener.tls]: certificate, key and client_ca";
            written.print(args.format, next)
        }
        Action::List => certificate_list::print(&certificates, args.format),
        Action::Revoke(arguments) => {
            certificate_revoke::run(&arguments, &certificates, &args.target, args.format)
        }
    }
}

/// What was issued, and where it is.
#[derive(serde::Serialize)]
struct Written {
    certificate: PathBuf,
    key: PathBuf,
    authority: PathBuf,
    serial: String,
    subject: String,
    valid_from: Timestamp,
    valid_to: Timestamp,
}

/// Looks that nothing is written over, issues, and writes the files.
fn put(
    (certificates, key): (&Path, &Path),
    stem: &str,
    out: &Path,
    issue: impl FnOnce(&Authority) -> Result<Issued, Error>,
    now: Timestamp,
) -> Result<Written, Error> {
    let files = IssuedFiles::named(out, stem);
    let ca = out.join("ca.pem");
    for path in [&files.key, &files.certificate] {
        if path.try_exists().map_err(error::at(path))? {
            return Err(Error::Usage(format!(
                "{}: is there already, and nothing is written over; nothing was issued. Choose another --out, \
                 or move the files away if they are no longer used",
                path.display()
            )));
        }
    }
    let authority = Authority::open_or_create_with(certificates, key, now)?;
    let own = std::fs::read(authority.ca_path()).map_err(error::at(authority.ca_path()))?;
    let there = ca.try_exists().map_err(error::at(&ca))?;
    if there && std::fs::read(&ca).map_err(error::at(&ca))? != own {
        return Err(Error::Usage(format!(
            "{}: is another authority's certificate, and nothing is written over; nothing was issued. Choose \
             another --out",
            ca.display()
        )));
    }
    let issued = issue(&authority)?;
    let files = issued.write_new(out, stem)?;
    if !there {
        durable::write_new(&ca, &own, durable::Access::EveryoneReads)?;
    }
    Ok(Written {
        certificate: files.certificate,
        key: files.key,
        authority: ca,
        serial: issued.recorded.serial.to_string(),
        subject: issued.recorded.subject,
        valid_from: issued.recorded.not_before,
        valid_to: issued.recorded.not_after,
    })
}

impl Written {
    fn print(&self, format: Format, next: &str) -> Result<(), Error> {
        output::print(format, self, |out| {
            writeln!(out, "certificate {}", self.certificate.display())?;
            writeln!(out, "key         {}", self.key.display())?;
            writeln!(out, "authority   {}", self.authority.display())?;
            writeln!(out, "serial      {}", self.serial)?;
            writeln!(out, "name        {}", self.subject)?;
            let (from, to) = (day(self.valid_from), day(self.valid_to));
            writeln!(out, "valid       {from} to {to}")?;
            writeln!(out, "{next}")
        })
    }
}

/// A day as certificates have it, in UTC.
pub fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}

/// A serial number as given.
///
/// # Errors
///
/// What a serial number looks like.
pub fn serial(text: &str) -> Result<Serial, https_listener::ListenerError> {
    Serial::parse(text)
}
