//! `restante audit follow`, and `verify` and `shorten` with `--security-log`: the security log of a service's pages.
//! `follow --audit-trail` follows an exchange's audit trail in its place.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use nhs::{Clock, SystemClock};
use pages::{SecurityLine, SecurityLog};

use super::audit::Row;
use crate::config::Place;
use crate::error::Error;
use crate::output::{self, Format};
use crate::wiring;

/// How often new lines are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// How often new lines of the audit trail are looked for: each look opens the store anew.
const LOOK_AT_TRAIL: Duration = Duration::from_secs(5);
/// Lines that are read at once.
const PART: u32 = 1_000;

#[derive(Args)]
pub struct Arguments {
    /// Begin after the line of this number
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub after: i64,
    /// Print what there is and exit, instead of waiting for more
    #[arg(long)]
    pub once: bool,
    /// Follow the exchange's audit trail instead: who sent, collected, changed or looked at what
    #[arg(long)]
    pub audit_trail: bool,
}

/// Prints each line, JSON as one line each, until stopped.
///
/// # Errors
///
/// When the log cannot be read, or standard output is closed.
pub async fn follow(data: &Path, args: &Arguments, format: Format) -> Result<(), Error> {
    let log = open(data)?;
    let stop = wiring::stop_signal()?;
    let mut last = args.after;
    loop {
        let lines = log.after(last, PART)?;
        for line in &lines {
            print(line, format)?;
            last = line.number;
        }
        if !lines.is_empty() {
            continue;
        }
        if args.once {
            return Ok(());
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Prints each line of an exchange's audit trail, JSON as one line each, until stopped.
///
/// # Errors
///
/// When the store cannot be read, or standard output is closed.
pub async fn follow_trail(place: &Place, args: &Arguments, format: Format) -> Result<(), Error> {
    let stop = wiring::stop_signal()?;
    let mut last = args.after;
    loop {
        let lines = place.store.audit_after(&place.data, last, PART).await?;
        let is_all = lines.is_empty();
        for row in lines.into_iter().map(Row::from) {
            let text = match format {
                Format::Json => serde_json::to_string(&row).map_err(std::io::Error::from)?,
                Format::Text => row.to_string(),
            };
            put(&text)?;
            last = row.number;
        }
        if !is_all {
            continue;
        }
        if args.once {
            return Ok(());
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(LOOK_AT_TRAIL) => {}
        }
    }
}

/// Forgets the lines of the security log before a time; gives how many.
///
/// # Errors
///
/// When there is no security log, or it cannot be written.
pub fn shorten(data: &Path, before: Timestamp) -> Result<u64, Error> {
    Ok(open(data)?.shorten(before, SystemClock.now())?)
}

/// Checks the chain; exit code 1 at the first line that disagrees.
///
/// # Errors
///
/// When the log cannot be read.
pub fn verify(data: &Path, format: Format) -> Result<ExitCode, Error> {
    let check = open(data)?.check()?;
    output::print(format, &check, |out| match check.broken {
        None => writeln!(out, "{} lines, intact; head {}", check.lines, check.head),
        Some(number) => writeln!(
            out,
            "line {number}: it is missing, or does not agree with its hash"
        ),
    })?;
    Ok(match check.broken {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    })
}

fn open(data: &Path) -> Result<SecurityLog, Error> {
    let users = data.join("users.sqlite3");
    if !users.exists() {
        return Err(Error::Usage(format!(
            "{}: nobody was ever added here; give the --config of the service, or its data directory",
            users.display()
        )));
    }
    Ok(wiring::open_users(data)?.security_log())
}

fn print(line: &SecurityLine, format: Format) -> Result<(), Error> {
    let text = match format {
        Format::Json => serde_json::to_string(line).map_err(std::io::Error::from)?,
        Format::Text => format!(
            "{:>8} {:<27} {:<16} {:<18} {:<9} {} from={} session={}",
            line.number,
            line.at,
            line.action,
            line.who,
            line.outcome,
            line.subject,
            line.from,
            line.session
        ),
    };
    put(&text)
}

/// Prints a line that acts on no terminal, at once.
fn put(text: &str) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", output::harmless(text))?;
    out.flush()?;
    Ok(())
}
