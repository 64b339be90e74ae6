//! `receiver.csv`, a line a case, `receiver-messages.csv`, a line a message, and `patients.csv`.

use itk3::Class;
use nhs::NhsNumber;

use super::super::cases::{CASES, Case};
use super::super::judge::{Judged, Outcome};
use super::super::patients::Patient;
use super::super::run::{Message, Run, State};
use super::{Facts, log, message_file};
use crate::pack::table;
use crate::sender::patients::is_test_number;
use crate::{CaseResult, RehearsalError};

/// Cells of several messages that are drawn into one, at most.
const CELLS: usize = 12;

pub(super) fn cases(run: &Run, outcome: &Outcome) -> Result<Vec<u8>, RehearsalError> {
    let head = [
        "id",
        "payload",
        "message_file",
        "expected_inf",
        "received_inf",
        "seconds_to_inf",
        "expected_bus",
        "received_bus",
        "seconds_to_bus",
        "answer_findings",
        "verdict",
        "note",
        "group",
        "title",
        "class",
        "messages",
        "first_finding",
        "evidence_files",
        "person_needed",
    ];
    let rows = CASES.iter().zip(&outcome.cases).map(|(case, result)| {
        let own: Vec<&Message> = of_case(run, case).collect();
        row(case, result, &own)
    });
    table::csv("receiver.csv", &head, &rows.collect::<Vec<_>>())
}

fn of_case<'a>(run: &'a Run, case: &'static Case) -> impl Iterator<Item = &'a Message> {
    let all = run.messages.iter();
    all.filter(move |it| it.planned.case.id == case.id)
}

fn row(case: &Case, result: &CaseResult, own: &[&Message]) -> Vec<String> {
    let each = |cell: &dyn Fn(&Message) -> String| together(own.iter().map(|it| cell(it)));
    let longest = |seconds: &dyn Fn(&Message) -> Option<f64>| {
        let times = own.iter().filter_map(|it| seconds(it));
        time(times.max_by(f64::total_cmp))
    };
    let breaches: usize = own.iter().map(|it| breaches(it)).sum();
    vec![
        case.id.to_owned(),
        each(&|it| it.planned.payload.to_string()),
        own.first().map(|it| file(it)).unwrap_or_default(),
        none(case.infrastructure),
        each(&|it| codes(it, Class::Infrastructure)),
        longest(&|it| it.seconds().infrastructure),
        none(case.business),
        each(&|it| codes(it, Class::Business)),
        longest(&|it| it.seconds().business),
        breaches.to_string(),
        result.verdict.as_str().to_owned(),
        result.note.clone(),
        group(case),
        case.title.to_owned(),
        case.class.as_str().to_owned(),
        result.message_list(),
        result.first_finding.clone().unwrap_or_default(),
        result.evidence.join(" "),
        result.person_needed.clone().unwrap_or_default(),
    ]
}

pub(super) fn messages(run: &Run, outcome: &Outcome) -> Result<Vec<u8>, RehearsalError> {
    let head = [
        "message",
        "id",
        "payload",
        "what",
        "transport",
        "message_file",
        "expected_inf",
        "received_inf",
        "seconds_to_inf",
        "expected_bus",
        "received_bus",
        "seconds_to_bus",
        "answer_findings",
        "result",
        "note",
    ];
    let each = run.messages.iter().zip(&outcome.messages);
    let rows = each.map(|(message, judged)| message_row(message, judged));
    table::csv("receiver-messages.csv", &head, &rows.collect::<Vec<_>>())
}

/// The list that the system had to know, as it was given; where some have a number that may be a person's, without them.
pub(super) fn patients(facts: &Facts<'_>) -> Result<Vec<u8>, RehearsalError> {
    let list = facts.patient_list.as_bytes();
    if facts.patients.all().iter().all(Patient::is_test) {
        return Ok(list.to_vec());
    }
    let failed = |source: std::io::Error| RehearsalError::Form {
        name: "patients.csv".to_owned(),
        source,
    };
    let written = |error: csv::Error| failed(std::io::Error::other(error));
    let is_test = |row: &csv::StringRecord| {
        let number = NhsNumber::parse(row.get(0).unwrap_or_default());
        number.is_ok_and(|it| is_test_number(it.value()))
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(list);
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    for (index, row) in reader.records().enumerate() {
        let row = row.map_err(written)?;
        if index == 0 || is_test(&row) {
            writer.write_record(&row).map_err(written)?;
        }
    }
    writer
        .into_inner()
        .map_err(|error| failed(error.into_error()))
}

fn message_row(message: &Message, judged: &Judged) -> Vec<String> {
    let planned = &message.planned;
    let seconds = message.seconds();
    let note = judged.what.iter().chain(&judged.remarks);
    vec![
        planned.number.to_string(),
        planned.case.id.to_owned(),
        planned.payload.to_string(),
        planned.what.to_owned(),
        log::transport(planned.transport).to_owned(),
        file(message),
        none(&planned.expected.infrastructure.to_string()),
        codes(message, Class::Infrastructure),
        time(seconds.infrastructure),
        none(&planned.expected.business.to_string()),
        codes(message, Class::Business),
        time(seconds.business),
        breaches(message).to_string(),
        judged.mark.as_str().to_owned(),
        note.cloned().collect::<Vec<_>>().join(" "),
    ]
}

fn file(message: &Message) -> String {
    match message.state {
        State::Placed(_) => message_file(message, "xml"),
        State::ToPlace | State::NotPlaced(_) => String::new(),
    }
}

/// A cell of its own for no answer: a spreadsheet would take a dash for a formula.
pub(super) fn none(codes: &str) -> String {
    codes.replace('-', "none")
}

/// The codes that came, `none` for none.
pub(super) fn codes(message: &Message, class: Class) -> String {
    let codes: Vec<String> = message.of_class(class).map(|it| it.code_text()).collect();
    if codes.is_empty() {
        "none".to_owned()
    } else {
        codes.join(" ")
    }
}

fn breaches(message: &Message) -> usize {
    let each = message.answers.iter();
    each.map(|it| it.breaches.len() + it.told.len()).sum()
}

fn time(seconds: Option<f64>) -> String {
    seconds.map_or_else(String::new, |it| format!("{it:.1}"))
}

fn group(case: &Case) -> String {
    let name = serde_json::to_value(case.group).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}

/// Each that is not the one before it.
fn together(cells: impl Iterator<Item = String>) -> String {
    let mut kept: Vec<String> = Vec::new();
    for cell in cells {
        if !kept.contains(&cell) && kept.len() < CELLS {
            kept.push(cell);
        }
    }
    kept.join(" ")
}
