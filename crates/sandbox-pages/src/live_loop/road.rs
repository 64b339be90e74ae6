//! The map as a list, where it has no room, and for who hears the page.

use journey::AnswerClass;
use maud::{Markup, html};

use super::frame::{Frame, Mark, Spot, Verdict};
use super::page::{End, Shown};
use super::stage::Stage;
use super::words;

/// The way from top to bottom.
pub(crate) fn road(shown: &Shown<'_>) -> Markup {
    let Some(frame) = &shown.frame else {
        return html! { div.road { p.gap.todo { "Nothing was sent yet." } } };
    };
    let [sender, receiver] = &shown.ends;
    let exchange = End {
        name: "The exchange".to_owned(),
        about: "Knows where each patient is registered".to_owned(),
    };
    html! {
        div.road {
            (place(shown, frame, sender, &[Stage::Written, Stage::Sent]))
            p.gap { @if frame.stage <= Stage::Sent { b { (shown.title) "’s letter is here, " (words::time(frame.elapsed())) } } @else { "Letter out" } }
            (place(shown, frame, &exchange, &[Stage::Traced, Stage::Found]))
            (between(shown, frame))
            @if frame.report().is_none() { (place(shown, frame, receiver, &[Stage::Collected, Stage::Task])) }
            (home(shown, frame))
        }
    }
}

fn between(shown: &Shown<'_>, frame: &Frame<'_>) -> Markup {
    let receiver = &shown.names.receiver;
    match (&frame.verdict, frame.stage) {
        (Verdict::NotDelivered(_), _) => html! {
            p.gap.todo { "Not reached: " (receiver) ", steps 5 and 6, both answers" }
        },
        (_, Stage::Traced | Stage::Found | Stage::Collected) => html! {
            p.gap { b { (shown.title) "’s letter is here, " (words::time(frame.elapsed())) } }
        },
        _ => html! { p.gap { "Letter on to " (receiver) } },
    }
}

fn place(shown: &Shown<'_>, frame: &Frame<'_>, end: &End, stages: &[Stage]) -> Markup {
    html! {
        h3 { (end.name) " " small { (end.about) } }
        ol { @for stage in stages { (line(shown, frame, *stage)) } }
    }
}

fn line(shown: &Shown<'_>, frame: &Frame<'_>, stage: Stage) -> Markup {
    let mark = frame.mark(stage);
    let class = match mark {
        Mark::Done => "",
        Mark::Now | Mark::Held => "now",
        Mark::Stopped => "stop",
        Mark::Later | Mark::Never => "todo",
    };
    let who = match stage {
        Stage::Written | Stage::Task => "GP system",
        Stage::Sent | Stage::Collected => "MESH client",
        Stage::Traced => "PDS",
        _ => "Endpoint lookup",
    };
    let [first, second, small] = words::stage(frame, stage);
    let words = format!("{who}: {first} {second}");
    html! {
        li class=(class) {
            span.no { (stage.mark()) }
            a href=(shown.address(frame.letter.number, Some(stage))) {
                @if mark == Mark::Stopped { b { (words.trim_end()) } } @else { (words.trim_end()) }
            }
            span.num { (small) }
        }
    }
}

fn home(shown: &Shown<'_>, frame: &Frame<'_>) -> Markup {
    let sender = &shown.names.sender;
    if let Some((code, home)) = frame.report() {
        let took = frame.letter.report.as_ref().and_then(|report| report.home);
        let took = took
            .filter(|_| home)
            .map(|at| at.duration_since(frame.letter.started()));
        return html! {
            h3 { "Back at " (sender) }
            ol { li.stop {
                span.no { "‹" } span { b { "Report " (code) } " " (words::status(code)) }
                span.num { (took.map_or_else(|| "on its way".to_owned(), words::time)) }
            } }
        };
    }
    let answers = [
        (Stage::Infrastructure, AnswerClass::Infrastructure),
        (Stage::Business, AnswerClass::Business),
    ];
    html! {
        p.gap.back { "Two answers back" }
        h3 { "Back at " (sender) }
        ol {
            @for (stage, class) in answers {
                @let spot = frame.spot(class);
                @let answer = frame.answer(class);
                @let bad = spot.is_some() && answer.is_negative();
                li class=(if bad { "stop" } else if spot.is_some() { "back" } else { "todo" }) {
                    span.no { "‹" }
                    a href=(shown.address(frame.letter.number, Some(stage))) {
                        @match answer.code.filter(|_| spot.is_some()) {
                            Some(code) => (words::response(code)),
                            None => (stage.name()),
                        }
                    }
                    span.num { @match spot {
                        Some(Spot::Home) => (frame.letter.done(stage).map(|at| words::time(at.duration_since(frame.letter.started()))).unwrap_or_default()),
                        Some(_) => "on its way",
                        None if frame.mark(stage) == Mark::Never => "will not come",
                        None => "not yet",
                    } }
                }
            }
        }
    }
}
