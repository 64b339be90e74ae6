//! What happened in one step, looked into: the files, the bytes, the headers, what the rules found; what went wrong, what
//! it means and what to do.

use jiff::Timestamp;
use journey::AnswerClass;
use maud::{Markup, html};
use pages::work::{self, State};

use super::frame::{Frame, Mark, Verdict};
use super::page::{Shown, kept_pace, verdict_tag};
use super::stage::Stage;
use super::{Example, Fault, contents, trouble, words};

/// The sheet of the step that is looked at.
pub(crate) fn sheet(shown: &Shown<'_>, token: &Markup) -> Markup {
    html! {
        section.sheet #step data-live aria-labelledby="step-h" {
            @match &shown.frame {
                Some(frame) => {
                    div.sheet-head {
                        h2 #step-h { (shown.title) " " span.hush { (shown.number) } }
                        (verdict_tag(frame))
                        (stepper(shown, frame))
                    }
                    div.sheet-in.stack { (body(shown, frame, token)) }
                }
                None if shown.is_forgotten() => {
                    div.sheet-head { h2 #step-h { "Not kept any more" } }
                    div.sheet-in.stack {
                        p { "The last 20 letters are kept, and this is none of them. " a href="/" { "See the latest" } }
                    }
                }
                None => {
                    div.sheet-head { h2 #step-h { "Nothing yet" } }
                    div.sheet-in.stack {
                        p { "Each button sends a letter that is ready made, and ends as it says. Or send one of your own from "
                            a href=(shown.places.sender.pages) { (shown.places.sender.short) } "’s pages." }
                    }
                }
            }
        }
    }
}

fn stepper(shown: &Shown<'_>, frame: &Frame<'_>) -> Markup {
    html! {
        div.stepper role="group" aria-label="Steps of this journey" {
            @for stage in Stage::ALL {
                @let here = stage == frame.stage;
                @let class = match frame.mark(stage) {
                    Mark::Stopped => "stop",
                    _ if here => "here",
                    Mark::Done | Mark::Now | Mark::Held => "",
                    Mark::Later | Mark::Never => "todo",
                };
                a class=[Some(class).filter(|class| !class.is_empty())] aria-current=[here.then_some("step")]
                    aria-label=(stage.name()) href=(shown.address(frame.letter.number, Some(stage))) { (stage.mark()) }
            }
        }
    }
}

fn body(shown: &Shown<'_>, frame: &Frame<'_>, token: &Markup) -> Markup {
    let is_stopped = frame.mark(frame.stage) == Mark::Stopped;
    let refused = matches!(&frame.verdict, Verdict::Refused(_)) && frame.stage >= Stage::Task;
    html! {
        @if is_stopped || refused {
            (trouble::stopped(shown, frame))
        } @else if frame.mark(frame.stage) == Mark::Held {
            (trouble::held(shown, frame))
        } @else {
            p { b { (stage_title(shown, frame)) } " " (stage_words(shown, frame)) }
        }
        @if frame.verdict == Verdict::NoAnswer && !is_stopped {
            (work::note(State::Quiet, html! {
                b { "No answer has come." } " A receiver may be switched off, or keep a letter that nobody has looked at. "
                (shown.names.sender) " raises an alert when the time for answers is over."
            }))
        }
        (offers(shown, frame, token))
        @if frame.stage.is_answer() { (answer(shown, frame)) }
        @else if !is_stopped { (contents::columns(frame)) }
        (contents::headers(frame))
        (onward(shown, frame))
    }
}

fn stage_title(shown: &Shown<'_>, frame: &Frame<'_>) -> String {
    let (sender, receiver) = (&shown.names.sender, &shown.names.receiver);
    match frame.stage {
        Stage::Written => format!("1. {sender}’s GP system writes the letter."),
        Stage::Sent => format!("2. {sender}’s MESH client sends it."),
        Stage::Traced => "3. The exchange asks PDS where the patient is registered.".to_owned(),
        Stage::Found => "4. The exchange looks up that practice’s mailbox.".to_owned(),
        Stage::Collected => format!("5. {receiver}’s MESH client collects it."),
        Stage::Task => format!("6. {receiver}’s GP system checks it and raises a task."),
        Stage::Infrastructure => "The first answer is about the message.".to_owned(),
        Stage::Business => "The second answer is about the patient.".to_owned(),
    }
}

fn stage_words(shown: &Shown<'_>, frame: &Frame<'_>) -> String {
    let letter = frame.letter;
    let after = |at: Option<Timestamp>| {
        let at = at.filter(|at| *at <= frame.at)?;
        Some(words::time(at.duration_since(letter.started())))
    };
    let done = after(letter.done(frame.stage));
    let begun = after(letter.begun(frame.stage));
    let (sender, receiver) = (&shown.names.sender, &shown.names.receiver);
    match (frame.stage, done, begun) {
        (Stage::Written, Some(_), _) => {
            "The pair is in OUT, the message first, then its control file, both by rename. \
             Times count from here."
                .to_owned()
        }
        (Stage::Sent, Some(done), _) => {
            format!(
                "The exchange had all of it on disk at {done} and answered 202. Routing comes after that."
            )
        }
        (Stage::Traced, Some(done), _) => {
            let practice = words::practice(frame).unwrap_or_default();
            format!(
                "NHS number, family name and birth date agree: registered with {practice}, known at {done}."
            )
        }
        (Stage::Found, Some(done), _) => {
            let mailbox = words::recipient(frame).unwrap_or_default();
            format!(
                "One mailbox of the practice takes this workflow, {mailbox}. The letter was in its inbox at {done}."
            )
        }
        (Stage::Collected, Some(done), Some(begun)) => {
            format!(
                "It began to download at {begun} and was in IN at {done}; then the client told the exchange that it is safe."
            )
        }
        (Stage::Collected, None, Some(begun)) => {
            format!("It began to download at {begun}; it is not in IN yet.")
        }
        (Stage::Task, Some(done), _) => {
            format!(
                "The pair was taken out of IN, kept byte for byte and checked rule by rule. The task was there at {done}."
            )
        }
        (Stage::Infrastructure | Stage::Business, Some(done), _) => {
            format!("It was at {sender}’s GP system at {done}.")
        }
        (Stage::Infrastructure | Stage::Business, None, Some(_)) => {
            "It is on its way back.".to_owned()
        }
        (Stage::Infrastructure | Stage::Business, None, None) => match frame.mark(frame.stage) {
            Mark::Never => "It will not come.".to_owned(),
            _ => format!("{receiver} has not answered yet."),
        },
        (_, Some(done), _) => format!("Done at {done}."),
        (_, None, _) => match frame.mark(frame.stage) {
            Mark::Never => "The letter does not come here.".to_owned(),
            Mark::Now => "It is under way.".to_owned(),
            _ => "The letter is not here yet.".to_owned(),
        },
    }
}

/// One of the two answers, and each moment of its way.
fn answer(shown: &Shown<'_>, frame: &Frame<'_>) -> Markup {
    let class = if frame.stage == Stage::Business {
        AnswerClass::Business
    } else {
        AnswerClass::Infrastructure
    };
    let answer = frame.answer(class);
    if answer.begun().is_none_or(|begun| begun > frame.at) {
        return html! {};
    }
    let (sender, receiver) = (&shown.names.sender, &shown.names.receiver);
    let moments = [
        (answer.placed, format!("in OUT at {receiver}")),
        (answer.accepted, "at the exchange".to_owned()),
        (answer.collected, format!("being collected by {sender}")),
        (answer.home, format!("at {sender}’s GP system")),
    ];
    html! {
        dl.facts {
            @if let Some(code) = answer.code { dt { "Code" } dd { b { (words::response(code)) } } }
            @for (at, place) in moments {
                @if let Some(at) = at.filter(|at| *at <= frame.at) {
                    dt.num { (words::time(at.duration_since(frame.letter.started()))) } dd { (place) }
                }
            }
            @if let Some(carrier) = &answer.carrier {
                dt { "Message" } dd { a href=(format!("{}/messages/{carrier}", shown.places.console)) { (carrier) } }
            }
        }
    }
}

/// What can be done about it, here and now.
fn offers(shown: &Shown<'_>, frame: &Frame<'_>, token: &Markup) -> Markup {
    let on = |fault: Fault| shown.faults.contains(&fault);
    let off = |fault: Fault, words: &str| {
        html! {
            form method="post" action="/faults" {
                (token) (kept_pace(shown))
                button.btn.btn-main name="off" value=(fault.name()) { (words) }
            }
        }
    };
    let offered = match &frame.verdict {
        Verdict::Waiting(Stage::Traced, ..) if on(Fault::PdsAway) => {
            off(Fault::PdsAway, "Switch PDS on again")
        }
        Verdict::Waiting(Stage::Sent, ..) if on(Fault::ServerBusy) => {
            off(Fault::ServerBusy, "Let the server answer again")
        }
        Verdict::Waiting(Stage::Sent, ..) if on(Fault::ExpiredCertificate) => off(
            Fault::ExpiredCertificate,
            "Give the client its good certificate",
        ),
        Verdict::Waiting(Stage::Sent, ..) if on(Fault::CutLine) => {
            off(Fault::CutLine, "Mend the line")
        }
        Verdict::NotDelivered(code) if code == "EPL-153" || code == "EPL-154" => html! {
            form method="post" action="/send" {
                (token) (kept_pace(shown))
                button.btn.btn-main name="example" value=(Example::Delivered.name()) {
                    "Send one with the right number"
                }
            }
        },
        _ => return html! {},
    };
    html! { div.row { (offered) } }
}

/// Where there is more of it.
fn onward(shown: &Shown<'_>, frame: &Frame<'_>) -> Markup {
    let receiver = &shown.places.receiver;
    html! {
        p.small {
            @if let Some(message) = &frame.letter.message {
                a href=(format!("{}/messages/{message}", shown.places.console)) { "Whole journey" } " · "
            }
            @if matches!(frame.verdict, Verdict::NotDelivered(_)) {
                a href=(shown.places.sender.pages) { (shown.places.sender.short) "’s alerts" }
            } @else {
                a href=(receiver.pages) { (receiver.short) "’s inbox" }
            }
        }
    }
}
