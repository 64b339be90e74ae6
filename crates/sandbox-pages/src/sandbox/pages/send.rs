//! Sending a message: an example, or one that is pasted or uploaded.

use axum::extract::{Multipart, State};
use axum::response::Redirect;
use maud::{Markup, html};
use pages::components::visible;

use crate::sandbox::actions::{self, Outgoing};
use crate::sandbox::example::{self, Example};
use crate::sandbox::state::{Sandbox, SandboxError};

use super::frame::SandboxPage;

pub(super) async fn page(State(sandbox): State<Sandbox>) -> Markup {
    SandboxPage {
        title: "Send",
        section: "/send",
        count: 0,
        is_live: false,
        content: html! {
            h1.gap-low { "Send a message" }
            div.two {
                section.sheet aria-labelledby="example-h" {
                    div.sheet-head { h2 #example-h { "An example" } }
                    div.sheet-in { (example_form(&sandbox)) }
                }
                section.sheet aria-labelledby="own-h" {
                    div.sheet-head { h2 #own-h { "One of yours" } }
                    div.sheet-in { (own_form(&sandbox)) }
                }
            }
        },
    }
    .draw(&sandbox)
}

/// Which mailbox sends, and to whom.
fn parties(sandbox: &Sandbox, prefix: &str) -> Markup {
    let mailboxes = sandbox.exchange().mailboxes();
    let select = |name: &str, words: &str, chosen: usize| {
        let id = format!("{prefix}-{name}");
        html! {
            div.nhsuk-form-group {
                label.field for=(id) { (words) }
                select.input id=(id) name=(name) {
                    @for (place, mailbox) in mailboxes.iter().enumerate() {
                        option value=(mailbox.id) selected[place == chosen] {
                            (mailbox.id) @if !mailbox.name.is_empty() { ", " (visible(&mailbox.name)) }
                        }
                    }
                }
            }
        }
    };
    html! { div.two { (select("from", "From", 0)) (select("to", "To", 1)) } }
}

fn example_form(sandbox: &Sandbox) -> Markup {
    sandbox.site().upload_form(
        "/send",
        html! {
            (parties(sandbox, "example"))
            div.nhsuk-form-group {
                label.field for="example" { "Example" }
                select.input #example name="example" {
                    @for (_, name, words) in Example::ALL { option value=(name) { (words) } }
                }
            }
            button.btn.btn-main type="submit" { "Send the example" }
        },
    )
}

fn own_form(sandbox: &Sandbox) -> Markup {
    let field = |name: &str, words: &str, value: &str| {
        html! {
            div.nhsuk-form-group {
                label.field for=(name) { (words) }
                input.input id=(name) name=(name) value=(value) autocomplete="off" spellcheck="false";
            }
        }
    };
    sandbox.site().upload_form(
        "/send",
        html! {
            (parties(sandbox, "own"))
            div.two {
                (field("workflow", "Workflow", "TEST_WORKFLOW"))
                (field("local_id", "Local id", ""))
            }
            (field("subject", "Subject", ""))
            div.nhsuk-form-group {
                label.field for="message" { "Message" }
                textarea.input #message name="message" rows="8" spellcheck="false" {}
            }
            div.nhsuk-form-group {
                label.field for="file" { "Or its file" }
                input.nhsuk-file-upload #file name="file" type="file";
            }
            button.btn.btn-main type="submit" { "Send" }
        },
    )
}

pub(super) async fn run(
    State(sandbox): State<Sandbox>,
    form: Multipart,
) -> Result<Redirect, SandboxError> {
    let (outgoing, example) = read(form).await?;
    let outgoing = match example.as_str() {
        "" => outgoing,
        name => {
            let wrong = || SandboxError::Invalid("choose one of the examples".to_owned());
            let example = Example::parse(name).ok_or_else(wrong)?;
            example::outgoing(&sandbox, example, &outgoing.from, &outgoing.to)?
        }
    };
    let sent = actions::send(&sandbox, outgoing).await?;
    Ok(Redirect::to(&format!("/messages/{sent}")))
}

async fn read(mut form: Multipart) -> Result<(Outgoing, String), SandboxError> {
    let broken =
        |_| SandboxError::Invalid("the form did not arrive whole; send it again".to_owned());
    let (mut outgoing, mut example) = (Outgoing::default(), String::new());
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let content = field.bytes().await.map_err(broken)?;
        let text = || String::from_utf8_lossy(&content).trim().to_owned();
        match name.as_str() {
            "from" => outgoing.from = text(),
            "to" => outgoing.to = text(),
            "workflow" => outgoing.workflow = text(),
            "subject" => outgoing.subject = text(),
            "local_id" => outgoing.local_id = text(),
            "example" => example = text(),
            // A file counts before what was pasted.
            "message" if outgoing.body.is_empty() => outgoing.body = content.to_vec(),
            "file" if !content.is_empty() => outgoing.body = content.to_vec(),
            _ => {}
        }
    }
    Ok((outgoing, example))
}
