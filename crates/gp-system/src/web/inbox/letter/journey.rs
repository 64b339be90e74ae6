//! The way of a letter through this practice, step by step: what the practice itself saw and did.

use itk3::{Class, ResponseCode};
use maud::{Markup, html};
use mesh::ControlFile;
use pages::components::{Outcome, TimelineStep, time, timeline};

use super::banner::sentence;
use super::{Around, Letter};
use crate::web::received::counted;
use crate::{AnswerProgress, PlacedAnswer, ReceivedMessage, TaskStep};

/// What the view needs beside the letter.
pub(in crate::web) struct Seen {
    pub(in crate::web) answers: Vec<PlacedAnswer>,
    /// The control file, as it was kept.
    pub(in crate::web) control: Option<Vec<u8>>,
}

pub(super) fn show(letter: &Letter, seen: &Seen, around: &Around<'_>) -> Markup {
    let message = letter.message.as_ref();
    let mut steps: Vec<TimelineStep> = transferred(seen).into_iter().collect();
    steps.extend(message.map(|message| taken(message, around)));
    steps.extend(compared(letter));
    steps.push(TimelineStep {
        title: format!("Task {} raised", letter.task.number),
        place: "Inbox".to_owned(),
        content: None,
        at: Some(letter.task.received_at),
        outcome: Outcome::Good,
    });
    // Those before are in the order they happen in, whatever the clock of the MESH client says.
    let answers = seen.answers.iter().map(answered);
    let turns = letter.history.iter().filter(|step| is_turn(step));
    let mut later: Vec<TimelineStep> = answers.chain(turns.map(turn)).collect();
    later.sort_by_key(|step| step.at.unwrap_or(letter.task.received_at));
    steps.extend(later);
    html! {
        article.paper {
            div.paper-head { h2 { "Journey" } }
            p.small.hush {
                "What this practice saw and did. The way to its mailbox is known to the sender and to the exchange."
            }
            (timeline(&steps))
        }
    }
}

/// By the clock of the MESH client, which writes UK time.
fn transferred(seen: &Seen) -> Option<TimelineStep> {
    let control = ControlFile::read(seen.control.as_deref()?).ok()?;
    let at = control
        .status
        .as_ref()?
        .at?
        .to_zoned(nhs::uk_time_zone())
        .ok()?;
    let from = control.from_dts.as_deref().unwrap_or("an unknown mailbox");
    let id = control.dts_id.as_deref().unwrap_or("not stated");
    Some(TimelineStep {
        title: "Collected by the MESH client".to_owned(),
        place: format!("From mailbox {from}, MESH message {id}"),
        content: None,
        at: Some(at.timestamp()),
        outcome: Outcome::Good,
    })
}

fn taken(message: &ReceivedMessage, around: &Around<'_>) -> TimelineStep {
    let found = match counted(message).as_str() {
        "" => "every rule is kept".to_owned(),
        found => found.to_owned(),
    };
    let address = around.plain(&format!("/received/{}", message.number));
    TimelineStep {
        title: "Taken from IN and checked".to_owned(),
        place: format!("Found: {found}"),
        content: Some(html! { a href=(address) { "What was found in the message" } }),
        at: Some(message.taken_at),
        outcome: Outcome::Good,
    }
}

fn compared(letter: &Letter) -> Option<TimelineStep> {
    let then = letter.task.match_then.as_deref()?;
    Some(TimelineStep {
        title: "Patient compared with the practice's list".to_owned(),
        place: sentence(then),
        content: None,
        at: Some(letter.task.received_at),
        outcome: Outcome::Good,
    })
}

/// `Answered 20013, Success`.
fn answered(answer: &PlacedAnswer) -> TimelineStep {
    let code = ResponseCode::parse(&answer.code.to_string());
    let words = code.map_or("a code that is not ITK3's", ResponseCode::display);
    let kind = match code.map(ResponseCode::class) {
        Some(Class::Business) => "Business acknowledgement",
        _ => "Infrastructure acknowledgement",
    };
    let (place, outcome) = match answer.progress {
        AnswerProgress::Decided => ("decided, about to be put into OUT", Outcome::Waits),
        AnswerProgress::Placed => ("in OUT for the MESH client", Outcome::Waits),
        AnswerProgress::Left => ("the exchange has it", Outcome::Good),
        AnswerProgress::Failed => ("did not get through: see the alerts", Outcome::Failed),
    };
    let is_late = answer.placed_at.is_none() && answer.progress != AnswerProgress::Decided;
    TimelineStep {
        title: format!("Answered {} {words}", answer.code),
        place: format!("{kind}: {place}"),
        content: Some(html! {
            @if let Some(left) = answer.left_at { "Known since " (time(left)) }
            @else if is_late { "An older release sent it and kept no time." }
        }),
        at: answer.placed_at,
        outcome,
    }
}

/// What people and the system did, but for notes: those are in the history.
fn is_turn(step: &TaskStep) -> bool {
    step.what != "Received" && step.what != "Note"
}

fn turn(step: &TaskStep) -> TimelineStep {
    let who = step.who.as_ref();
    TimelineStep {
        title: step.what.clone(),
        place: who.map(|who| format!("by {who}")).unwrap_or_default(),
        content: None,
        at: Some(step.at),
        outcome: Outcome::Good,
    }
}
