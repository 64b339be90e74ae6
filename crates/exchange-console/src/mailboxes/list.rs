//! Every mailbox: what waits, since when, and when it was last seen.

use std::collections::HashMap;

use axum::extract::State;
use exchange::{MailboxOverview, Rights};
use jiff::Timestamp;
use maud::{Markup, html};
use nhs::OdsCode;
use pages::Problem;
use pages::work::{State as Tag, WorkTable, tag};

use super::quota;
use crate::assets;
use crate::certificates::Certificate;
use crate::console::{Console, View, problem};
use crate::labels::{age, ago, none};
use crate::role::ExchangePermission;

/// Mailboxes on the page at most; the others are found by their id.
const MOST: usize = 500;

const COLUMNS: [&str; 9] = [
    "Mailbox",
    "Organisation",
    "State",
    "Waiting",
    "Oldest",
    "Last seen",
    "Quota used",
    "May",
    "Certificate until",
];

/// Every mailbox, those that want somebody first.
pub(crate) async fn list(view: View, State(console): State<Console>) -> Result<Markup, Problem> {
    let exchange = &console.exchange;
    let mut mailboxes = exchange.mailbox_overview().await.map_err(problem)?;
    let (now, all) = (exchange.now(), mailboxes.len());
    mailboxes.sort_by_key(|mailbox| !wants_somebody(mailbox));
    let wanting = mailboxes
        .iter()
        .filter(|mailbox| wants_somebody(mailbox))
        .count();
    let certificates = console.certificates.by_organisation();
    let mut table = WorkTable::new("Mailboxes", &COLUMNS);
    for mailbox in mailboxes.iter().take(MOST) {
        let rights = exchange.rights_of(&mailbox.mailbox.id);
        table.row(row(&view, mailbox, &rights, &certificates, now));
    }
    let may_add = view.session().may(ExchangePermission::Operate);
    let content = html! {
        div #mailboxes data-live {
            div.tools {
                h2 { (all) @if all == 1 { " mailbox" } @else { " mailboxes" } }
                @if wanting > 0 { span."tiny hush" { (wanting) " to look at, first" } }
                @if may_add { a."btn btn-sm push" href=(view.link("/mailboxes/new")) { "Add a mailbox" } }
            }
            div.sheet {
                @if all == 0 {
                    p.sheet-in { "The exchange has no mailbox yet." }
                } @else { (table.show()) }
            }
            @if all > MOST { p."small hush" { "The first " (MOST) " are shown; find others by their id under Messages." } }
        }
    };
    Ok(view
        .page("Mailboxes")
        .work()
        .count("/mailboxes", u64::try_from(wanting).unwrap_or(u64::MAX))
        .asset(&assets::STYLE)
        .show(content))
}

fn wants_somebody(mailbox: &MailboxOverview) -> bool {
    mailbox.not_collected || mailbox.is_missing
}

fn row(
    view: &View,
    mailbox: &MailboxOverview,
    rights: &Rights,
    certificates: &HashMap<OdsCode, Certificate>,
    now: Timestamp,
) -> Vec<Markup> {
    let of = &mailbox.mailbox;
    let certificate = certificates.get(&of.ods);
    vec![
        html! { a href=(view.link(&format!("/mailboxes/{}", of.id))) { (of.id) } br; span."tiny hush" { (of.name) } },
        html! { (of.ods) },
        states(mailbox),
        html! { (mailbox.waiting) },
        age(mailbox.oldest, now, mailbox.not_collected),
        ago(mailbox.last_seen, now),
        quota(mailbox),
        html! { "send " (rights.sends.len()) ", receive " (rights.receives.len()) },
        html! { @match certificate { Some(certificate) => (certificate.until_words(now)), None => (none()) } },
    ]
}

/// How a mailbox is, in tags.
pub(super) fn states(mailbox: &MailboxOverview) -> Markup {
    html! {
        @if mailbox.mailbox.active { (tag(Tag::Good, "Active")) } @else { (tag(Tag::Quiet, "Disabled")) }
        @if mailbox.not_collected { " " (tag(Tag::Warning, "Not collected")) }
        @if mailbox.is_missing { " " (tag(Tag::Warning, "Not seen")) }
    }
}
