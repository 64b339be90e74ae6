//! The map: two practices and the exchange between them, drawn on the server for one moment.

use journey::AnswerClass;
use maud::{Markup, html};

use super::fault::Fault;
use super::frame::{Frame, Mark, Spot, Verdict};
use super::page::Shown;
use super::running::{Counts, Waiting};
use super::stage::Stage;
use super::svg::{arrow, envelope, mark, part, pipe, place, text, tray};
use super::words;

/// Which colour something on the map has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    Out,
    Back,
    Bad,
}

/// The whole map.
pub(crate) fn map(shown: &Shown<'_>) -> Markup {
    let frame = shown.frame.as_ref();
    let label = match frame {
        Some(frame) => format!(
            "Map of the loop. {} {}",
            shown.title,
            words::sentence(frame, &shown.names)
        ),
        None => "Map of the loop. Nothing was sent yet.".to_owned(),
    };
    html! {
        svg.map-svg viewBox="-2 -1 1236 317" role="group" aria-label=(label) {
            (roads(frame))
            (places(shown, frame))
            (outward(shown, frame))
            (trays(shown.counts, frame))
            (homeward(frame))
            @for stage in Stage::ALL.into_iter().filter(|stage| !stage.is_answer()) {
                (stage_mark(shown, frame, stage))
            }
            @if let Some(frame) = frame {
                (letter_envelope(shown, frame))
                (answer_envelopes(shown, frame))
            }
        }
    }
}

fn roads(frame: Option<&Frame<'_>>) -> Markup {
    let back = frame.is_some_and(|frame| {
        [AnswerClass::Infrastructure, AnswerClass::Business]
            .into_iter()
            .any(|class| frame.spot(class).is_some())
    });
    html! {
        path.m-road d="M276 200H956" {}
        path class=(if back { "m-road m-road-back" } else { "m-road m-road-none" }) d="M276 262H956" {}
    }
}

/// The place where the letter is.
fn here(frame: &Frame<'_>) -> usize {
    match (frame.stage, frame.verdict == Verdict::Delivered) {
        (_, true) | (Stage::Written | Stage::Sent | Stage::Infrastructure | Stage::Business, _) => {
            0
        }
        (Stage::Traced | Stage::Found, _) => 1,
        (Stage::Collected | Stage::Task, _) => 2,
    }
}

fn places(shown: &Shown<'_>, frame: Option<&Frame<'_>>) -> Markup {
    let here = frame.map(here);
    let at = |place| here == Some(place);
    let [sender, receiver] = &shown.ends;
    let off = |fault| shown.faults.contains(&fault);
    html! {
        (place(1, 314, at(0), (&sender.name, &sender.about)))
        (place(439, 354, at(1), ("The exchange", "Knows where each patient is registered")))
        (place(917, 314, at(2), (&receiver.name, &receiver.about)))
        (part((16, 54), (284, 86), "GP system", None, false))
        (part((16, 152), (284, 150), "MESH client", None, off(Fault::ExpiredCertificate)))
        (part((454, 54), (158, 86), "PDS", Some(if off(Fault::PdsAway) { "switched off" } else { "which practice?" }), off(Fault::PdsAway)))
        (part((620, 54), (158, 86), "Endpoint lookup", None, false))
        (part((454, 152), (324, 150), "", None, off(Fault::ServerBusy)))
        @if off(Fault::ExpiredCertificate) { (text(28, 293, "m-quiet m-amber", "start", "expired certificate")) }
        @if off(Fault::ServerBusy) { (text(466, 293, "m-quiet m-amber", "start", "says 503 to everybody")) }
        (text(766, 292, "m-name", "end", "MESH server"))
        (part((932, 54), (284, 86), "GP system", None, false))
        (part((932, 152), (284, 150), "MESH client", None, false))
    }
}

/// The class of the pipe that leads to a stage.
fn way(frame: Option<&Frame<'_>>, stage: Stage) -> &'static str {
    match frame.map(|frame| frame.mark(stage)) {
        Some(Mark::Done | Mark::Now) => "m-pipe m-pipe-done",
        Some(Mark::Stopped) => "m-pipe m-pipe-bad",
        Some(Mark::Held) => "m-pipe m-pipe-next m-pipe-go",
        _ => "m-pipe m-pipe-next",
    }
}

fn outward(shown: &Shown<'_>, frame: Option<&Frame<'_>>) -> Markup {
    let slow = shown.faults.contains(&Fault::SlowLine) || shown.faults.contains(&Fault::CutLine);
    let line = match (shown.faults.contains(&Fault::CutLine), slow) {
        (true, _) => "line cut half-way",
        (false, true) => "slow line",
        _ => "",
    };
    html! {
        (pipe(way(frame, Stage::Written), "M246 140V184"))
        (pipe(way(frame, Stage::Sent), "M204 200H112"))
        @if slow { (pipe("m-pipe m-pipe-slow", "M316 200H438M794 200H916")) }
        (pipe(way(frame, Stage::Sent), "M288 200H454"))
        (arrow("m-head m-head-go", 416, 194, true))
        (pipe(way(frame, Stage::Traced), "M454 200H528"))
        (pipe(way(frame, Stage::Traced), "M528 200V140"))
        (pipe(way(frame, Stage::Found), "M588 140V166H644V140"))
        (pipe(way(frame, Stage::Found), "M706 140V182"))
        (pipe(way(frame, Stage::Found), "M530 200H644"))
        (pipe(way(frame, Stage::Collected), "M766 200H944"))
        (pipe(way(frame, Stage::Task), "M1044 140V182"))
        @if !line.is_empty() { (text(377, 128, "m-quiet m-amber", "middle", line)) }
    }
}

fn trays(counts: Counts, frame: Option<&Frame<'_>>) -> Markup {
    let stage = frame.map(|frame| (frame.stage, frame.mark(frame.stage)));
    let on = |wanted| matches!(stage, Some((known, Mark::Now | Mark::Held)) if known == wanted);
    let home = frame.is_some_and(|frame| {
        let answers = [AnswerClass::Infrastructure, AnswerClass::Business];
        let is_home = |class| frame.spot(class) == Some(Spot::Home);
        answers.into_iter().any(is_home) || frame.report().is_some_and(|(_, home)| home)
    });
    let visitor =
        frame.is_some_and(|frame| matches!(frame.letter.origin, super::letter::Origin::Visitor(_)));
    let sender = (!visitor).then_some(counts.sender);
    let count = |waiting: Option<Waiting>, of: fn(Waiting) -> u64| waiting.map(of);
    html! {
        (tray((28, 182), 84, "SENT", count(sender, |it| it.sent), false))
        (tray((204, 182), 84, "OUT", count(sender, |it| it.out), on(Stage::Written)))
        (tray((204, 244), 84, "IN", count(sender, |it| it.incoming), home))
        (tray((644, 182), 122, "inbox", Some(counts.for_receiver), on(Stage::Found)))
        (tray((466, 244), 122, "inbox", (!visitor).then_some(counts.for_sender), false))
        (tray((944, 182), 112, "IN", Some(counts.receiver.incoming), on(Stage::Collected)))
        (tray((944, 244), 84, "OUT", Some(counts.receiver.out), false))
        (tray((1120, 244), 84, "SENT", Some(counts.receiver.sent), false))
    }
}

/// The road back: each part is green once an answer has gone over it, red when what goes over it is bad news.
fn homeward(frame: Option<&Frame<'_>>) -> Markup {
    let Some(frame) = frame else {
        return html! {
            (pipe("m-pipe m-pipe-next", "M288 262H466")) (pipe("m-pipe m-pipe-next", "M588 262H944"))
            (pipe("m-pipe m-pipe-next", "M1028 262H1120"))
        };
    };
    let answers = [AnswerClass::Infrastructure, AnswerClass::Business];
    let reached = answers.iter().filter_map(|class| frame.spot(*class)).max();
    let bad = answers
        .iter()
        .any(|class| frame.spot(*class).is_some() && frame.answer(*class).is_negative());
    let class = |spot: Spot| match reached {
        Some(reached) if reached >= spot && bad => "m-pipe m-pipe-bad",
        Some(reached) if reached >= spot => "m-pipe m-pipe-back",
        _ => "m-pipe m-pipe-next",
    };
    let report = frame.report();
    let last = match report {
        Some((_, true)) => "m-pipe m-pipe-bad",
        _ => class(Spot::Collected),
    };
    let head = match (report, reached) {
        (Some(_), _) => Some("m-head m-head-bad"),
        (None, Some(_)) if bad => Some("m-head m-head-bad"),
        (None, Some(_)) => Some("m-head m-head-back"),
        (None, None) => None,
    };
    html! {
        (pipe(last, "M288 262H466"))
        (pipe(class(Spot::Exchange), "M588 262H944"))
        (pipe(class(Spot::Out), "M1028 262H1120"))
        @if let Some(head) = head {
            (arrow(head, 346, 256, false))
            @if report.is_none() { (arrow(head, 820, 256, false)) }
        }
        (road_words(frame, reached.is_some()))
    }
}

fn road_words(frame: &Frame<'_>, answered: bool) -> Markup {
    let (left, right) = match (frame.report(), &frame.verdict, answered) {
        (Some(_), ..) => ("a report comes", "no answer comes"),
        (None, _, true) => ("", ""),
        (None, Verdict::NoAnswer, _) => ("nothing yet", "no answer yet"),
        (None, ..) => ("", "answers to come"),
    };
    html! {
        @if !left.is_empty() { (text(377, 284, "m-quiet", "middle", left)) }
        @if !right.is_empty() { (text(855, 284, "m-quiet", "middle", right)) }
    }
}

/// Where a stage's mark stands, and its words: beside it, or over and under it on the two roads.
fn stage_mark(shown: &Shown<'_>, frame: Option<&Frame<'_>>, stage: Stage) -> Markup {
    let state = frame.map_or(Mark::Later, |frame| frame.mark(stage));
    let [first, second, small] = match frame {
        Some(frame) => words::stage(frame, stage),
        None => idle(stage),
    };
    let quiet = matches!(state, Mark::Later | Mark::Never);
    let class = match state {
        Mark::Stopped => "m-text m-bad",
        _ if quiet => "m-text m-quiet",
        _ => "m-text",
    };
    let small_class = if state == Mark::Stopped {
        "m-ms m-bad"
    } else {
        "m-ms"
    };
    let is_here =
        frame.is_some_and(|frame| frame.stage == stage && frame.verdict == Verdict::UnderWay);
    let content = match position(stage) {
        Position::Card(x) => html! {
            (mark(state, (x, 99), stage.mark()))
            (text(x + 18, 98, class, "start", &first))
            (text(x + 18, 115, class, "start", &second))
            (text(x + 18, 132, small_class, "start", &small))
        },
        Position::Road(x) => html! {
            (mark(state, (x, 148), stage.mark()))
            (text(x, 177, class, "middle", &first))
            // the envelope says it while it is here
            @if !is_here { (text(x, 224, small_class, "middle", &small)) }
        },
    };
    match frame {
        Some(frame) => {
            let address = shown.address(frame.letter.number, Some(stage));
            html! { a href=(address) { title { (stage.name()) } (content) } }
        }
        None => content,
    }
}

enum Position {
    /// In a card, words to its right.
    Card(i32),
    /// Over a road.
    Road(i32),
}

fn position(stage: Stage) -> Position {
    match stage {
        Stage::Written => Position::Card(39),
        Stage::Sent => Position::Road(377),
        Stage::Traced => Position::Card(477),
        Stage::Found => Position::Card(643),
        Stage::Collected => Position::Road(855),
        _ => Position::Card(955),
    }
}

/// What the map says before anything was sent.
fn idle(stage: Stage) -> [String; 3] {
    let [first, second] = match stage {
        Stage::Written => ["writes a letter with its PDF,", "puts the pair into OUT"],
        Stage::Sent => ["sends it, mutual TLS", ""],
        Stage::Traced => ["knows the patient’s", "practice"],
        Stage::Found => ["knows the", "practice’s mailbox"],
        Stage::Collected => ["collects it", ""],
        _ => ["checks it rule by rule, raises a", "task with the document"],
    };
    [first.to_owned(), second.to_owned(), String::new()]
}

/// The letter itself, where it is.
fn letter_envelope(shown: &Shown<'_>, frame: &Frame<'_>) -> Markup {
    let (stage, state) = (frame.stage, frame.mark(frame.stage));
    if stage.is_answer() {
        return html! {};
    }
    let told = frame.since_start(stage).is_some();
    let (x, y) = match (stage, told) {
        (Stage::Written, _) => (246, 162),
        (Stage::Sent, false) if state == Mark::Held || state == Mark::Stopped => (158, 200),
        (Stage::Sent, _) => (377, 200),
        (Stage::Traced, _) => (528, 200),
        (Stage::Found, _) => (600, 200),
        (Stage::Collected, false) if frame.letter.begun(stage).is_none_or(|at| at > frame.at) => {
            (705, 234)
        }
        (Stage::Collected, false) => (855, 200),
        (Stage::Collected, true) => (1_100, 200),
        _ => (1_160, 200),
    };
    let colour = if state == Mark::Stopped {
        Colour::Bad
    } else {
        Colour::Out
    };
    let label = match &frame.verdict {
        Verdict::NotDelivered(_) | Verdict::Refused(_) => "stopped".to_owned(),
        Verdict::Waiting(..) => format!("{} waiting", shown.waiting),
        _ => format!("{} {}", shown.short, words::time(frame.elapsed())),
    };
    let address = shown.address(frame.letter.number, Some(stage));
    let came = match stage {
        Stage::Sent if x == 377 => "m-came-sent",
        Stage::Traced => "m-came-traced",
        Stage::Found => "m-came-found",
        Stage::Collected if x == 855 => "m-came-collected",
        Stage::Collected if x == 1_100 => "m-came-in",
        Stage::Task => "m-came-task",
        _ => "",
    };
    html! {
        a class=[moving(shown, came)] href=(address) {
            title { "The letter" }
            (envelope((x, y), false, colour))
            (super::svg::pill((x, y + 19), &label, colour))
        }
    }
}

/// The class that lets something come from where it was before, while that is new.
fn moving<'a>(shown: &Shown<'_>, came: &'a str) -> Option<&'a str> {
    let is_fresh = shown.told.is_some_and(|told| told.is_fresh);
    Some(came).filter(|came| is_fresh && !came.is_empty())
}

/// The answers and the report on their way back.
fn answer_envelopes(shown: &Shown<'_>, frame: &Frame<'_>) -> Markup {
    let answers = [
        (Stage::Infrastructure, AnswerClass::Infrastructure),
        (Stage::Business, AnswerClass::Business),
    ];
    let under_way = answers.into_iter().filter_map(|(stage, class)| {
        let spot = frame.spot(class)?;
        let answer = frame.answer(class);
        let colour = if answer.is_negative() {
            Colour::Bad
        } else {
            Colour::Back
        };
        let label = answer.code.map(words::short_response).unwrap_or_default();
        Some((stage, spot, colour, label))
    });
    let under_way: Vec<_> = under_way.collect();
    let home: Vec<_> = under_way
        .iter()
        .filter(|(_, spot, ..)| *spot == Spot::Home)
        .collect();
    html! {
        @for (place, (stage, _, colour, label)) in (0i32..).zip(&home) {
            a href=(shown.address(frame.letter.number, Some(*stage))) {
                @if place == 0 { (envelope((182, 262), true, *colour)) }
                (text(158, 256 + 15 * place, name_class(*colour), "end", label))
            }
        }
        @if !home.is_empty() {
            @let last = home.iter().filter_map(|(stage, ..)| frame.letter.done(*stage)).max();
            @let took = last.map(|at| at.duration_since(frame.letter.started()));
            (text(158, 258 + 15 * i32::try_from(home.len()).unwrap_or(2), "m-quiet", "end",
                &format!("home, {}", took.map(words::time).unwrap_or_default())))
        }
        @for (stage, spot, colour, label) in under_way.iter().filter(|(_, spot, ..)| *spot != Spot::Home) {
            @let below = if *stage == Stage::Business { 302 } else { 290 };
            @let x = match spot { Spot::Out => 1_074, Spot::Exchange => 683, _ => 377 };
            @let came = match spot { Spot::Exchange => "m-came-back", Spot::Collected => "m-came-on", _ => "" };
            a class=[moving(shown, came)] href=(shown.address(frame.letter.number, Some(*stage))) {
                (envelope((x, 262), true, *colour))
                (text(x, below, name_class(*colour), "middle", label))
            }
        }
        @if let Some((code, home)) = frame.report() {
            @let label = format!("Report {code}");
            a href=(shown.address(frame.letter.number, None)) {
                @if home {
                    (envelope((182, 262), true, Colour::Bad))
                    (text(158, 261, "m-name m-bad", "end", &label))
                    (text(158, 276, "m-quiet", "end", &home_after(frame)))
                } @else {
                    (envelope((377, 262), true, Colour::Bad))
                    (text(377, 300, "m-name m-bad", "middle", &label))
                }
            }
        }
    }
}

/// When the report was home.
fn home_after(frame: &Frame<'_>) -> String {
    let home = frame.letter.report.as_ref().and_then(|report| report.home);
    let took = home.map(|home| home.duration_since(frame.letter.started()));
    took.map(|took| format!("home, {}", words::time(took)))
        .unwrap_or_default()
}

fn name_class(colour: Colour) -> &'static str {
    if colour == Colour::Bad {
        "m-name m-bad"
    } else {
        "m-name m-good"
    }
}
