//! Lines of the trail.

use exchange::AuditLine;
use maud::{Markup, html};
use pages::work::WorkTable;

use crate::console::View;
use crate::labels::{clock, message_link};

/// Lines of the trail with all that they say: ids and codes.
pub(crate) fn table(view: &View, lines: &[AuditLine]) -> Markup {
    if lines.is_empty() {
        return html! { p { "There is no line." } };
    }
    let columns = ["Line", "When", "Who", "What", "About", "Detail"];
    let mut table = WorkTable::new("Lines of the audit trail", &columns);
    for line in lines {
        table.row(vec![
            html! { span.num { (line.number) } },
            html! { time."num nowrap" datetime=(line.at) { (clock(line.at)) } },
            html! { (line.actor) },
            html! { (line.action) },
            about(view, &line.subject),
            detail(view, &line.detail),
        ]);
    }
    html! { div.dense-list { (table.show()) } }
}

/// A message as a link, anything else as it is.
fn about(view: &View, subject: &str) -> Markup {
    let (first, rest) = subject.split_once(' ').unwrap_or((subject, ""));
    html! {
        @if is_message(first) { span.mono { (message_link(view, first)) } }
        @else { span.mono { (first) } }
        @if !rest.is_empty() { " " span.mono { (rest) } }
    }
}

/// `key=value` pairs; a message in one is a link.
fn detail(view: &View, detail: &str) -> Markup {
    html! {
        span.mono {
            @for (index, part) in detail.split(' ').enumerate() {
                @if index > 0 { " " }
                @match part.split_once('=') {
                    Some((key, value)) if is_message(value) => { (key) "=" (message_link(view, value)) }
                    _ => (part)
                }
            }
        }
    }
}

/// Ids that the exchange gives begin with their moment: 20 digits and an underscore.
pub(super) fn is_message(subject: &str) -> bool {
    let moment = subject.split('_').next().unwrap_or_default();
    moment.len() == 20 && moment.bytes().all(|byte| byte.is_ascii_digit())
}
