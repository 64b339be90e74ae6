//! The cases that are judged over the answers to all messages: RX-A01, RX-A02, RX-A03.

use super::super::answer::Answer;
use super::super::cases::Case;
use super::super::evidence::answer_file;
use super::super::run::{Message, Run};
use super::super::times::Times;
use crate::{CaseResult, Verdict};

/// Files named as evidence of one case.
const FILES: usize = 6;

pub(super) fn judge(run: &Run, case: &'static Case) -> CaseResult {
    let against = match case.id {
        "RX-A01" => against_the_rules(run),
        "RX-A02" => told_of_patients(run),
        _ => Vec::new(),
    };
    let count = run
        .messages
        .iter()
        .map(|it| it.answers.len())
        .sum::<usize>();
    let (verdict, note) = match (against.len(), count) {
        (0, 0) => (Verdict::Open, "No answer came.".to_owned()),
        (0, _) => (Verdict::Pass, right(run, case, count)),
        (found, _) => (
            Verdict::Fail,
            format!("{found} findings in {count} answers."),
        ),
    };
    let mut messages: Vec<u32> = against.iter().filter_map(|it| it.number).collect();
    messages.dedup();
    CaseResult {
        id: case.id.to_owned(),
        title: case.title.to_owned(),
        class: case.class,
        verdict,
        note,
        messages,
        findings: against.len(),
        first_finding: against.first().map(|it| it.text.clone()),
        evidence: against
            .iter()
            .filter_map(|it| it.file.clone())
            .take(FILES)
            .collect(),
        person_needed: None,
    }
}

struct Against {
    number: Option<u32>,
    file: Option<String>,
    text: String,
}

fn right(run: &Run, case: &Case, count: usize) -> String {
    match case.id {
        "RX-A03" => Times::of(run).sentence(),
        _ => format!("In none of {count} answers."),
    }
}

fn each(run: &Run) -> impl Iterator<Item = (&Message, &Answer)> {
    let messages = run.messages.iter();
    messages.flat_map(|message| message.answers.iter().map(move |answer| (message, answer)))
}

fn found(message: &Message, answer: &Answer, what: &str) -> Against {
    let number = message.planned.number;
    Against {
        number: Some(number),
        file: Some(answer_file(number, message, answer)),
        text: format!("Message {number}, answer {}: {what}", answer.code_text()),
    }
}

fn against_the_rules(run: &Run) -> Vec<Against> {
    let of_answers = each(run).flat_map(|(message, answer)| {
        answer
            .breaches
            .iter()
            .map(move |what| found(message, answer, what))
    });
    let strays = run.strays.iter().map(|stray| Against {
        number: None,
        file: None,
        text: format!(
            "What came at {}: {}",
            stray.at.strftime("%H:%M:%S UTC"),
            stray.what
        ),
    });
    of_answers.chain(strays).collect()
}

fn told_of_patients(run: &Run) -> Vec<Against> {
    let told = each(run).filter(|(_, answer)| !answer.told.is_empty());
    told.map(|(message, answer)| {
        let what = format!(
            "its outcome holds {} of the patient",
            answer.told.join(", ")
        );
        found(message, answer, &what)
    })
    .collect()
}
