//! `restante rehearse`: a system on trial before it may take part, and the pack of evidence that comes of it.

mod places;
mod receiver;
mod sender;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Subcommand;
use nhs::{Clock, SystemClock};
use rehearsal::CaseResult;
use serde::Serialize;

use crate::error::{self, Error};
use crate::wiring;

#[derive(Subcommand)]
pub enum Action {
    /// Try a sending system: an exchange and a receiving practice for it, the 13 scripts, the 48 rows
    Sender(sender::Arguments),
    /// Try a receiving system: good and bad messages for it, and each answer held against the expected one
    Receiver(receiver::Arguments),
}

/// Runs a rehearsal.
///
/// # Errors
///
/// When it cannot be started, or the pack not written.
pub async fn run(action: Action) -> Result<ExitCode, Error> {
    match action {
        Action::Sender(args) => sender::run(args).await,
        Action::Receiver(args) => receiver::run(args).await,
    }
}

/// A row, script or case that failed, as the summary in JSON has it.
#[derive(Serialize)]
struct Failed<'a> {
    id: &'a str,
    note: &'a str,
    finding: Option<&'a str>,
}

impl<'a> From<&'a CaseResult> for Failed<'a> {
    fn from(result: &'a CaseResult) -> Self {
        Self {
            id: &result.id,
            note: &result.note,
            finding: result.first_finding.as_deref(),
        }
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let expected = || format!("expected a time such as 90s, 10m or 1h, found {text:?}");
    let span: jiff::Span = text.parse().map_err(|_| expected())?;
    let duration = span
        .to_duration(jiff::SpanRelativeTo::days_are_24_hours())
        .map_err(|_| expected())?;
    Duration::try_from(duration).map_err(|_| expected())
}

/// A registry of these patients alone.
pub fn registry(data: &Path, list: &str) -> Result<pds::Registry, Error> {
    let dir = wiring::registry_directory(data);
    std::fs::create_dir_all(data).map_err(error::at(data))?;
    let kind = Some(pds::Kind::Patients);
    let report = pds::import(&dir, list.as_bytes(), kind, SystemClock.now())?;
    if report.refused > 0 {
        return Err(Error::Arguments(format!(
            "{} rows of the list of patients were refused; see docs/reference/formats.md for what a row needs",
            report.refused
        )));
    }
    Ok(pds::Registry::open(&dir)?)
}
