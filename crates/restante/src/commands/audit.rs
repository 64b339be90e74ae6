//! `restante audit`: the audit trail of an exchange, and the security log of a service's pages.

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use mail_store::{AuditHead, AuditLine};
use nhs::{Clock, MessageId, SystemClock};

use crate::config::Place;
use crate::error::Error;
use crate::output::{self, Format};
use crate::target::Target;

use super::audit_export::{self, ExportArguments};
use super::follow;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  restante audit verify --config server.toml\n  \
    restante audit follow --config practice.toml --format json"
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
    /// Check every line against the hash of the one before; exit 1 at the first that disagrees
    Verify {
        /// A line noted earlier, as this command printed it, that must still be there unchanged
        #[arg(long, value_name = "NUMBER:HASH", value_parser = parse_head)]
        head: Option<AuditHead>,
        /// Check the security log of the service's pages instead, as always for a practice
        #[arg(long, conflicts_with = "head")]
        security_log: bool,
        /// Check a journey that was exported; with --head or --config against what that says too. Exit 0 where all
        /// agrees, 1 where something does not, 2 where it cannot be checked
        #[arg(long, value_name = "FILE", conflicts_with = "security_log")]
        export: Option<PathBuf>,
    },
    /// Write a journey as one file: what the record says, the steps, the lines of the audit trail with their proof
    Export(ExportArguments),
    /// Print the security log of the service's pages, and go on as it grows: who signed in, was
    /// refused, was changed, or looked at a patient's document; or the exchange's audit trail
    Follow(follow::Arguments),
    /// Say what happened to a message
    List {
        /// The message's id
        #[arg(long, value_name = "ID")]
        message: MessageId,
    },
    /// Forget the lines before a time; the trail then begins after them and says so
    Shorten {
        /// Shorten the security log of the service's pages instead, as always for a practice
        #[arg(long)]
        security_log: bool,
        /// For example 2026-01-01T00:00:00Z
        #[arg(long, value_name = "TIME")]
        before: Timestamp,
    },
}

pub async fn run(args: Arguments) -> Result<ExitCode, Error> {
    match &args.action {
        Action::Follow(arguments) => {
            if arguments.audit_trail {
                follow::follow_trail(&args.target.place()?, arguments, args.format).await?;
            } else {
                let data = args.target.pages()?.1;
                follow::follow(&data, arguments, args.format).await?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        Action::Verify {
            export: Some(file),
            head,
            ..
        } => {
            let place = args.target.is_given().then(|| args.target.place());
            return audit_export::verify(file, *head, place.transpose()?, args.format).await;
        }
        Action::Verify { security_log, .. } if *security_log || args.target.is_practice()? => {
            return follow::verify(&args.target.pages()?.1, args.format);
        }
        Action::Shorten {
            security_log,
            before,
        } if *security_log || args.target.is_practice()? => {
            let forgotten = follow::shorten(&args.target.pages()?.1, *before)?;
            return told(forgotten, args.format);
        }
        _ => {}
    }
    let place = args.target.place()?;
    match args.action {
        Action::Follow(_) => {}
        Action::Verify { head, .. } => return verify(&place, head, args.format).await,
        Action::Export(arguments) => audit_export::export(&place, arguments).await?,
        Action::List { message } => list(&place, &message, args.format).await?,
        Action::Shorten { before, .. } => {
            let (store, now) = (&place.store, SystemClock.now());
            let forgotten = store.shorten_audit(&place.data, before, now).await?;
            return told(forgotten, args.format);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Says how many lines were forgotten.
fn told(forgotten: u64, format: Format) -> Result<ExitCode, Error> {
    let result = serde_json::json!({ "forgotten": forgotten });
    output::print(format, &result, |out| {
        writeln!(out, "{forgotten} lines forgotten")
    })?;
    Ok(ExitCode::SUCCESS)
}

fn parse_head(text: &str) -> Result<AuditHead, &'static str> {
    AuditHead::parse(text).ok_or("expected NUMBER:HASH, the hash in 64 hexadecimal digits")
}

async fn verify(
    place: &Place,
    noted: Option<AuditHead>,
    format: Format,
) -> Result<ExitCode, Error> {
    let check = place.store.verify_audit(&place.data, noted).await?;
    let result = serde_json::json!({
        "intact": check.broken.is_none(),
        "lines": check.lines,
        "head": check.head.to_string(),
        "broken_line": check.broken.map(|(number, _)| number),
        "reason": check.broken.map(|(_, reason)| reason),
    });
    output::print(format, &result, |out| match check.broken {
        None => writeln!(out, "{} lines, intact; head {}", check.lines, check.head),
        Some((number, reason)) => writeln!(out, "line {number}: {reason}"),
    })?;
    Ok(match check.broken {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    })
}

/// A line of the audit trail as it is printed.
#[derive(serde::Serialize)]
pub struct Row {
    pub number: i64,
    at: Timestamp,
    actor: String,
    action: String,
    subject: String,
    detail: String,
}

impl From<AuditLine> for Row {
    fn from(line: AuditLine) -> Self {
        Self {
            number: line.number,
            at: line.at,
            actor: line.actor,
            action: line.action,
            subject: line.subject,
            detail: line.detail,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>8} {:<27} {:<12} {:<16} {} {}",
            self.number, self.at, self.actor, self.action, self.subject, self.detail
        )
    }
}

async fn list(place: &Place, message: &MessageId, format: Format) -> Result<(), Error> {
    let lines = place.store.audit_lines(&place.data, message.as_str());
    let rows: Vec<Row> = lines.await?.into_iter().map(Row::from).collect();
    output::print(format, &rows, |out| {
        rows.iter().try_for_each(|row| writeln!(out, "{row}"))
    })
}
