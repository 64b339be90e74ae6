//! `restante audit follow` and `verify --security-log`: the security log of a service's pages.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use pages::{SecurityLine, SecurityLog};

use crate::error::Error;
use crate::output::{self, Format};
use crate::wiring;

/// How often new lines are looked for.
const LOOK: Duration = Duration::from_secs(1);
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
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", output::harmless(&text))?;
    out.flush()?;
    Ok(())
}
