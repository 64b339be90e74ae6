//! A new mailbox. Its password is made here and shown once, or typed.

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use exchange::{ExchangeError, NewMailbox};
use maud::{Markup, html};
use nhs::{MailboxId, OdsCode};
use pages::Problem;
use pages::components::{Errors, Field, button, inset_text};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::console::{Console, View, problem};

/// Characters of a password that somebody types.
const LENGTH: std::ops::RangeInclusive<usize> = 12..=256;
/// Characters of a name.
const NAME: usize = 100;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct NewForm {
    mailbox: String,
    ods: String,
    name: String,
    password: SecretString,
}

/// What is asked of a new mailbox.
pub(crate) async fn form(view: View) -> Markup {
    show(&view, &NewForm::default(), &Errors::new())
}

/// Adds the mailbox, and shows its password this once if it was made here.
pub(crate) async fn add(
    view: View,
    State(console): State<Console>,
    Form(form): Form<NewForm>,
) -> Result<Response, Problem> {
    let mut errors = Errors::new();
    let Some((new, made)) = checked(&form, &console, &mut errors) else {
        return Ok(show(&view, &form, &errors).into_response());
    };
    let id = new.id.clone();
    let added = console
        .exchange
        .operate(view.session().user(), move |operator| {
            operator.add_mailbox(new)
        });
    match added.await {
        Ok(()) => {}
        Err(ExchangeError::MailboxExists) => {
            errors.add("mailbox", "Choose another id: this mailbox exists already");
            return Ok(show(&view, &form, &errors).into_response());
        }
        Err(error) => return Err(problem(error)),
    }
    console.journeys.live().changed();
    let page = added_page(&view, &id, made.as_ref());
    Ok((StatusCode::OK, [(CACHE_CONTROL, "no-store")], page).into_response())
}

/// The mailbox, and its password where it was made here.
fn checked(
    form: &NewForm,
    console: &Console,
    errors: &mut Errors,
) -> Option<(NewMailbox, Option<SecretString>)> {
    let id = MailboxId::parse(form.mailbox.trim());
    if id.is_err() {
        errors.add("mailbox", "Enter a mailbox id, such as A81001OT001");
    }
    let ods = OdsCode::parse(form.ods.trim());
    if ods.is_err() {
        errors.add(
            "ods",
            "Enter the ODS code of the organisation, such as A81001",
        );
    }
    let name = form.name.trim();
    if name.chars().count() > NAME {
        errors.add("name", format!("Enter a name of {NAME} characters or less"));
    }
    let typed = form.password.expose_secret();
    let made = match typed.chars().count() {
        0 => console.exchange.new_password(),
        count if LENGTH.contains(&count) => form.password.clone(),
        _ => {
            errors.add(
                "password",
                "Enter a password of 12 to 256 characters, or none",
            );
            return None;
        }
    };
    let (id, ods) = (id.ok()?, ods.ok()?);
    if !errors.is_empty() {
        return None;
    }
    let name = if name.is_empty() {
        id.to_string()
    } else {
        name.to_owned()
    };
    let shown = typed.is_empty().then(|| made.clone());
    let new = NewMailbox {
        id,
        name,
        ods,
        organisation_name: String::new(),
        billing_entity: String::new(),
        password: made,
    };
    Some((new, shown))
}

fn show(view: &View, form: &NewForm, errors: &Errors) -> Markup {
    let fields = html! {
        (Field::new("mailbox", "Mailbox id").hint("Such as A81001OT001. It cannot be changed later.")
            .value(&form.mailbox).errors(errors).width(20).input("text"))
        (Field::new("ods", "ODS code of the organisation").hint("Such as A81001.")
            .value(&form.ods).errors(errors).width(10).input("text"))
        (Field::new("name", "Name for people").hint("May be left empty.")
            .value(&form.name).errors(errors).width(30).input("text"))
        (Field::new("password", "Password").hint("Leave it empty to have one made, which is shown once. It is not the password of a person.")
            .errors(errors).width(30).autocomplete("new-password").input("password"))
        (button("Add the mailbox"))
    };
    view.page("Add a mailbox")
        .breadcrumb("Mailboxes", "/mailboxes")
        .errors(errors)
        .show(view.form("/mailboxes", fields))
}

fn added_page(view: &View, id: &MailboxId, made: Option<&SecretString>) -> Markup {
    let content = html! {
        @if let Some(password) = made {
            p { "The password of " strong { (id) } " is:" }
            (inset_text(html! { p.pages-code #mailbox-password { (password.expose_secret()) } }))
            p { "It is not shown again. Give it to whoever runs the mailbox's client, by a way that nobody else reads." }
        } @else {
            p { "The mailbox " strong { (id) } " has the password that you typed." }
        }
        p { "On the server, " code { "restante workflow allow" } " says what it may send and receive, and "
            code { "restante certificate issue" } " makes its client a certificate." }
        p { a href=(view.link(&format!("/mailboxes/{id}"))) { "Show the mailbox" } }
    };
    view.page("Mailbox added")
        .breadcrumb("Mailboxes", "/mailboxes")
        .show(content)
}
