//! The list of messages, and the search.

use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use exchange::{Kind, Listed};
use maud::{Markup, html};
use nhs::{MailboxId, MessageId};
use pages::Problem;
use pages::components::{Column, DataTable, Errors, Field, Pagination, button, pagination, time};
use serde::Deserialize;

use crate::console::{Console, View, problem};
use crate::labels::{breakable, message_link, party, state};

const PAGE: u32 = 50;
/// How far back the list of reports looks at once.
const REPORTS_AMONG: u32 = 1_000;

/// Which part of the list.
#[derive(Deserialize)]
pub(crate) struct Part {
    before: Option<i64>,
    show: Option<String>,
}

/// The latest messages, and the search.
pub(crate) async fn list(
    view: View,
    State(console): State<Console>,
    Query(part): Query<Part>,
) -> Result<Markup, Problem> {
    let search = SearchForm::default();
    page(&view, &console, &part, &search, &Errors::new()).await
}

async fn page(
    view: &View,
    console: &Console,
    part: &Part,
    search: &SearchForm,
    errors: &Errors,
) -> Result<Markup, Problem> {
    let reports = part.show.as_deref() == Some("reports");
    let limit = if reports { REPORTS_AMONG } else { PAGE };
    let before = part.before.unwrap_or(i64::MAX);
    let found = console
        .exchange
        .recent(limit, before)
        .await
        .map_err(problem)?;
    let last = found.last().map(|listed| listed.seq);
    let full = found.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let shown: Vec<Listed> = found
        .into_iter()
        .filter(|listed| !reports || is_failure(listed))
        .collect();
    let show = if reports { "&show=reports" } else { "" };
    let next = last
        .filter(|_| full)
        .map(|seq| view.link(&format!("/messages?before={seq}{show}")));
    let first = part
        .before
        .map(|_| view.link(&format!("/messages?{}", show.trim_start_matches('&'))));
    let content = html! {
        (search_form(view, search, errors))
        h2 { @if reports { "Reports and failed messages" } @else { "Latest messages" } }
        p {
            @if reports {
                a href=(view.link("/messages")) { "Show all messages" }
            } @else {
                a href=(view.link("/messages?show=reports")) { "Show only reports and failed messages" }
            }
        }
        div #messages data-live {
            (table_or(view, "Messages, the latest first", &shown, Ends::Both, "There is none."))
        }
        (pagination(&Pagination {
            previous: first.map(|address| (address, "The latest".to_owned())),
            next: next.map(|address| (address, "Older".to_owned())),
        }))
    };
    Ok(view.page("Messages").errors(errors).show(content))
}

fn is_failure(listed: &Listed) -> bool {
    listed.envelope.message.kind == Kind::Report || listed.envelope.failure().is_some()
}

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

/// A table of messages without what may name a patient.
fn table(view: &View, caption: &str, messages: &[Listed], ends: Ends) -> Markup {
    let from = (ends != Ends::To).then(|| Column::text("From"));
    let to = (ends != Ends::From).then(|| Column::text("To"));
    let columns = [Column::text("Message"), Column::text("Sent")]
        .into_iter()
        .chain(from)
        .chain(to)
        .chain([Column::text("Workflow"), Column::text("State")])
        .collect();
    let rows = messages.iter().map(|listed| {
        let envelope = &listed.envelope;
        let mut cells = vec![
            message_link(view, envelope.message.id.as_str()),
            time(envelope.message.sent_at),
        ];
        if ends != Ends::To {
            cells.push(match envelope.message.kind {
                Kind::Report => html! { "The exchange (report)" },
                Kind::Data => party(view, envelope.sender.as_ref()),
            });
        }
        if ends != Ends::From {
            cells.push(party(view, envelope.recipient.as_ref()));
        }
        cells.push(breakable(envelope.message.workflow.as_str()));
        cells.push(html! {
            (state(envelope))
            @if let Some(failure) = envelope.failure() { " " (failure.code) }
        });
        cells
    });
    DataTable::new(caption, columns)
        .hide_caption()
        .rows(rows)
        .show()
}

/// What is looked for. A local id may name a patient: it is sent in a form, never in an address.
#[derive(Deserialize, Default)]
pub(crate) struct SearchForm {
    wanted: String,
    mailbox: String,
}

fn search_form(view: &View, search: &SearchForm, errors: &Errors) -> Markup {
    let fields = html! {
        div.pages-search {
            (Field::new("wanted", "Message id, local id or mailbox")
                .value(&search.wanted).errors(errors).width(20).input("text"))
            (Field::new("mailbox", "Sender's mailbox, for a local id")
                .value(&search.mailbox).errors(errors).width(10).input("text"))
            (button("Find"))
        }
    };
    view.form("/messages/search", fields)
}

/// Finds a mailbox, a message by its id, or messages by the local id their sender gave them.
pub(crate) async fn search(
    view: View,
    State(console): State<Console>,
    Form(form): Form<SearchForm>,
) -> Result<Response, Problem> {
    let mut errors = Errors::new();
    match find(&console, &form, &mut errors).await? {
        Found::Nothing => {
            let part = Part {
                before: None,
                show: None,
            };
            let page = page(&view, &console, &part, &form, &errors).await?;
            Ok(page.into_response())
        }
        Found::At(path) => Ok(Redirect::to(&view.link(&path)).into_response()),
        Found::Several(messages) => {
            let content = html! {
                p { "Several messages have this local id." }
                (table(&view, "Messages with this local id", &messages, Ends::To))
            };
            let page = view
                .page("Messages found")
                .breadcrumb("Messages", "/messages");
            Ok(page.show(content).into_response())
        }
    }
}

enum Found {
    At(String),
    Several(Vec<Listed>),
    Nothing,
}

async fn find(console: &Console, form: &SearchForm, errors: &mut Errors) -> Result<Found, Problem> {
    let wanted = form.wanted.trim();
    if wanted.is_empty() {
        errors.add("wanted", "Enter a message id, a local id or a mailbox");
        return Ok(Found::Nothing);
    }
    let exchange = &console.exchange;
    if form.mailbox.trim().is_empty() {
        let upper = wanted.to_ascii_uppercase();
        if MessageId::parse(&upper).is_ok() && exchange.message(&upper).await.is_ok() {
            return Ok(Found::At(format!("/messages/{upper}")));
        }
        if MailboxId::parse(&upper).is_ok() && exchange.mailbox(&upper).is_ok() {
            return Ok(Found::At(format!("/mailboxes/{upper}")));
        }
        errors.add(
            "wanted",
            "There is no such message or mailbox. For a local id, enter its sender's mailbox too",
        );
        return Ok(Found::Nothing);
    }
    let Ok(mailbox) = MailboxId::parse(&form.mailbox.trim().to_ascii_uppercase()) else {
        errors.add("mailbox", "Enter a mailbox id, such as A81001OT001");
        return Ok(Found::Nothing);
    };
    let found = exchange
        .by_local_id(&mailbox, wanted.as_bytes(), 20)
        .await
        .map_err(problem)?;
    Ok(match found.as_slice() {
        [] => {
            errors.add(
                "wanted",
                "This mailbox has sent no message with that local id",
            );
            Found::Nothing
        }
        [only] => Found::At(format!("/messages/{}", only.envelope.message.id)),
        _ => Found::Several(found),
    })
}
