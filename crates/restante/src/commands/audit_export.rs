//! `restante audit export` and `restante audit verify --export`: a journey as one file with its proof.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use durable::Access;
use exchange::{Evidence, Noted, RECORD_NOT_IN_LINES, Wanted, belonging, changes_record, gather};
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
    let (_, head) = history.audit_ends().await?;
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
        head,
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
    /// What would have to be shown, and is not.
    unproven: Vec<String>,
    /// What no file of this kind proves, or nobody asked for.
    does_not_prove: Vec<String>,
}

/// Checks a file: 0 where all that was given agrees, 1 where something does not, 2 where something would have to be shown and is not.
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
        unproven: check.unproven,
        does_not_prove: vec![RECORD_NOT_IN_LINES.to_owned()],
    };
    if verdict.agrees {
        verdict.proves.push(
            match verdict.unproven.is_empty() {
                true => "its lines are one chain without a gap, and the record says what they say",
                false => "its lines are one chain without a gap",
            }
            .to_owned(),
        );
        if let Some(noted) = noted {
            against_head(&evidence, &noted, place.is_some(), &mut verdict);
        }
        match &place {
            Some(place) => against_store(place, &evidence, check.last, &mut verdict).await?,
            None => to_the_end(&evidence, check.last, &mut verdict),
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
        for open in verdict.unproven.iter().chain(&verdict.does_not_prove) {
            writeln!(out, "not proven: {open}")?;
        }
        Ok(())
    })?;
    Ok(match (verdict.agrees, verdict.unproven.is_empty()) {
        (false, _) => ExitCode::FAILURE,
        (true, false) => ExitCode::from(2),
        (true, true) => ExitCode::SUCCESS,
    })
}

fn read(file: &Path) -> Result<Option<Evidence>, Error> {
    let bytes = input_file::evidence(file)?;
    Ok(serde_json::from_slice(&bytes).ok())
}

/// A file alone knows nothing of what came after its last line.
fn to_the_end(evidence: &Evidence, last: Option<AuditHead>, verdict: &mut Verdict) {
    let Some(last) = last else { return };
    match evidence.chain.reaches_head {
        true => verdict.does_not_prove.push(format!(
            "what happened after line {}, the last one in the file",
            last.number
        )),
        false => verdict.unproven.push(format!(
            "the record after line {}: the lines end before the trail did when the file was made ({})",
            last.number, evidence.chain.head
        )),
    }
}

/// Whoever can write a file can make other lines after the one noted: they are the exchange's to show.
fn against_head(evidence: &Evidence, noted: &AuditHead, has_store: bool, verdict: &mut Verdict) {
    let number = noted.number;
    match evidence.compare(noted) {
        Noted::Agrees => {
            verdict.proves.push(format!(
                "all lines up to {number} are those that the trail had when that line was noted"
            ));
            let about = named(evidence);
            let later = evidence.chain.lines.iter().filter(|line| {
                line.number > number
                    && about.contains(&line.number)
                    && changes_record(&line.action)
            });
            let later = later.count();
            if later > 0 && !has_store {
                verdict.unproven.push(format!(
                    "{later} lines about it after line {number}, and what the record says by them: they came after the one noted"
                ));
            }
        }
        Noted::Differs => verdict.findings.push(format!(
            "line {number} is not the one noted: the trail was changed, or the file is of another exchange"
        )),
        Noted::OutOfReach => verdict.unproven.push(format!(
            "that the chain is the exchange's: line {number} is not among the lines of this file"
        )),
    }
}

/// The exchange's own trail must hold the file's last line, which covers those before it, and no other lines about its
/// messages than the file names.
async fn against_store(
    place: &Place,
    evidence: &Evidence,
    last: Option<AuditHead>,
    verdict: &mut Verdict,
) -> Result<(), Error> {
    let Some(last) = last else {
        verdict
            .unproven
            .push("that the chain is the exchange's: the file has no lines".to_owned());
        return Ok(());
    };
    let history = place.store.history(&place.data).await?;
    let (beginning, _) = history.audit_ends().await?;
    if last.number <= beginning.number {
        verdict.unproven.push(format!(
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
    let mut lines = BTreeMap::new();
    for message in &evidence.messages {
        for line in place.store.audit_lines(&place.data, &message.id).await? {
            lines.insert(line.number, line.action);
        }
    }
    let named = named(evidence);
    let made_up = named.range(beginning.number + 1..);
    if let Some(number) = made_up.copied().find(|it| !lines.contains_key(it)) {
        verdict.findings.push(format!(
            "line {number}, which the file names, is not about its messages in the exchange's trail"
        ));
    }
    lines.retain(|number, _| !named.contains(number));
    let later = lines.split_off(&(last.number + 1));
    if let Some(number) = lines.keys().next() {
        verdict.findings.push(format!(
            "line {number} of the exchange's trail is about its messages, and the file leaves it out"
        ));
    }
    came_after(&later, verdict);
    Ok(())
}

fn named(evidence: &Evidence) -> BTreeSet<i64> {
    evidence.lines_about.iter().copied().collect()
}

/// Lines told one by one, at most.
const TOLD: usize = 20;

/// A file cut short looks like one made earlier: neither says how its messages stand now.
fn came_after(later: &BTreeMap<i64, String>, verdict: &mut Verdict) {
    if later.is_empty() {
        return;
    }
    let told = later.iter().take(TOLD);
    let mut told: Vec<String> = told
        .map(|(number, action)| format!("line {number} {action}"))
        .collect();
    if later.len() > TOLD {
        told.push(format!("{} more", later.len() - TOLD));
    }
    let told = told.join(", ");
    match later.values().any(|action| changes_record(action)) {
        true => verdict.unproven.push(format!(
            "what its messages' records are now. Came after the file's lines: {told}"
        )),
        false => verdict.does_not_prove.push(format!(
            "who looked at it since. Came after the file's lines: {told}"
        )),
    }
}
