//! The page put together: examples, map, switches, what happened in one step, recent journeys, plug in yours.

use jiff::Timestamp;
use maud::{Markup, html};
use pages::work::{self, State};

use super::frame::{Frame, Verdict};
use super::letter::{Letter, Origin};
use super::looking::Looking;
use super::pace::{Pace, Told};
use super::places::{Places, Practice};
use super::running::Counts;
use super::stage::Stage;
use super::visits::Visits;
use super::words::{self, Names};
use super::{Example, Fault, details, map, plug_in, recent, road};

/// All that the page shows, at one moment.
pub(crate) struct Shown<'a> {
    pub(crate) places: &'a Places,
    pub(crate) looking: Looking,
    pub(crate) letters: &'a [Letter],
    pub(crate) frame: Option<Frame<'a>>,
    pub(crate) told: Option<Told>,
    pub(crate) names: Names,
    /// What stands over the sending and the receiving place.
    pub(crate) ends: [End; 2],
    /// The letter by its patient, with the NHS number beside it.
    pub(crate) title: String,
    pub(crate) number: String,
    /// The patient in a word.
    pub(crate) short: String,
    pub(crate) faults: Vec<Fault>,
    pub(crate) counts: Counts,
    pub(crate) visits: Visits,
    /// Letters that are tried in vain now.
    pub(crate) waiting: usize,
    pub(crate) now: Timestamp,
}

/// One end of the way.
pub(crate) struct End {
    pub(crate) name: String,
    pub(crate) about: String,
}

/// What was asked of the running demo for one page.
pub(crate) struct Known {
    pub(crate) faults: Vec<Fault>,
    pub(crate) counts: Counts,
    pub(crate) visits: Visits,
    pub(crate) now: Timestamp,
}

impl<'a> Shown<'a> {
    pub(crate) fn of(
        places: &'a Places,
        letters: &'a [Letter],
        looking: Looking,
        known: Known,
    ) -> Self {
        let now = known.now;
        let letter = looking.letter(letters);
        let (frame, told) = letter.map(|letter| looking.frame(letter, now)).unzip();
        let origin = letter.map_or(Origin::Sender, |letter| letter.origin.clone());
        let names = Names::of(places, &origin);
        let (title, number) = frame
            .as_ref()
            .map(|frame| words::title(frame, &names))
            .unwrap_or_default();
        let waits = |letter: &&Letter| letter.held(now).is_some();
        Self {
            ends: ends(places, &origin),
            short: title.split(' ').next_back().unwrap_or_default().to_owned(),
            waiting: letters.iter().filter(waits).count(),
            faults: known.faults,
            counts: known.counts,
            visits: known.visits,
            places,
            looking,
            letters,
            frame,
            told,
            names,
            title,
            number,
            now,
        }
    }

    /// The address of a letter at one of its stages, or as it is.
    pub(crate) fn address(&self, journey: u64, step: Option<Stage>) -> String {
        self.looking.address(journey, step)
    }

    /// Whether a letter was asked for that is not kept.
    pub(crate) fn is_forgotten(&self) -> bool {
        self.frame.is_none() && self.looking.journey.is_some()
    }

    /// What the browser's tab says: trouble first.
    pub(crate) fn tab(&self) -> String {
        let name = "The live loop";
        match self.frame.as_ref().map(|frame| &frame.verdict) {
            Some(Verdict::NotDelivered(code)) => format!("Not delivered: {code} · {name}"),
            Some(Verdict::Refused(code)) => format!("Answered {code} · {name}"),
            _ if self.waiting == 1 => format!("1 letter waits · {name}"),
            _ if self.waiting > 1 => format!("{} letters wait · {name}", self.waiting),
            _ => name.to_owned(),
        }
    }
}

fn ends(places: &Places, origin: &Origin) -> [End; 2] {
    let sends = |practice: &Practice| End {
        name: practice.name.clone(),
        about: format!("Saw the patient, sends · {}", practice.ods),
    };
    let keeps = |practice: &Practice| End {
        name: practice.name.clone(),
        about: format!("Registered practice · {}", practice.ods),
    };
    match origin {
        Origin::Sender => [sends(&places.sender), keeps(&places.receiver)],
        Origin::Receiver => [sends(&places.receiver), keeps(&places.sender)],
        Origin::Visitor(mailbox) => [
            End {
                name: "Your own system".to_owned(),
                about: format!("Plugged in as {mailbox}"),
            },
            keeps(&places.receiver),
        ],
    }
}

/// The content of the page; forms carry `token`.
pub(crate) fn content(shown: &Shown<'_>, token: &Markup) -> Markup {
    html! {
        div.lead {
            h1 { "The live loop" }
            p { "A patient is seen away from home. The letter finds their own practice, and two answers come back." }
            a.small href="#plug" { "Plug in yours: " code { (shown.places.visitor.url) } }
        }
        (examples(shown, token))
        section.map #map data-live data-renew-after=[renew_after(shown)] aria-labelledby="map-h" {
            (map_head(shown))
            (map::map(shown))
            (road::road(shown))
            (switches(shown, token))
        }
        div.loop-low {
            (details::sheet(shown, token))
            (recent::sheet(shown))
            (plug_in::sheet(shown))
        }
    }
}

/// After how many milliseconds the picture changes although nothing happens: the next moment is told, or a wait counts.
fn renew_after(shown: &Shown<'_>) -> Option<u128> {
    let next = shown.told.and_then(|told| told.next);
    if let Some(next) = next {
        return Some(next.as_millis().max(50));
    }
    let frame = shown.frame.as_ref()?;
    let is_still = shown.looking.step.is_some() || shown.looking.pace == Pace::Steps;
    let counts = matches!(
        frame.verdict,
        Verdict::Waiting(..) | Verdict::UnderWay | Verdict::NoAnswer
    );
    (counts && !is_still).then_some(1_000)
}

fn examples(shown: &Shown<'_>, token: &Markup) -> Markup {
    html! {
        form.send method="post" action="/send" aria-label="Send one" {
            (token)
            (kept_pace(shown))
            span.send-label { "Send one" }
            @for example in Example::ALL {
                @let main = example == Example::Delivered;
                button class=(if main { "btn btn-main" } else { "btn" }) name="example" value=(example.name()) {
                    (example.title()) span { (example.ends()) }
                }
            }
        }
    }
}

/// The pace is kept over a form.
pub(crate) fn kept_pace(shown: &Shown<'_>) -> Markup {
    html! { input type="hidden" name="pace" value=(shown.looking.pace.name()); }
}

fn map_head(shown: &Shown<'_>) -> Markup {
    let paces = Pace::ALL.map(|pace| {
        let journey = shown.frame.as_ref().map(|frame| frame.letter.number);
        (
            pace.words().to_owned(),
            shown.looking.at_pace(pace, journey),
        )
    });
    let chosen = Pace::ALL
        .iter()
        .position(|pace| *pace == shown.looking.pace);
    html! {
        div.map-head {
            h2.unseen #map-h { "Map" }
            @match &shown.frame {
                Some(frame) => {
                    (verdict_tag(frame))
                    span.map-words { b { (shown.title) "’s letter" } " " (words::sentence(frame, &shown.names)) }
                }
                None if shown.is_forgotten() => span.map-words { "This letter is not kept any more. " a href="/" { "See the latest" } },
                None => span.map-words { "Nothing was sent yet. Press " b { "Delivered" } ", and watch the letter go round." }
            }
            @if let Some(frame) = &shown.frame {
                (turning(shown, frame))
            }
            (work::live_sign())
            (work::segments("Pace of the picture", &paces, chosen.unwrap_or_default()))
        }
    }
}

/// Tells it again, or the steps before and after.
fn turning(shown: &Shown<'_>, frame: &Frame<'_>) -> Markup {
    let number = frame.letter.number;
    let is_still = shown.looking.step.is_some() || shown.looking.pace == Pace::Steps;
    if !is_still {
        return html! { a.small href=(format!("/again?journey={number}")) { "Tell it again" } };
    }
    let neighbour = |by: isize| {
        let number = frame.stage.number().checked_add_signed(by)?;
        Stage::of(number)
    };
    html! {
        span.small {
            @if let Some(before) = neighbour(-1) { a href=(shown.address(number, Some(before))) { "‹ Step back" } " · " }
            @if let Some(after) = neighbour(1) { a href=(shown.address(number, Some(after))) { "Next step ›" } " · " }
            a href=(format!("/again?journey={number}")) { "Tell it again" }
        }
    }
}

/// How the journey stands, in a word or two.
pub(crate) fn verdict_tag(frame: &Frame<'_>) -> Markup {
    let (state, words) = match &frame.verdict {
        Verdict::Delivered => (State::Good, "Delivered".to_owned()),
        Verdict::Refused(code) => (State::Bad, code.to_string()),
        Verdict::NotDelivered(code) => (State::Bad, code.clone()),
        Verdict::NoAnswer => (State::Quiet, "No answer yet".to_owned()),
        Verdict::Waiting(..) => (State::Warning, "Waiting".to_owned()),
        Verdict::UnderWay if frame.stage.is_answer() => (State::Going, "Answers".to_owned()),
        Verdict::UnderWay => (State::Going, format!("Step {} of 6", frame.stage.number())),
    };
    work::tag(state, &words)
}

fn switches(shown: &Shown<'_>, token: &Markup) -> Markup {
    html! {
        form.chaos method="post" action="/faults" aria-labelledby="chaos" {
            (token)
            (kept_pace(shown))
            h3 #chaos { "Make it go wrong" }
            @for fault in Fault::ALL {
                @let on = shown.faults.contains(&fault);
                button.switch role="switch" aria-checked=(on) name=(if on { "off" } else { "on" }) value=(fault.name()) {
                    (fault.title())
                }
            }
            @if shown.faults.is_empty() { span.tiny.hush.push { "all off" } }
            @else { span.push { button.btn.btn-sm name="off" value="all" { "All off" } } }
        }
    }
}
