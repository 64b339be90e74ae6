//! A table of messages without what may name a patient.

use exchange::{Kind, Listed, Party};
use maud::{Markup, html};
use pages::work::WorkTable;

use crate::console::View;
use crate::labels::{clock, none, standing};

/// A table of messages, or a sentence when there is none.
pub(crate) fn table_or(
    view: &View,
    caption: &str,
    messages: &[Listed],
    ends: Ends,
    none: &str,
) -> Markup {
    if messages.is_empty() {
        return html! { p { (none) } };
    }
    table(view, caption, messages, ends)
}

/// Which of a message's two mailboxes a table tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    Both,
    From,
    To,
}

/// One row a message: ids and workflows stay in one line.
pub(super) fn table(view: &View, caption: &str, messages: &[Listed], ends: Ends) -> Markup {
    let columns: &[&str] = match ends {
        Ends::Both => &[
            "Message", "Sent", "From", "To", "Workflow", "State", "With it",
        ],
        Ends::From => &["Message", "Sent", "From", "Workflow", "State", "With it"],
        Ends::To => &["Message", "Sent", "To", "Workflow", "State", "With it"],
    };
    let mut table = WorkTable::new(caption, columns);
    for listed in messages {
        let envelope = &listed.envelope;
        let message = &envelope.message;
        let mut cells = vec![
            html! { a.mono href=(view.link(&format!("/messages/{}", message.id))) { (message.id) } },
            html! { time."num nowrap" datetime=(message.sent_at) { (clock(message.sent_at)) } },
        ];
        if ends != Ends::To {
            cells.push(match message.kind {
                Kind::Report => html! { "Exchange" },
                Kind::Data => mailbox(view, envelope.sender.as_ref()),
            });
        }
        if ends != Ends::From {
            cells.push(mailbox(view, envelope.recipient.as_ref()));
        }
        cells.push(html! { span.mono { (message.workflow) } });
        cells.push(html! {
            (standing(envelope))
            @if let Some(failure) = envelope.failure() { " " (failure.code) }
        });
        cells.push(with_it(view, listed));
        table.row(cells);
    }
    html! { div."sheet dense-list" { (table.show()) } }
}

/// Its id alone, so that a message takes one line; the name is told on its page.
fn mailbox(view: &View, party: Option<&Party>) -> Markup {
    html! {
        @match party {
            Some(party) => {
                a.nowrap href=(view.link(&format!("/mailboxes/{}", party.mailbox))) title=(party.name) { (party.mailbox) }
            }
            None => (none())
        }
    }
}

/// The report of a message that failed, the message of a report: what the record links.
fn with_it(view: &View, listed: &Listed) -> Markup {
    let failure = listed.envelope.failure();
    let linked = failure.and_then(|failure| failure.linked.as_deref());
    let word = match listed.envelope.message.kind {
        Kind::Report => "its message",
        Kind::Data => "its report",
    };
    html! {
        @if let Some(linked) = linked {
            a.nowrap href=(view.link(&format!("/messages/{linked}"))) { (word) }
        }
    }
}
