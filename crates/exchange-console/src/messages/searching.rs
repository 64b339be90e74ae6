//! The search for one message or mailbox.

use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use exchange::Listed;
use maud::{Markup, html};
use nhs::{MailboxId, MessageId};
use pages::Problem;
use pages::components::{Errors, Field, button};
use serde::Deserialize;

use super::list::{Wanted, page};
use super::table::{Ends, table};
use crate::console::{Console, View, problem};
use crate::sheets;

/// What is looked for. A local id may name a patient: it is sent in a form, never in an address.
#[derive(Deserialize, Default)]
pub(crate) struct SearchForm {
    wanted: String,
    mailbox: String,
}

pub(super) fn search_form(view: &View, search: &SearchForm, errors: &Errors) -> Markup {
    let fields = html! {
        div.filter {
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
            let wanted = Wanted::default();
            let page = page(&view, &console, &wanted, &form, &errors).await?;
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
                .breadcrumb("Messages", "/messages")
                .work()
                .asset(&sheets::STYLE);
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
