//! `restante certificate`: the exchange's own authority.

use std::path::Path;

use https_listener::certificate::{Authority, Issued};
use mesh::CertificateName;
use nhs::{Clock, SystemClock};

use crate::cli::{Certificate, CertificateAction, Format};
use crate::config;
use crate::error::{self, Error};
use crate::output;

pub fn run(args: Certificate) -> Result<(), Error> {
    let data = config::data_directory(&args.target)?;
    let now = SystemClock.now();
    let authority = Authority::open_or_create(&data.join("certificates"), now)?;
    match args.action {
        CertificateAction::Issue { ods, local_id, out } => {
            let name = CertificateName::new(&local_id, ods)?;
            let issued = authority.issue_client(&name.to_string(), now)?;
            write(&authority, &issued, &local_id, &out, args.format)
        }
        CertificateAction::IssueServer { names, out } => {
            let issued = authority.issue_server(&names, now)?;
            write(&authority, &issued, "server", &out, args.format)
        }
        CertificateAction::Revoke { serial } => {
            authority.revoke(&serial, now)?;
            super::mailbox::operator(&args.target)?.revoke_certificate(&serial)?;
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
