//! `restante certificate list`: what the exchange's own authority issued.

use std::collections::BTreeSet;
use std::path::Path;

use https_listener::certificate::{Authority, Holder, Recorded, Serial};
use jiff::Timestamp;
use mesh::CertificateName;
use nhs::{Clock, SystemClock};

use crate::error::Error;
use crate::output::{self, Format};

use super::certificate::day;

#[derive(serde::Serialize)]
struct Row {
    serial: String,
    /// `client` or `server`.
    holder: &'static str,
    subject: String,
    /// Of a client's name.
    ods_code: Option<String>,
    local_id: Option<String>,
    valid_from: Timestamp,
    valid_to: Timestamp,
    revoked: bool,
    /// `valid`, `not yet valid`, `expired` or `revoked`.
    state: &'static str,
}

impl Row {
    fn new(recorded: Recorded, revoked: &BTreeSet<Serial>, now: Timestamp) -> Self {
        let revoked = revoked.contains(&recorded.serial);
        let name = CertificateName::parse(&recorded.subject);
        let name = name.filter(|_| recorded.holder == Holder::Client);
        Self {
            state: match () {
                () if revoked => "revoked",
                () if now > recorded.not_after => "expired",
                () if now < recorded.not_before => "not yet valid",
                () => "valid",
            },
            revoked,
            holder: match recorded.holder {
                Holder::Client => "client",
                Holder::Server => "server",
            },
            ods_code: name.as_ref().map(|name| name.organisation().to_string()),
            local_id: name.as_ref().map(|name| name.local_id().to_owned()),
            serial: recorded.serial.to_string(),
            subject: recorded.subject,
            valid_from: recorded.not_before,
            valid_to: recorded.not_after,
        }
    }
}

/// Prints the certificates, the oldest first.
///
/// # Errors
///
/// When the record or the revocation list cannot be read.
pub fn print(certificates: &Path, format: Format) -> Result<(), Error> {
    let now = SystemClock.now();
    let rows: Vec<Row> = match Authority::open(certificates, now)? {
        None => Vec::new(),
        Some(authority) => {
            let revoked = authority.revoked_serials()?.into_iter().collect();
            let issued = authority.issued()?.into_iter();
            issued
                .map(|recorded| Row::new(recorded, &revoked, now))
                .collect()
        }
    };
    output::print(format, &rows, |out| {
        if rows.is_empty() {
            writeln!(
                out,
                "no certificate was issued here (those that 0.1 issued were not recorded)"
            )?;
        }
        for row in &rows {
            let (from, to) = (day(row.valid_from), day(row.valid_to));
            writeln!(
                out,
                "{:<32} {:<13} {from} to {to}  {}",
                row.serial, row.state, row.subject
            )?;
        }
        Ok(())
    })
}
