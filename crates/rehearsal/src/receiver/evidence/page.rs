//! `index.html` of a receiving system's pack.

use itk3::Class;
use jiff::Timestamp;

use super::super::cases::CASES;
use super::super::judge::{Judged, Outcome};
use super::super::patients::Patients;
use super::super::run::{Message, Run, State};
use super::super::times::Times;
use super::{Facts, lists};
use crate::pack::index::{self, Index, Table};

pub(super) fn page(run: &Run, facts: &Facts<'_>, outcome: &Outcome, audit_head: &str) -> String {
    let head = head(run, facts, outcome);
    let rests_on = rests_on(run, facts, audit_head);
    let all = run.messages.iter().zip(&outcome.messages);
    let messages = Table {
        title: "Messages",
        head: &[
            "Message",
            "Case",
            "Payload",
            "What is sent",
            "Expected",
            "Received",
            "Result",
        ],
        rows: all
            .map(|(message, judged)| cells(message, judged))
            .collect(),
    };
    let results = outcome.missing_first();
    index::html(&Index {
        kind: "rehearsal of a receiving system",
        subject: facts.subject,
        claim: &facts.claim,
        facts: &head,
        unit: "case",
        results: &results,
        tables: &[messages],
        rests_on: &rests_on,
        files: &[
            "receiver.csv",
            "receiver-messages.csv",
            "patients.csv",
            "junit.xml",
            "environment.json",
            "screenshots/README.md",
        ],
    })
}

fn head<'a>(run: &Run, facts: &Facts<'_>, outcome: &Outcome) -> Vec<(&'a str, String)> {
    let settings = run.settings();
    let time = |at: Timestamp| at.strftime("%-d %b %Y, %H:%M:%S UTC").to_string();
    let placed = run
        .messages
        .iter()
        .filter(|it| matches!(it.state, State::Placed(_)))
        .count();
    let answers: usize = run.messages.iter().map(|it| it.answers.len()).sum();
    let payloads: Vec<&str> = facts.payloads.iter().map(|it| it.title()).collect();
    let mut facts = vec![
        (
            "Rule set",
            format!("{}, {} cases", facts.claim.rules, CASES.len()),
        ),
        ("Payloads", payloads.join(", ")),
        (
            "Run",
            format!(
                "{} to {}, {}, into mailbox {}",
                time(settings.started),
                time(facts.ended),
                facts.way,
                settings.receiver
            ),
        ),
        (
            "Messages",
            format!("{placed} placed, {answers} answers received"),
        ),
        ("Times", Times::of(run).sentence()),
    ];
    if !outcome.waiting.is_empty() {
        facts.push((
            "Waiting",
            format!(
                "not placed, or still waited for, when the run ended: {}",
                outcome.waiting.join(", ")
            ),
        ));
    }
    if !outcome.missing.is_empty() {
        facts.push((
            "Missing",
            format!(
                "no answer, or not all of them, within {} seconds after the last sign of life: {}",
                settings.answer_within.as_secs(),
                outcome.missing.join(", ")
            ),
        ));
    }
    facts
}

fn rests_on<'a>(run: &Run, facts: &Facts<'_>, audit_head: &str) -> Vec<(&'a str, String)> {
    vec![
        (
            "Tool",
            format!(
                "Restante {}, started as {}",
                facts.claim.version, facts.command
            ),
        ),
        (
            "Seed",
            format!(
                "{}: the same seed makes messages with the same ids and defects",
                run.settings().seed
            ),
        ),
        (
            "Clock",
            "that of the machine the rehearsal ran on; times are UTC".to_owned(),
        ),
        ("Patients", patients(facts.patients)),
        ("Log", format!("{audit_head}, in audit.jsonl")),
        (
            "Files",
            "hashes in SHA256SUMS; check with sha256sum -c SHA256SUMS".to_owned(),
        ),
    ]
}

fn patients(patients: &Patients) -> String {
    let all = patients.all();
    let invented = all.iter().filter(|it| it.invented).count();
    let test = all.iter().filter(|it| it.is_test()).count();
    let outside = match all.len() - test {
        0 => String::new(),
        1 => ", and 1 with a number outside the test ranges, who is not listed".to_owned(),
        more => {
            format!(", and {more} with numbers outside the test ranges, who are not listed")
        }
    };
    format!(
        "{test} test patients, {invented} of them invented{outside}; the list the system had to know is patients.csv"
    )
}

fn cells(message: &Message, judged: &Judged) -> Vec<String> {
    let planned = &message.planned;
    let both = |left: String, right: String| format!("{left} / {right}");
    let mut words = vec![judged.mark.as_str().to_owned()];
    words.extend(judged.what.clone());
    words.extend(judged.remarks.iter().cloned());
    vec![
        planned.number.to_string(),
        planned.case.id.to_owned(),
        planned.payload.title().to_owned(),
        planned.what.to_owned(),
        both(
            lists::none(&planned.expected.infrastructure.to_string()),
            lists::none(&planned.expected.business.to_string()),
        ),
        both(
            lists::codes(message, Class::Infrastructure),
            lists::codes(message, Class::Business),
        ),
        words.join(". "),
    ]
}
