//! The pack of a receiving system.

mod environment;
mod lists;
mod log;
mod page;

use fhir::Severity;
use itk3::Class;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::judge::Judged;
use super::patients::Patients;
use super::payload::PayloadName;
use super::run::{Message, Run, State};
use crate::pack::{audit, junit, names, screenshots};
use crate::{Claim, Pack, RehearsalError};

/// What a pack says of the run beside its messages.
pub struct Facts<'a> {
    /// By what, against what.
    pub claim: Claim,
    /// The system on trial, as its supplier calls it.
    pub subject: &'a str,
    /// How it was started.
    pub command: &'a str,
    /// `through two directories`, `through MESH`.
    pub way: &'a str,
    /// The payloads that were asked for.
    pub payloads: &'a [PayloadName],
    /// When it ended.
    pub ended: Timestamp,
    /// Whom the messages are about.
    pub patients: &'a Patients,
    /// The list of patients that the system had to know, as CSV, the numbers in its first column. Who has a number
    /// outside the test ranges is left out of the pack's.
    pub patient_list: &'a str,
}

/// The files of the pack that show a message.
pub(super) fn files_of(message: &Message) -> Vec<String> {
    let number = message.planned.number;
    let answers = message
        .answers
        .iter()
        .map(|it| answer_file(number, message, it));
    [message_file(message, "xml"), names::findings(number)]
        .into_iter()
        .chain(answers)
        .collect()
}

fn message_file(message: &Message, ending: &str) -> String {
    let planned = &message.planned;
    names::message(
        planned.number,
        Some(planned.case.id),
        &planned.local_id,
        ending,
    )
}

/// Where an answer is; a second one of the same code has its place behind it.
pub(super) fn answer_file(number: u32, message: &Message, answer: &Answer) -> String {
    let kind = match answer.class() {
        Class::Business => "bus",
        Class::Infrastructure | Class::Retired => "inf",
    };
    let code = answer.code_text();
    let alike = message.answers.iter().filter(|it| it.code_text() == code);
    let place = alike.take_while(|it| !std::ptr::eq(*it, answer)).count();
    match place {
        0 => names::answer(number, kind, &code),
        place => names::answer(number, kind, &format!("{code}-{}", place + 1)),
    }
}

/// Writes the pack. Says how many files it has.
///
/// # Errors
///
/// [`RehearsalError`].
pub fn write(run: &Run, facts: &Facts<'_>, mut pack: Pack) -> Result<usize, RehearsalError> {
    let outcome = run.judge(facts.ended, true);
    for (message, judged) in run.messages.iter().zip(&outcome.messages) {
        put_message(&mut pack, message, judged)?;
    }
    let events = log::events(run);
    let (lines, head) = audit::chained(&events)?;
    let audit_head = format!("{} lines, head {head}", events.len());
    pack.put("audit.jsonl", &lines)?;
    pack.put("patients.csv", &lists::patients(facts)?)?;
    let environment = environment::environment(run, facts, &outcome, &audit_head);
    pack.put_json("environment.json", &environment)?;
    pack.put("receiver.csv", &lists::cases(run, &outcome)?)?;
    pack.put("receiver-messages.csv", &lists::messages(run, &outcome)?)?;
    let suite = junit::Suite {
        name: "cases",
        results: &outcome.cases,
    };
    pack.put(
        "junit.xml",
        &junit::xml("restante rehearse receiver", &[suite])?,
    )?;
    let readme = screenshots::readme(&facts.claim, &outcome.cases);
    pack.put("screenshots/README.md", readme.as_bytes())?;
    let page = page::page(run, facts, &outcome, &audit_head);
    pack.put("index.html", page.as_bytes())?;
    pack.finish()
}

fn put_message(pack: &mut Pack, message: &Message, judged: &Judged) -> Result<(), RehearsalError> {
    let planned = &message.planned;
    let number = planned.number;
    if matches!(message.state, State::Placed(_)) {
        pack.put(&message_file(message, "xml"), &planned.bytes)?;
        pack.put(&message_file(message, "txt"), addressed(message).as_bytes())?;
    }
    pack.put_json(&names::findings(number), &findings(message, judged))?;
    pack.put_json(&names::journey(number), &journey(message))?;
    for answer in &message.answers {
        let name = answer_file(number, message, answer);
        pack.put(&name, &answer.incoming.bytes)?;
    }
    Ok(())
}

/// How it was addressed.
fn addressed(message: &Message) -> String {
    let planned = &message.planned;
    format!(
        "to: {}\nworkflow: {}\nsubject: {}\nlocal id: {}\n",
        planned.to_dts, planned.workflow, planned.subject, planned.local_id
    )
}

fn findings(message: &Message, judged: &Judged) -> Value {
    let planned = &message.planned;
    let answers = message.answers.iter().map(|answer| {
        let findings = answer.findings.iter().map(|finding| {
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            json!({
                "id": finding.id, "path": finding.path, "severity": severity, "text": finding.what,
                "remedy": finding.remedy,
            })
        });
        json!({
            "code": answer.code_text(), "from": answer.incoming.from, "workflow": answer.incoming.workflow,
            "breaches": answer.breaches, "tells_of_the_patient": answer.told,
            "findings": findings.collect::<Vec<_>>(),
        })
    });
    json!({
        "message": planned.number,
        "case": planned.case.id,
        "payload": planned.payload,
        "what": planned.what,
        "expected_inf": planned.expected.infrastructure.to_string(),
        "expected_bus": planned.expected.business.to_string(),
        "result": judged.mark.as_str(),
        "reason": judged.what,
        "remarks": judged.remarks,
        "answers": answers.collect::<Vec<_>>(),
        "answers_not_kept": message.beyond,
    })
}

fn journey(message: &Message) -> Value {
    let planned = &message.planned;
    json!({
        "message": planned.number,
        "local_id": planned.local_id,
        "transport": log::transport(planned.transport),
        "after": planned.after,
        "steps": log::steps(message),
    })
}
