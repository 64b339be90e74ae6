//! What is shown of the inbox: views, search and filters above both panes.

use maud::{Markup, html};
use pages::components::{Field, inset_text, print_button};

use super::filter::ORDERS;
use super::frame::Inbox;
use super::views;
use crate::TaskState;

/// The line of choices.
pub(super) fn show(inbox: &Inbox<'_>) -> Markup {
    let (view, filter) = (inbox.view, &inbox.filter);
    html! {
        @if inbox.is_forgotten {
            (inset_text(html! {
                p { "The words of this search are no longer kept. Search again." }
            }))
        }
        div.views {
            (views::chips(inbox))
            form.find method="post" action=(view.link("/inbox")) role="search" autocomplete="off" {
                (view.token_field())
                label.unseen for="q" { "Patient, NHS number, sender or subject" }
                input.input #q name="q" type="search" autocomplete="off" value=(inbox.words)
                    placeholder="Name, NHS number, sender";
                details.more {
                    summary { "More filters" }
                    div.more-in { (fields(inbox)) }
                }
                button.btn.btn-sm type="submit" { "Show" }
            }
            a.small href=(view.link(&filter.export())) { "Export as CSV" }
            (print_button())
        }
    }
}

fn fields(inbox: &Inbox<'_>) -> Markup {
    let filter = &inbox.filter;
    let words = TaskState::ALL.map(|state| (state.as_str(), state.to_string()));
    let mut states: Vec<(&str, &str)> = words
        .iter()
        .map(|(name, words)| (*name, words.as_str()))
        .collect();
    states.push(("all", "All"));
    let mut from = vec![("", "Anybody")];
    let named = inbox.senders.iter().map(|it| (it.as_str(), it.as_str()));
    from.extend(named);
    html! {
        (Field::new("state", "State").value(filter.state()).select(&states))
        (Field::new("kind", "Purpose").value(&filter.kind).select(&[
            ("", "Any"),
            ("action", "For Action"),
            ("information", "For Information"),
        ]))
        (Field::new("sender", "Sender").value(&filter.sender).select(&from))
        (Field::new("assigned", "Assigned to")
            .value(&filter.assigned)
            .select(&[("", "Everyone"), ("me", "Me")]))
        (Field::new("unread", "Opened")
            .value(&filter.unread)
            .select(&[("", "Opened or not"), ("yes", "Not opened yet")]))
        (Field::new("age", "Age").value(&filter.age).select(&[
            ("", "Any"),
            ("1", "Older than 1 day"),
            ("2", "Older than 2 days"),
            ("7", "Older than 7 days"),
            ("30", "Older than 30 days"),
        ]))
        (Field::new("since", "Received from").hint("Such as 27/11/2026").value(&filter.since).width(10).input("text"))
        (Field::new("until", "Received up to").hint("Such as 28/11/2026").value(&filter.until).width(10).input("text"))
        (Field::new("sort", "Order").value(filter.order()).select(&ORDERS.map(|it| (it.0, it.1))))
    }
}
