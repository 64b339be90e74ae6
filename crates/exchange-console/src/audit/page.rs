//! The audit trail, the latest first, with what narrows it.

use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use exchange::AuditFilter;
use maud::{Markup, html};
use nhs::{MailboxId, MessageId};
use pages::Problem;
use pages::components::{Field, secondary_button};
use serde::Deserialize;

use super::table::table;
use crate::chain;
use crate::console::{Console, View, problem};
use crate::messages::moment;
use crate::sheets;

const PAGE: u32 = 50;

/// What narrows the trail, as the address has it: the trail holds ids and codes only.
#[derive(Deserialize, Default, Clone)]
pub(crate) struct Wanted {
    before: Option<i64>,
    /// A message, mailbox, workflow or certificate.
    #[serde(default)]
    about: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

impl Wanted {
    pub(super) fn filter(&self) -> AuditFilter {
        let mut filter = AuditFilter::default();
        let about = self.about.trim();
        let upper = about.to_ascii_uppercase();
        if MessageId::parse(&upper).is_ok() && upper.contains('_') && upper.len() > 20 {
            filter.subject = Some(upper);
        } else if let (false, Ok(mailbox)) = (about.is_empty(), MailboxId::parse(&upper)) {
            filter.mailbox = Some(mailbox);
        } else if !about.is_empty() {
            filter.subject = Some(about.to_owned());
        }
        let who = self.who.trim();
        if !who.is_empty() {
            filter.actor = Some(actor(who));
        }
        let action = self.action.trim();
        if !action.is_empty() {
            filter.action = Some(action.to_owned());
        }
        let day = |text: &str, days_on| moment(text.trim(), days_on);
        (filter.from, filter.until) = (day(&self.from, 0), day(&self.to, 1));
        filter
    }

    pub(super) fn query(&self, before: Option<i64>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let texts = [
            ("about", &self.about),
            ("who", &self.who),
            ("action", &self.action),
            ("from", &self.from),
            ("to", &self.to),
        ];
        for (name, value) in texts {
            if !value.trim().is_empty() {
                query.append_pair(name, value.trim());
            }
        }
        if let Some(before) = before {
            query.append_pair("before", &before.to_string());
        }
        query.finish()
    }
}

/// As the trail names them: a mailbox, the exchange, the operator of commands, or a user of these pages.
fn actor(who: &str) -> String {
    let upper = who.to_ascii_uppercase();
    if ["exchange", "operator", "sandbox"].contains(&who) || who.starts_with("console user ") {
        who.to_owned()
    } else if upper.len() > 6
        && upper.bytes().any(|byte| byte.is_ascii_digit())
        && MailboxId::parse(&upper).is_ok()
    {
        upper
    } else {
        format!("console user {who}")
    }
}

/// The audit trail, the latest first.
pub(crate) async fn page(
    view: View,
    State(console): State<Console>,
    Query(wanted): Query<Wanted>,
) -> Result<Markup, Problem> {
    let exchange = &console.exchange;
    let before = wanted.before.unwrap_or(i64::MAX);
    let found = exchange.search_audit(&wanted.filter(), before, PAGE).await;
    let found = found.map_err(problem)?;
    let standing = exchange.chain().await.map_err(problem)?;
    let address = |query: &str| view.link(&format!("/audit?{query}"));
    let content = html! {
        div.lead {
            h1 { "Audit trail" }
            p { "Who did what to what. Ids and codes only." }
        }
        section."sheet gap-low" aria-labelledby="c" {
            div.sheet-head {
                h2 #c { "Chain" }
                div #chain data-live { (chain::badge(&standing)) }
            }
            div."sheet-in small stack" {
                p #chain-words data-live { (chain::sentence(&standing)) }
                p.hush {
                    "Each line's hash covers the line before. Head now: " span.hash { (standing.checked) }
                    ". Note it somewhere else: only that tells a trail that was written anew."
                }
                (view.form("/audit/check", secondary_button("Check the whole trail now")))
            }
        }
        (filter_form(&view, &wanted))
        div.sheet #trail data-live {
            @if found.found.is_empty() {
                p.pad {
                    @if found.next.is_some() { "None among the lines looked at. Look further back." }
                    @else { "There is no such line." }
                }
            } @else { (table(&view, &found.found)) }
        }
        div.more {
            @if wanted.before.is_some() { a href=(address(&wanted.query(None))) { "The latest" } }
            @if let Some(next) = found.next { a href=(address(&wanted.query(Some(next)))) { "Older" } }
            a href=(view.link(&format!("/audit.csv?{}", wanted.query(None)))) { "Export as CSV" }
        }
    };
    Ok(view
        .page("Audit trail")
        .without_heading()
        .work()
        .asset(&sheets::STYLE)
        .show(content))
}

fn filter_form(view: &View, wanted: &Wanted) -> Markup {
    let fields = html! {
        div.filter role="search" aria-label="Narrow the trail" {
            (Field::new("about", "Message, mailbox or other").value(&wanted.about).width(20).input("text"))
            (Field::new("who", "Who").hint("A mailbox, exchange, operator or a user").value(&wanted.who).width(10).input("text"))
            (Field::new("action", "What").hint("Such as delivered").value(&wanted.action).width(10).input("text"))
            (Field::new("from", "From day").value(&wanted.from).width(10).input("date"))
            (Field::new("to", "To day").value(&wanted.to).width(10).input("date"))
            (secondary_button("Show"))
            @if !wanted.query(None).is_empty() { a href=(view.link("/audit")) { "Show all" } }
        }
    };
    view.form("/audit", fields)
}

/// What was typed may be anything: it comes in a form. An address is made only of what the trail itself can hold.
pub(crate) async fn look_for(
    view: View,
    State(console): State<Console>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    let known = [
        &wanted.about,
        &wanted.who,
        &wanted.action,
        &wanted.from,
        &wanted.to,
    ];
    if known.into_iter().all(|text| is_plain(text)) {
        let query = wanted.query(None);
        return Ok(Redirect::to(&view.link(&format!("/audit?{query}"))).into_response());
    }
    Ok(page(view, State(console), Query(wanted))
        .await?
        .into_response())
}

/// Letters, digits and what ids, codes and actions have beside them; no run of digits as long as an NHS number but in a
/// message's id.
fn is_plain(text: &str) -> bool {
    let text = text.trim();
    let is_id = text.len() > 20 && text.get(20..21) == Some("_");
    let longest = text
        .split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .max();
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-.: @".contains(c))
        && (is_id || longest.unwrap_or(0) < 9)
}
