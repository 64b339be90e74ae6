//! `restante audit export` and `restante audit verify --export`: a journey as one file with its proof.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use durable::Access;
use exchange::{Evidence, Noted, Wanted, belonging, gather};
use mail_store::{AuditHead, Message};
use nhs::{Clock, MessageId, SystemClock};

use crate::config::Place;
use crate::error::Error;
use crate::output::{self, Format};

use super::input_file;

#[derive(Args)]
pub struct ExportArguments {
    /// The message's id
    #[arg(long, value_name = "ID")]
    message: MessageId,
    /// Where the file goes; it must not be there yet. Standard output otherwise
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// With subject, local id and file name, which may name a patient; noted in the audit trail
    #[arg(long)]
    with_patient_details: bool,
}

/// Writes a journey with its proof. That somebody did is in the audit trail, after the lines in the file.
pub async fn export(place: &Place, arguments: ExportArguments) -> Result<(), Error> {
    let history = place.store.history(&place.data).await?;
    let id = &arguments.message;
    let message = history.message(id).await?.ok_or_else(|| {
        Error::Usage(format!(
            "there is no message {id} (any more). What is known of one that was forgotten: restante audit list --message {id}"
        ))
    })?;
    let nothing = |_: &Message| Vec::new();
    let messages = belonging(history.as_ref(), message, &nothing).await?;
    let mut about = Vec::new();
    for message in &messages {
        about.extend(
            place
                .store
                .audit_lines(&place.data, message.id.as_str())
                .await?,
        );
    }
    let wanted = Wanted {
        messages,
        about,
        with_details: arguments.with_patient_details,
        also: &nothing,
        made_at: SystemClock.now(),
    };
    let evidence = gather(history.as_ref(), wanted).await?;
    note(place, id, arguments.with_patient_details).await?;
    let mut text = serde_json::to_vec_pretty(&evidence)
        .map_err(|error| Error::Usage(format!("the journey could not be written: {error}")))?;
    text.push(b'\n');
    match &arguments.out {
        Some(path) => {
            durable::write_new(path, &text, Access::Owner)?;
            eprintln!("{}: written", path.display());
        }
        None => {
            use std::io::Write;
            std::io::stdout().lock().write_all(&text)?;
        }
    }
    Ok(())
}

/// Before anything is given out.
async fn note(place: &Place, id: &MessageId, with_details: bool) -> Result<(), Error> {
    let action = match with_details {
        true => "exported journey with details",
        false => "exported journey",
    };
    let (store, data, id) = (place.store.clone(), place.data.clone(), id.to_string());
    let noted = tokio::task::spawn_blocking(move || {
        let directory = store.operators_directory(&data)?;
        directory.note_act(action, &id, SystemClock.now())
    });
    noted
        .await
        .map_err(|error| Error::Usage(error.to_string()))??;
    Ok(())
}

/// What was found, and what it is worth.
#[derive(serde::Serialize)]
struct Verdict {
    agrees: bool,
    messages: Vec<String>,
    lines: usize,
    first_line: Option<i64>,
    last_line: Option<String>,
    findings: Vec<String>,
    proves: Vec<String>,
    does_not_prove: Vec<String>,
}

/// Checks a file: 0 where all that can be checked agrees, 1 where something does not, 2 where it cannot be checked.
pub async fn verify(
    file: &Path,
    noted: Option<AuditHead>,
    place: Option<Place>,
    format: Format,
) -> Result<ExitCode, Error> {
    let Some(evidence) = read(file)? else {
        return Err(Error::Arguments(format!(
            "{}: expected a journey as restante audit export writes it, and found something else",
            file.display()
        )));
    };
    let check = evidence.check();
    let mut verdict = Verdict {
        agrees: check.findings.is_empty(),
        messages: evidence
            .messages
            .iter()
            .map(|message| message.id.clone())
            .collect(),
        lines: check.lines,
        first_line: evidence.chain.lines.first().map(|line| line.number),
        last_line: check.last.map(|last| last.to_string()),
        findings: check.findings,
        proves: Vec::new(),
        does_not_prove: vec![
            "steps, sizes and hashes of bodies: they are in no line of the trail".to_owned(),
        ],
    };
    let mut out_of_reach = false;
    if verdict.agrees {
        verdict.proves.push(
            "its lines are one chain without a gap, and the record says what they say".to_owned(),
        );
        if let Some(noted) = noted {
            out_of_reach = against_head(&evidence, &noted, &mut verdict);
        }
        if let Some(place) = &place {
            against_store(place, check.last, &mut verdict).await?;
        }
        if noted.is_none() && place.is_none() {
            verdict.does_not_prove.push(
                "that the chain is the exchange's: whoever can write a file can make another chain. Give a line \
                 noted earlier (--head NUMBER:HASH) or the exchange (--config)"
                    .to_owned(),
            );
        }
    }
    verdict.agrees = verdict.findings.is_empty();
    output::print(format, &verdict, |out| {
        writeln!(out, "{}", verdict.messages.join(" "))?;
        for finding in &verdict.findings {
            writeln!(out, "does not agree: {finding}")?;
        }
        for proven in &verdict.proves {
            writeln!(out, "proven: {proven}")?;
        }
        for open in &verdict.does_not_prove {
            writeln!(out, "not proven: {open}")?;
        }
        Ok(())
    })?;
    Ok(match (verdict.agrees, out_of_reach) {
        (false, _) => ExitCode::FAILURE,
        (true, true) => ExitCode::from(2),
        (true, false) => ExitCode::SUCCESS,
    })
}

fn read(file: &Path) -> Result<Option<Evidence>, Error> {
    let bytes = input_file::evidence(file)?;
    Ok(serde_json::from_slice(&bytes).ok())
}

/// True when the line noted says nothing of this file.
fn against_head(evidence: &Evidence, noted: &AuditHead, verdict: &mut Verdict) -> bool {
    match evidence.compare(noted) {
        Noted::Agrees => {
            verdict.proves.push(format!(
                "all lines up to {} are those that the trail had when that line was noted",
                noted.number
            ));
            let later = evidence
                .lines_about
                .iter()
                .filter(|it| **it > noted.number)
                .count();
            if later > 0 {
                verdict.does_not_prove.push(format!(
                    "{later} lines about it after line {}: they came after the one noted",
                    noted.number
                ));
            }
            false
        }
        Noted::Differs => {
            verdict.findings.push(format!(
                "line {} is not the one noted: the trail was changed, or the file is of another exchange",
                noted.number
            ));
            false
        }
        Noted::OutOfReach => {
            verdict.does_not_prove.push(format!(
                "that the chain is the exchange's: line {} is not among the lines of this file",
                noted.number
            ));
            true
        }
    }
}

/// The exchange's own trail must hold the file's last line, which covers those before it.
async fn against_store(
    place: &Place,
    last: Option<AuditHead>,
    verdict: &mut Verdict,
) -> Result<(), Error> {
    let Some(last) = last else { return Ok(()) };
    let history = place.store.history(&place.data).await?;
    let (beginning, _) = history.audit_ends().await?;
    if last.number <= beginning.number {
        verdict.does_not_prove.push(format!(
            "that the chain is the exchange's: it has forgotten its lines up to {}",
            beginning.number
        ));
        return Ok(());
    }
    let check = place.store.verify_audit(&place.data, Some(last)).await?;
    match check.broken {
        None => verdict.proves.push(format!(
            "the exchange's trail holds the same lines, and is intact up to its head {}",
            check.head
        )),
        Some((number, reason)) => verdict
            .findings
            .push(format!("the exchange's trail, line {number}: {reason}")),
    }
    Ok(())
}
