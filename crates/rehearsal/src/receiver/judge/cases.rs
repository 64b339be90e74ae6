//! The verdict on a case, by its messages.

use super::super::cases::Case;
use super::super::evidence::files_of;
use super::super::run::{Message, Run, State};
use super::message::{Judged, Mark};
use crate::{CaseResult, Verdict};

/// Files named as evidence of one case.
const FILES: usize = 6;

pub(super) fn judge(run: &Run, case: &'static Case, judged: &[Judged]) -> CaseResult {
    let all = run.messages.iter().zip(judged);
    let own: Vec<(&Message, &Judged)> = all
        .filter(|(message, _)| message.planned.case.id == case.id)
        .collect();
    let marks = |with_nobodys: bool| {
        let counted = own
            .iter()
            .filter(move |it| with_nobodys || !is_taken_from_nobody(it));
        counted.map(|(_, judged)| judged.mark).max()
    };
    let worst = marks(false).or_else(|| marks(true));
    let of_worst: Vec<&(&Message, &Judged)> = own
        .iter()
        .filter(|(_, judged)| Some(judged.mark) == worst)
        .collect();
    let (verdict, note) = match worst {
        None => (Verdict::NotApplicable, left_out(run, case)),
        Some(Mark::Wrong) => (
            Verdict::Fail,
            format!("{} of {} messages.", of_worst.len(), own.len()),
        ),
        Some(Mark::Missing) => (Verdict::Open, format!("Missing: {}", sentence(&of_worst))),
        Some(Mark::Waiting | Mark::NotPlaced) => {
            (Verdict::Open, format!("Not seen: {}", sentence(&of_worst)))
        }
        Some(Mark::Right) if case.class.needs_person() => (
            Verdict::Open,
            format!("{} A person shows the rest.", right(&own)),
        ),
        Some(Mark::Right) => (Verdict::Pass, right(&own)),
    };
    let is_wrong = worst == Some(Mark::Wrong);
    let shown = if worst == Some(Mark::Right) {
        own.iter().collect()
    } else {
        of_worst
    };
    CaseResult {
        id: case.id.to_owned(),
        title: case.title.to_owned(),
        class: case.class,
        verdict,
        note: with_left_out(run, case, note, own.is_empty()),
        messages: shown.iter().map(|(_, judged)| judged.number).collect(),
        findings: if is_wrong { shown.len() } else { 0 },
        first_finding: shown.first().filter(|_| is_wrong).map(|it| first(it)),
        evidence: shown
            .iter()
            .take(2)
            // of what was not placed there is nothing in the pack
            .filter(|(message, _)| matches!(message.state, State::Placed(_)))
            .flat_map(|(message, _)| files_of(message))
            .take(FILES)
            .collect(),
        person_needed: case
            .picture()
            .filter(|_| !own.is_empty())
            .map(str::to_owned),
    }
}

/// Whether it was not placed because it is empty: MESH takes such a message from nobody, and a case is shown without it.
fn is_taken_from_nobody((message, judged): &(&Message, &Judged)) -> bool {
    judged.mark == Mark::NotPlaced && message.planned.bytes.is_empty()
}

/// Of which message, and what.
fn first((message, judged): &(&Message, &Judged)) -> String {
    let planned = &message.planned;
    let what = judged.what.as_deref().unwrap_or_default();
    format!(
        "Message {} ({}, {}): {what}",
        judged.number, planned.payload, planned.what
    )
}

fn sentence(messages: &[&(&Message, &Judged)]) -> String {
    let Some(one) = messages.first() else {
        return String::new();
    };
    match messages.len() - 1 {
        0 => first(one),
        more => format!("{} And {more} more.", first(one)),
    }
}

fn right(own: &[(&Message, &Judged)]) -> String {
    let mut remarks: Vec<&str> = Vec::new();
    for (_, judged) in own {
        let not_placed = judged
            .what
            .iter()
            .filter(|_| judged.mark == Mark::NotPlaced);
        for remark in judged.remarks.iter().chain(not_placed) {
            let remark = remark.trim_end_matches('.');
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
    }
    let right = own.iter().filter(|(_, judged)| judged.mark == Mark::Right);
    let seen = format!("Answered as it should be ({}).", right.count());
    if remarks.is_empty() {
        seen
    } else {
        format!("{seen} With a remark: {}.", remarks.join(". "))
    }
}

/// Why no message shows a case.
fn left_out(run: &Run, case: &Case) -> String {
    let reasons = reasons(run, case);
    if reasons.is_empty() {
        "Not asked for in this run.".to_owned()
    } else {
        reasons.join(" ")
    }
}

fn with_left_out(run: &Run, case: &Case, note: String, is_all: bool) -> String {
    let reasons = reasons(run, case);
    if is_all || reasons.is_empty() {
        note
    } else {
        format!("{note} Without {}", reasons.join(" "))
    }
}

/// Each reason once, with the payloads it holds for.
fn reasons(run: &Run, case: &Case) -> Vec<String> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    for left in run.left_out.iter().filter(|it| it.case.id == case.id) {
        let payload = left.payload.title();
        match found.iter_mut().find(|(reason, _)| *reason == left.reason) {
            Some((_, payloads)) => payloads.push(payload),
            None => found.push((left.reason, vec![payload])),
        }
    }
    let words = found.iter().map(|(reason, payloads)| {
        let reason = reason.trim_end_matches('.');
        format!("{}: {reason}.", payloads.join(", "))
    });
    words.collect()
}
