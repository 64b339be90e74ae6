//! `restante certificate revoke`.

use std::path::Path;

use clap::Args;
use https_listener::certificate::{Authority, Serial};
use nhs::{Clock, SystemClock};

use crate::error::Error;
use crate::output::{self, Format};
use crate::target::Target;

use super::certificate::serial;

#[derive(Args)]
pub struct Arguments {
    /// The serial number, as `certificate list` or openssl prints it
    #[arg(value_parser = serial)]
    pub serial: Serial,
    /// Also a serial number that is not in the list: a certificate of another authority, or one that 0.1 issued
    #[arg(long)]
    pub force: bool,
}

#[derive(serde::Serialize)]
struct Revoked {
    serial: String,
    /// Its name, when it was issued here.
    subject: Option<String>,
    /// It was revoked before.
    already: bool,
}

/// Puts the certificate on the authority's list, and on that of the exchange.
///
/// # Errors
///
/// When it was never issued here and that is not forced; when a list cannot be written.
pub fn run(
    args: &Arguments,
    certificates: &Path,
    target: &Target,
    format: Format,
) -> Result<(), Error> {
    let (serial, now) = (&args.serial, SystemClock.now());
    let key = target.place()?.authority_key;
    let authority = Authority::open_with(certificates, &key, now)?;
    let issued = match &authority {
        Some(authority) => authority.find_issued(serial)?,
        None => None,
    };
    if issued.is_none() && !args.force {
        return Err(Error::Usage(format!(
            "{serial}: no certificate of this serial number was issued here; nothing was revoked. `restante \
             certificate list` has those that were; for a certificate of another authority, or one that 0.1 \
             issued, give --force"
        )));
    }
    let operator = target.operator()?;
    let revoked = Revoked {
        already: operator
            .revoked_certificates()?
            .iter()
            .any(|it| it == serial.as_str()),
        serial: serial.to_string(),
        subject: issued.map(|issued| issued.subject),
    };
    if let Some(authority) = authority {
        authority.revoke(serial, now)?;
    }
    operator.revoke_certificate(serial.as_str())?;
    output::print(format, &revoked, |out| {
        let subject = revoked
            .subject
            .as_deref()
            .map_or(String::new(), |it| format!(" ({it})"));
        if revoked.already {
            return writeln!(out, "certificate {serial}{subject} was revoked before");
        }
        writeln!(
            out,
            "certificate {serial}{subject} is revoked; a running server refuses it within a second or two"
        )
    })
}
