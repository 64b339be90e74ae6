//! What to do now: values to copy, the answer that will come, and what failed.

use maud::{Markup, html};
use pages::work::{self, State as Look};
use rehearsal::sender::scripts::answer_to;
use rehearsal::sender::{Next, ScriptResult, State};

use super::page::{Shown, spaced, state};
use super::site::View;

pub(super) fn content(shown: &Shown<'_>, view: &View) -> Markup {
    let Some(next) = shown.standing.next(shown.asked) else {
        return html! {
            section.sheet aria-labelledby="now-heading" {
                div.sheet-head { h2 #now-heading { "Every script is decided" } }
                div.sheet-in { p { "The rehearsal ends by itself once the last answers are collected, and the pack is written." } }
            }
        };
    };
    let scripts = &shown.standing.outcome.scripts;
    let Some(script) = scripts
        .iter()
        .find(|it| it.script.number == next.script.number)
    else {
        return html! {};
    };
    html! {
        section.sheet aria-labelledby="now-heading" {
            div.sheet-head { h2 #now-heading { (next.script.short()) ": " (next.script.title) } (state(script)) }
            div.sheet-in.stack { (steps(&next, script, shown, view)) }
            (codes(script))
            div.sheet-in.small.row {
                @if !next.script.rows.is_empty() { span { "Decides " (next.script.rows.join(", ")) } }
                @if !script.result.messages.is_empty() {
                    (form(view, "/again", next.script.number, html! { button.btn.btn-sm type="submit" { "Try again from the beginning" } }))
                }
            }
            @if script.state != State::NotApplicable {
                details.sheet-in.small {
                    summary { "It does not apply to my system" }
                    (form(view, "/not-applicable", next.script.number, html! {
                        label for="reason" { "Why" }
                        input #reason name="reason" maxlength="200" required;
                        button.btn.btn-sm type="submit" { "Not applicable" }
                    }))
                }
            }
        }
        @for failed in scripts.iter().filter(|it| it.state == State::Failed) { (failure(failed, view)) }
    }
}

fn form(view: &View, path: &str, script: u8, content: Markup) -> Markup {
    view.form(
        path,
        html! { input type="hidden" name="script" value=(script); (content) },
    )
}

fn steps(next: &Next, script: &ScriptResult, shown: &Shown<'_>, view: &View) -> Markup {
    html! {
        ol.rehearsal-steps {
            li {
                @match next.script.patient {
                    Some(patient) => { "Open the patient" div.copy { code { (spaced(patient)) } } }
                    None => "Open any of the test patients",
                }
            }
            @if let Some(keyword) = next.keyword {
                li { "Give the clinician the given name" div.copy { code { (keyword) } } }
            }
            li { (next.script.todo) }
        }
        @if let Some(keyword) = next.keyword {
            (work::note(Look::Going, html! {
                b { "You will be answered " (answer_to(keyword)) "." }
                " The letter itself may be faultless: the name decides."
            }))
            @match shown.run.asked_for_next() {
                Some(asked) => p.small { b { "Your next message will be answered with " (asked) "." } },
                None => (form(view, "/answer", next.script.number, html! {
                    input type="hidden" name="keyword" value=(keyword);
                    button.btn.btn-sm type="submit" { "Answer my next message with " (keyword) }
                })),
            }
            p.small {
                "The button does the same and renames nobody. "
                @match shown.run.arrivals().last() {
                    Some(last) => { "The last message came at " (last.arrived.at.strftime("%H:%M:%S UTC")) "." }
                    None => "Waiting for your first message.",
                }
            }
        } @else {
            p.small { (script.result.note) }
        }
        @if let Some(picture) = next.script.picture { p.small { "Take a picture of " (picture) "." } }
    }
}

/// One message for each code, where there are many.
fn codes(script: &ScriptResult) -> Markup {
    if script.script.keywords.len() < 3 {
        return html! {};
    }
    html! {
        div.sheet-in {
            ul.rehearsal-codes aria-label="Codes of this script" {
                @for keyword in script.script.keywords {
                    @if script.to_come.contains(keyword) {
                        li { (keyword) }
                    } @else {
                        li.done { (keyword) span.unseen { " shown" } }
                    }
                }
            }
        }
    }
}

fn failure(script: &ScriptResult, view: &View) -> Markup {
    let result = &script.result;
    html! {
        section.sheet {
            div.sheet-head { h2 { (script.script.short()) " failed" } }
            div.sheet-in.small.stack {
                p { (result.note) " " (result.first_finding.as_deref().unwrap_or_default()) }
                (form(view, "/again", script.script.number, html! {
                    button.btn.btn-sm type="submit" { "Try " (script.script.short()) " again" }
                }))
            }
        }
    }
}
