//! The last letters, the latest first.

use maud::{Markup, html};

use super::frame::{Frame, Verdict};
use super::letter::Letter;
use super::page::Shown;
use super::stage::Stage;
use super::words::{self, Names};

/// Letters shown before the rest is unfolded.
const FIRST: usize = 8;

/// The list of letters.
pub(crate) fn sheet(shown: &Shown<'_>) -> Markup {
    let (first, rest) = shown.letters.split_at(FIRST.min(shown.letters.len()));
    html! {
        section.sheet #recent-sheet data-live aria-labelledby="recent" {
            div.sheet-head { h2 #recent { "Recent journeys" } @if !rest.is_empty() { span.small.hush { (shown.letters.len()) } } }
            @if first.is_empty() { p.sheet-in.hush { "None yet." } }
            @for letter in first { (line(shown, letter)) }
            @if !rest.is_empty() {
                details { summary.sheet-in.small { "Older" } @for letter in rest { (line(shown, letter)) } }
            }
        }
    }
}

fn line(shown: &Shown<'_>, letter: &Letter) -> Markup {
    let names = Names::of(shown.places, &letter.origin);
    let is_shown = shown
        .frame
        .as_ref()
        .is_some_and(|frame| frame.letter.number == letter.number);
    // the one on the map says the same as the map
    let until = shown
        .told
        .filter(|_| is_shown && shown.looking.step.is_none());
    let frame = Frame::at(letter, until.map_or(shown.now, |told| told.until));
    let (title, _) = words::title(&frame, &names);
    let (class, state) = state(&frame, &names);
    html! {
        a class=(format!("trip {class}")) href=(shown.address(letter.number, None)) aria-current=[is_shown.then_some("true")] {
            span { b { (title) } @if letter.repeats.is_some() { " again" } } span.ms { (words::time(frame.elapsed())) }
            small { (state) }
        }
    }
}

fn state(frame: &Frame<'_>, names: &Names) -> (&'static str, String) {
    let receiver = &names.receiver;
    match &frame.verdict {
        Verdict::Delivered => ("", "Delivered".to_owned()),
        Verdict::Refused(code) => (
            "bad",
            format!("{}, says {receiver}", words::response(*code)),
        ),
        Verdict::NotDelivered(code) => {
            let place = frame
                .letter
                .stopped()
                .map_or("", |(stage, ..)| match stage {
                    Stage::Traced => ", at PDS",
                    Stage::Found => ", at the endpoint lookup",
                    _ => "",
                });
            ("bad", format!("{code}: {}{place}", words::status(code)))
        }
        Verdict::NoAnswer => ("off", format!("No answer from {receiver} yet")),
        Verdict::Waiting(Stage::Sent, ..) => ("go", format!("Waits at {}", names.sender)),
        Verdict::Waiting(..) => (
            "go",
            "Waits at the exchange: PDS does not answer".to_owned(),
        ),
        Verdict::UnderWay => ("go", under_way(frame, names)),
    }
}

fn under_way(frame: &Frame<'_>, names: &Names) -> String {
    match frame.stage {
        Stage::Infrastructure | Stage::Business => "The answers are on their way back".to_owned(),
        stage => {
            let place = match stage {
                Stage::Written | Stage::Sent => names.sender.as_str(),
                Stage::Traced | Stage::Found => "the exchange",
                _ => names.receiver.as_str(),
            };
            format!("Step {}, at {place}", stage.number())
        }
    }
}
