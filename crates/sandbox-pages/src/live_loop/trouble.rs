//! What went wrong: what happened, what it means, what to do.

use itk3::ResponseCode;
use itk3::advice::{self, Advice};
use maud::{Markup, html};
use pages::work::{self, State};

use super::Fault;
use super::frame::{Frame, Verdict};
use super::letter::Report;
use super::page::Shown;
use super::stage::Stage;
use super::words;

/// Vain tries shown: the latest.
const LATEST: usize = 5;

/// A letter that stopped, or was answered badly.
pub(crate) fn stopped(shown: &Shown<'_>, frame: &Frame<'_>) -> Markup {
    let code = code(frame);
    let told = advice(&code);
    let report = frame.letter.report.as_ref();
    html! {
        (work::note(State::Bad, html! {
            b { (heading(&code)) } " " (told.reason) ". " (means(shown, frame, report.is_some()))
        }))
        div.two {
            div {
                h3 { "What to do" }
                ol.do { @for step in steps(told.advice) { li { (step) } } }
            }
            div { h3 { "What " (shown.names.sender) " sees" } (seen(shown, frame)) }
        }
        @if let Some(report) = report { (record(frame, report)) }
    }
}

fn code(frame: &Frame<'_>) -> String {
    match &frame.verdict {
        Verdict::Refused(code) => code.to_string(),
        _ => frame
            .letter
            .stopped()
            .map(|(_, _, code)| code)
            .unwrap_or_default(),
    }
}

fn heading(code: &str) -> String {
    match ResponseCode::parse(code) {
        Some(known) => format!(
            "{}.",
            words::response(known.code().parse().unwrap_or_default())
        ),
        None => format!("{code}: {}.", words::status(code)),
    }
}

fn advice(code: &str) -> Advice {
    match ResponseCode::parse(code) {
        Some(code) => advice::of_response(code),
        None => advice::of_report("SEND", code),
    }
}

fn means(shown: &Shown<'_>, frame: &Frame<'_>, reported: bool) -> String {
    let (sender, receiver) = (&shown.names.sender, &shown.names.receiver);
    if reported {
        return format!("No practice has received the letter; {sender} still has it.");
    }
    let code = code(frame);
    if code == "20007" {
        format!("{receiver} works with the one that came before; this one changes nothing.")
    } else if code.starts_with('3') {
        format!("{receiver} could read the letter, and does not keep it.")
    } else {
        format!("{receiver} has the message, and nobody there will work on it.")
    }
}

/// Advice as a list: its sentences, and the clauses of one that has several. A condition stays with what it is of.
fn steps(advice: &str) -> Vec<String> {
    let mut steps: Vec<String> = Vec::new();
    let mut condition = String::new();
    for part in advice.split_inclusive(['.', ';', ',']) {
        let part = part.trim();
        if part.starts_with("if ") {
            condition = format!("{part} ");
            continue;
        }
        let part = part.trim_end_matches(['.', ';', ',']);
        let joined = part.strip_prefix("then ").or(part.strip_prefix("and "));
        let step = std::mem::take(&mut condition) + joined.unwrap_or(part);
        let mut letters = step.chars();
        if let Some(first) = letters.next() {
            steps.push(format!("{}{}.", first.to_uppercase(), letters.as_str()));
        }
    }
    steps
}

fn seen(shown: &Shown<'_>, frame: &Frame<'_>) -> Markup {
    let letter = frame.letter;
    let after = |at: jiff::Timestamp| words::time(at.duration_since(letter.started()));
    let sender = &shown.places.sender;
    html! {
        dl.facts {
            @if let Some(sent) = letter.done(Stage::Sent) {
                dt { "Answer" } dd { "202 Accepted at " (after(sent)) ": routing comes after it" }
            }
            @if let Some(report) = &letter.report {
                dt { "Report" }
                dd { @match report.home.filter(|home| *home <= frame.at) {
                    Some(home) => { "in IN after " (after(home)) }
                    None => "on its way",
                } }
                dt { "Alert" } dd { a href=(sender.pages) { "in " (shown.names.sender) "’s pages" } }
                dt { "Answers" } dd { "none will come" }
            } @else {
                @for answer in letter.answers() {
                    @if let Some(code) = answer.code.filter(|_| answer.begun().is_some_and(|at| at <= frame.at)) {
                        dt { (if code < 30_000 { "Message" } else { "Patient" }) }
                        dd { (words::response(code)) @if let Some(home) = answer.home.filter(|home| *home <= frame.at) { ", after " (after(home)) } }
                    }
                }
            }
        }
    }
}

/// The report as its control file has it.
fn record(frame: &Frame<'_>, report: &Report) -> Markup {
    html! {
        div {
            h3 { "Report" }
            pre.code tabindex="0" role="region" aria-label="Report" {
                span.k { "Event" } " SEND   " span.k { "Status" } " ERROR   " span.k { "StatusCode" } " " span.v { (report.code) } "\n"
                span.k { "Description" } " " (words::status(&report.code)) "\n"
                @if let Some(message) = &frame.letter.message { span.k { "MessageId" } "   " (message) "\n" }
            }
        }
    }
}

/// A letter that is tried in vain.
pub(crate) fn held(shown: &Shown<'_>, frame: &Frame<'_>) -> Markup {
    let on = |fault: Fault| shown.faults.contains(&fault);
    let sender = &shown.names.sender;
    let at_pds = matches!(frame.verdict, Verdict::Waiting(Stage::Traced, ..));
    let why = match at_pds {
        true if on(Fault::PdsAway) => {
            "3. PDS does not answer, because you switched it off.".to_owned()
        }
        true => "3. PDS did not answer; it is asked again.".to_owned(),
        false if on(Fault::ServerBusy) => {
            "2. The server says 503, because you told it to.".to_owned()
        }
        false if on(Fault::ExpiredCertificate) => {
            "2. The server refuses the client’s certificate, because it has expired.".to_owned()
        }
        false if on(Fault::CutLine) => {
            "2. The line is cut half-way, because you cut it.".to_owned()
        }
        false => "2. The letter could not be sent; it is tried again.".to_owned(),
    };
    let means = if at_pds {
        "The letter was accepted with 202 and is on the exchange’s disk. It goes on by itself when PDS is back.".to_owned()
    } else {
        format!("The pair is on {sender}’s disk, and its client tries again by itself.")
    };
    html! {
        (work::note(State::Warning, html! { b { (why) } " " (means) }))
        div.two {
            div { h3 { "Tries" } (tries(frame, at_pds)) }
            div {
                h3 { "If it stays away" }
                @if at_pds {
                    p.small { "Tries grow further apart. After 24 hours " (sender) " gets a report, and the letter is marked as not delivered." }
                    p.small { a href=(format!("{}/queues", shown.places.console)) { "The exchange’s queues" } }
                } @else {
                    p.small { "Nothing is lost and nothing is sent twice: before the client sends again it asks the exchange whether the letter arrived." }
                }
            }
        }
    }
}

fn tries(frame: &Frame<'_>, at_pds: bool) -> Markup {
    let letter = frame.letter;
    let after = |at: jiff::Timestamp| words::time(at.duration_since(letter.started()));
    let tried: Vec<_> = if at_pds {
        letter.delays().map(|delay| delay.at).collect()
    } else {
        letter.unsent.clone()
    };
    let told: Vec<_> = tried.into_iter().filter(|at| *at <= frame.at).collect();
    let latest = told.iter().skip(told.len().saturating_sub(LATEST));
    let next = letter.held(frame.at).and_then(|(_, _, next)| next);
    html! {
        dl.facts {
            @for at in latest {
                dt.num { (after(*at)) } dd { (if at_pds { "no answer" } else { "not taken" }) }
            }
            @if let Some(next) = next { dt.num { (after(next)) } dd { "next" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_told_step_by_step() {
        let told = steps(
            "Check the NHS number with the patient, correct the consultation, then send it again.",
        );
        assert_eq!(
            told,
            [
                "Check the NHS number with the patient.",
                "Correct the consultation.",
                "Send it again."
            ]
        );
    }

    #[test]
    fn a_condition_is_no_step_of_its_own() {
        let told = steps("Send the report again; if it fails again, tell the system's supplier.");
        let expected = [
            "Send the report again.",
            "If it fails again, tell the system's supplier.",
        ];
        assert_eq!(told, expected);
        let told = steps("Tell the system's supplier, and send the report by another route.");
        let expected = [
            "Tell the system's supplier.",
            "Send the report by another route.",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn every_code_has_a_heading_and_something_to_do() {
        for code in [
            "EPL-150", "EPL-151", "EPL-152", "EPL-153", "EPL-154", "14", "20007", "20009", "30002",
        ] {
            assert!(heading(code).len() > code.len() + 4, "{}", heading(code));
            assert!(!steps(advice(code).advice).is_empty(), "{code}");
        }
    }
}
