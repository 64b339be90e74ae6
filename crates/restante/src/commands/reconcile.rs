//! `restante reconcile`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use reconcile::{Gap, Reconcile, Reconciliation};
use serde::Serialize;

use crate::commands::client;
use crate::config;
use crate::error::Error;
use crate::output;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  restante reconcile --config client.toml --since 7d\n  \
                  restante reconcile --sent /mesh/SENT --failed /mesh/FAILED --received /archive --format csv\n\
                  Exit codes: 0 every message arrived or has time, 1 there is a line, 2 wrong usage"
)]
pub struct Arguments {
    /// A client's file (ours or meshclient.cfg) or a practice's: its SENT, FAILED and IN, and what the practice keeps
    #[arg(long, required_unless_present = "sent")]
    config: Option<PathBuf>,
    /// A directory with what was sent, and all below it; may be given several times
    #[arg(long, value_name = "DIR")]
    sent: Vec<PathBuf>,
    /// A directory with what could not be sent
    #[arg(long, value_name = "DIR")]
    failed: Vec<PathBuf>,
    /// A directory with what was collected: IN, and wherever its files were moved
    #[arg(long, value_name = "DIR", required_unless_present = "config")]
    received: Vec<PathBuf>,
    /// Only messages sent in this time before now: 7d, 36h
    #[arg(long, value_name = "TIME", value_parser = duration)]
    since: Option<SignedDuration>,
    /// How long an acknowledgement may take
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration)]
    answer_within: SignedDuration,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

fn duration(text: &str) -> Result<SignedDuration, String> {
    let expected = || format!("expected a time such as 7d or 36h, found {text:?}");
    let span: Span = text.parse().map_err(|_| expected())?;
    let days = SpanRelativeTo::days_are_24_hours();
    let duration = span.to_duration(days).map_err(|_| expected())?;
    if duration.is_negative() {
        return Err(expected());
    }
    Ok(duration)
}

pub fn run(args: Arguments) -> Result<ExitCode, Error> {
    let now = Timestamp::now();
    let mut request = Reconcile {
        sent: args.sent,
        failed: args.failed,
        received: args.received,
        since: args.since.and_then(|since| now.checked_sub(since).ok()),
        now,
        answer_within: args.answer_within,
    };
    if let Some(config) = &args.config {
        add_directories(&mut request, config)?;
    }
    let found = request.run()?;
    print(args.format, &found)?;
    Ok(match found.gaps.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The directories of a client's mailboxes, or of a practice. One that is not there yet holds nothing.
fn add_directories(request: &mut Reconcile, file: &Path) -> Result<(), Error> {
    let (mailboxes, kept) = if config::is_practice(file)? {
        let practice = config::practice(file)?.practice;
        let kept = practice.data_directory.join("received");
        (vec![practice.mailbox_directory], Some(kept))
    } else {
        let client = client::load::read(file)?.config;
        let mailboxes = client.mailboxes.into_iter();
        (mailboxes.map(|mailbox| mailbox.directory).collect(), None)
    };
    let there = |path: &PathBuf| path.exists();
    for mailbox in mailboxes {
        request
            .sent
            .extend(Some(mailbox.join("SENT")).filter(there));
        request
            .failed
            .extend(Some(mailbox.join("FAILED")).filter(there));
        request
            .received
            .extend(Some(mailbox.join("IN")).filter(there));
    }
    request.received.extend(kept.filter(there));
    Ok(())
}

/// As JSON and CSV have a gap.
#[derive(Serialize)]
struct Line<'a> {
    what: &'static str,
    sent_at: Option<String>,
    message_id: Option<&'a str>,
    local_id: Option<&'a str>,
    workflow: &'a str,
    code: Option<&'a str>,
    reason: &'a str,
    advice: &'a str,
    file: String,
}

#[derive(Serialize)]
struct Whole<'a> {
    messages: usize,
    waiting: usize,
    gaps: Vec<Line<'a>>,
    unread: Vec<Unread<'a>>,
}

#[derive(Serialize)]
struct Unread<'a> {
    file: String,
    reason: &'a str,
}

impl<'a> Line<'a> {
    fn of(gap: &'a Gap) -> Self {
        Self {
            what: gap.what.name(),
            sent_at: gap.sent_at.map(|at| at.to_string()),
            message_id: gap.message_id.as_deref(),
            local_id: gap.local_id.as_deref(),
            workflow: &gap.workflow,
            code: gap.code.as_deref(),
            reason: &gap.reason,
            advice: &gap.advice,
            file: gap.file.display().to_string(),
        }
    }
}

fn print(format: Format, found: &Reconciliation) -> Result<(), Error> {
    match format {
        Format::Csv => csv(found),
        Format::Text => output::print(output::Format::Text, &(), |out| text(out, found)),
        Format::Json => {
            let unread = found.unread.iter().map(|unread| Unread {
                file: unread.file.display().to_string(),
                reason: &unread.reason,
            });
            let whole = Whole {
                messages: found.messages,
                waiting: found.waiting,
                gaps: found.gaps.iter().map(Line::of).collect(),
                unread: unread.collect(),
            };
            output::print(output::Format::Json, &whole, |_| Ok(()))
        }
    }
}

fn text(out: &mut dyn Write, found: &Reconciliation) -> std::io::Result<()> {
    for gap in &found.gaps {
        let at = gap
            .sent_at
            .map(|at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string());
        let id = [&gap.message_id, &gap.local_id]
            .into_iter()
            .flatten()
            .next();
        writeln!(
            out,
            "{} {} {}: {}{}",
            at.as_deref().unwrap_or("at a time that is not known"),
            id.map_or("without an id", String::as_str),
            gap.workflow,
            gap.what,
            gap.code
                .as_deref()
                .map(|code| format!(" ({code})"))
                .unwrap_or_default(),
        )?;
        writeln!(out, "  {}. {}", gap.reason, gap.advice)?;
        writeln!(out, "  {}", gap.file.display())?;
    }
    for unread in &found.unread {
        writeln!(
            out,
            "not read: {}: {}",
            unread.file.display(),
            unread.reason
        )?;
    }
    let (messages, gaps) = (found.messages, found.gaps.len());
    writeln!(
        out,
        "{messages} sent: {gaps} to deal with, {} waiting for an answer",
        found.waiting
    )
}

/// One row a gap. A field that a spreadsheet would take for a formula gets an apostrophe before it.
fn csv(found: &Reconciliation) -> Result<(), Error> {
    let mut writer = ::csv::Writer::from_writer(std::io::stdout().lock());
    let failed = std::io::Error::from;
    let header = [
        "what",
        "sent_at",
        "message_id",
        "local_id",
        "workflow",
        "code",
        "reason",
        "advice",
        "file",
    ];
    writer.write_record(header).map_err(failed)?;
    for line in found.gaps.iter().map(Line::of) {
        let fields = [
            line.what,
            line.sent_at.as_deref().unwrap_or_default(),
            line.message_id.unwrap_or_default(),
            line.local_id.unwrap_or_default(),
            line.workflow,
            line.code.unwrap_or_default(),
            line.reason,
            line.advice,
            &line.file,
        ];
        writer
            .write_record(fields.map(no_formula))
            .map_err(failed)?;
    }
    Ok(writer.flush()?)
}

fn no_formula(field: &str) -> String {
    let acts = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("{}{field}", if acts { "'" } else { "" })
}
