//! What can be done with the letter that is opened: always in view below it.

use maud::{Markup, html};
use pages::components::{Errors, Field};

use super::filter::Filter;
use crate::web::context::View;
use crate::web::role::PracticePermission::Act;
use crate::{Task, TaskState};

/// The bar of actions.
pub(super) fn bar(
    view: &View,
    filter: &Filter,
    task: &Task,
    colleagues: &[String],
    errors: &Errors,
) -> Markup {
    if !view.session().may(Act) {
        return looking(view, task);
    }
    let to = |what: &str| filter.within(&format!("/inbox/{}/{what}", task.id));
    let is_open = task.state == TaskState::Open;
    let review = view.link(&format!("/inbox/{}/review", task.id));
    html! {
        div.acts #acts data-live role="group" aria-label="With this letter" {
            @if task.needs_review {
                a.btn.btn-main href=(review) { "Review the entries" }
            } @else if is_open {
                (view.form(&to("file"), html! {
                    button.btn.btn-main #file type="submit" { "File to the record" }
                }))
            }
            @if is_open { (assign(view, &to("assign"), task, colleagues)) }
            (written(view, &to("note"), errors, &NOTE))
            @if is_open && !task.needs_review {
                (written(view, &to("return"), errors, &RETURN))
            } @else if !is_open && task.state != TaskState::Archived && !task.needs_review {
                (view.form(&to("reopen"), html! { button.btn type="submit" { "Reopen" } }))
            }
        }
    }
}

/// Whoever only looks on may look at a review, too.
fn looking(view: &View, task: &Task) -> Markup {
    let review = view.link(&format!("/inbox/{}/review", task.id));
    html! {
        @if task.needs_review {
            div.acts #acts role="group" aria-label="With this letter" {
                a.btn.btn-main href=(review) { "Review the entries" }
            }
        }
    }
}

fn assign(view: &View, to: &str, task: &Task, colleagues: &[String]) -> Markup {
    let me = view.session().user();
    let mut names = vec![("", "Nobody")];
    names.extend(colleagues.iter().map(|name| (name.as_str(), name.as_str())));
    let assigned = task.assigned_to.as_deref();
    html! {
        @if assigned != Some(me) {
            (view.form(to, html! {
                input type="hidden" name="to" value=(me);
                button.btn #mine type="submit" { "Assign to me" }
            }))
        }
        details.act {
            summary.btn { "Assign …" }
            div.act-in {
                (view.form(to, html! {
                    (Field::new("to", "Assign to").value(assigned.unwrap_or(me)).select(&names))
                    button.btn type="submit" { "Assign" }
                }))
            }
        }
    }
}

/// An action that wants a text.
struct Written {
    name: &'static str,
    words: &'static str,
    class: &'static str,
    label: &'static str,
    hint: &'static str,
    button: &'static str,
}

const NOTE: Written = Written {
    name: "note",
    words: "Note …",
    class: "btn",
    label: "Note",
    hint: "It stands in the letter's history.",
    button: "Add the note",
};
const RETURN: Written = Written {
    name: "reason",
    words: "Return …",
    class: "btn btn-bad",
    label: "Reason for returning",
    hint: "No message goes to the sender: tell them by telephone or email.",
    button: "Return",
};

fn written(view: &View, to: &str, errors: &Errors, act: &Written) -> Markup {
    let is_wrong = errors.of(act.name).is_some();
    html! {
        details.act #{ "act-" (act.name) } open[is_wrong] {
            summary class=(act.class) { (act.words) }
            div.act-in {
                (view.form(to, html! {
                    (Field::new(act.name, act.label).hint(act.hint).errors(errors).textarea(2))
                    button class=(act.class) type="submit" { (act.button) }
                }))
            }
        }
    }
}
