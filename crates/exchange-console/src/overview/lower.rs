//! Three short tables: who waits longest, which certificates end next, how the queues stand.

use maud::{Markup, html};

use super::standing::{MOST, Standing};
use crate::console::View;
use crate::labels::{age, ago};
use crate::mailboxes::quota;

/// Rows of each.
const ROWS: usize = 4;

pub(super) fn show(view: &View, standing: &Standing) -> Markup {
    html! {
        div.thirds { (oldest(view, standing)) (certificates(view, standing)) (queues(view, standing)) }
    }
}

fn sheet(id: &str, title: &str, way: (&str, String), table: Markup) -> Markup {
    let (words, address) = way;
    html! {
        section.sheet aria-labelledby=(id) {
            div.sheet-head { h2 id=(id) { (title) } a.small href=(address) { (words) } }
            (table)
        }
    }
}

fn head(columns: &[(&str, bool)]) -> Markup {
    html! {
        thead { tr { @for (name, right) in columns { th scope="col" class=[right.then_some("right")] { (name) } } } }
    }
}

fn oldest(view: &View, standing: &Standing) -> Markup {
    let mut first = standing.waiting();
    let quiet = standing
        .mailboxes
        .iter()
        .filter(|mailbox| mailbox.waiting == 0);
    first.extend(quiet);
    let columns = [
        ("Mailbox", false),
        ("Oldest", true),
        ("Waiting", true),
        ("Last seen", false),
        ("Quota used", false),
    ];
    let table = html! {
        @if first.is_empty() { p.sheet-in { "There is no mailbox yet." } } @else {
            div.scroll-x tabindex="0" role="region" aria-label="Table of mailboxes, to be scrolled sideways" {
                table.table {
                    (head(&columns))
                    tbody { @for mailbox in first.iter().take(ROWS) {
                        tr {
                            th scope="row" { a href=(view.link(&format!("/mailboxes/{}", mailbox.mailbox.id))) { (mailbox.mailbox.id) } }
                            td.right { (age(mailbox.oldest, standing.now, mailbox.not_collected)) }
                            td.right { (mailbox.waiting) }
                            td { (ago(mailbox.last_seen, standing.now)) }
                            td.nowrap { (quota(mailbox)) }
                        }
                    } }
                }
            }
        }
    };
    let way = ("All mailboxes", view.link("/mailboxes"));
    sheet("oldest", "Oldest waiting", way, table)
}

fn certificates(view: &View, standing: &Standing) -> Markup {
    let table = html! {
        @if standing.certificates.is_empty() {
            p.sheet-in { "None is known here." }
        } @else {
            table.table {
                (head(&[("Organisation", false), ("Valid until", false)]))
                tbody { @for certificate in standing.certificates.iter().take(ROWS) {
                    tr {
                        th scope="row" { (certificate.whose()) }
                        td { (certificate.until_words(standing.now)) }
                    }
                } }
            }
        }
    };
    let words = format!("All {}", standing.certificates.len());
    let way = (words.as_str(), view.link("/certificates"));
    sheet("certificates", "Certificates, next to expire", way, table)
}

fn queues(view: &View, standing: &Standing) -> Markup {
    let count = |count: usize| {
        if count >= MOST {
            format!("{MOST}+")
        } else {
            count.to_string()
        }
    };
    let clear = || html! { "clear" };
    let routing = match standing.routing.first() {
        None => clear(),
        Some(_) if standing.patients.away_since.is_some() => {
            html! { span.age-old { "PDS does not answer" } }
        }
        Some(_) => html! { "under way" },
    };
    let upload = match standing.uploads.first() {
        None => clear(),
        Some(first) => {
            html! { (first.chunks_received) " of " (first.chunks_total) ", " (ago(Some(first.started_at), standing.now)) }
        }
    };
    let quarantine = match standing.quarantined {
        0 => clear(),
        _ => html! { span.age-old { "damaged" } },
    };
    let gone = standing.last_day.expired;
    let expired = match gone {
        0 => html! { "none given up" },
        _ => html! { "given up in 24 h" },
    };
    let rows = [
        ("Routing, PDS", count(standing.routing.len()), routing),
        ("Uploads in chunks", count(standing.uploads.len()), upload),
        ("Quarantine", standing.quarantined.to_string(), quarantine),
        ("Not collected", gone.to_string(), expired),
    ];
    let table = html! {
        table.table {
            (head(&[("Queue", false), ("Now", true), ("State", false)]))
            tbody { @for (name, now, state) in rows {
                tr { th scope="row" { (name) } td.right { (now) } td { (state) } }
            } }
        }
    };
    sheet("queues", "Queues", ("All", view.link("/queues")), table)
}
