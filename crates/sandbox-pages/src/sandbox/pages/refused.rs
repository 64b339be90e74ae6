//! One refused request: the token part by part, what was tried, what the client was told.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use exchange::{Refusal, TokenVerdict};
use maud::{Markup, html};
use mesh::token_explanation::TokenPart;
use nhs::MailboxId;
use pages::components::foreign_text;
use pages::work::{State as Look, WorkTable, note, tabs, tag};
use serde::Deserialize;

use crate::sandbox::filter::Filter;
use crate::sandbox::request::Refused;
use crate::sandbox::state::{Sandbox, SandboxError};
use crate::sandbox::words::{bytes, capital};

use super::list::List;
use super::source_view::plain;
use super::views::{answer, header_table, request_line};

/// Letters of a hash that are shown at its beginning and end.
const OF_A_HASH: usize = 8;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    view: String,
}

pub(super) async fn page(
    State(sandbox): State<Sandbox>,
    Path(number): Path<u64>,
    Query(filter): Query<Filter>,
    Query(wanted): Query<Wanted>,
) -> Result<Markup, SandboxError> {
    let refused = sandbox.recorder().refusal(number);
    let refused = refused.ok_or(SandboxError::NotFound)?;
    let list = List::of(&sandbox, filter, Some(format!("/refused/{number}"))).await?;
    let title = format!("{}: {}", refused.asked.status, refused.reason());
    let detail = detail(&sandbox, &refused, list.filter(), &wanted.view);
    Ok(list.beside(&sandbox, &title, true, detail))
}

/// The body it came with, as far as it was kept, as a download.
pub(super) async fn body(
    State(sandbox): State<Sandbox>,
    Path(number): Path<u64>,
) -> Result<Response, SandboxError> {
    let refused = sandbox.recorder().refusal(number);
    let refused = refused.ok_or(SandboxError::NotFound)?;
    let name = format!("refused-{number}.body");
    Ok(pages::download(refused.body.clone(), &name).into_response())
}

fn detail(sandbox: &Sandbox, refused: &Refused, filter: &Filter, view: &str) -> Markup {
    let asked = &refused.asked;
    let query = filter.query();
    let and = if query.is_empty() { "?" } else { "&" };
    let views = [
        ("reason", "Reason".to_owned()),
        ("headers", "Request headers".to_owned()),
        ("answer", "Answer sent".to_owned()),
        ("body", format!("Body, {}", bytes(refused.body_bytes))),
    ];
    let open = views
        .iter()
        .position(|(name, _)| *name == view)
        .unwrap_or(0);
    let links = views.map(|(name, words)| {
        let address = format!("/refused/{}{query}{and}view={name}", refused.number);
        (words, address)
    });
    let delete = format!("/refused/{}/delete{query}", refused.number);
    let path = asked.address.split('?').next().unwrap_or_default();
    html! {
        section.sheet.detail aria-labelledby="r-h" {
            div.sheet-head {
                a.back-list.small href={ "/" (query) } { "‹ All messages" }
                h2 #r-h { (asked.method) " " (foreign_text(path)) }
                span.row {
                    @if !refused.body.is_empty() {
                        a.btn.btn-sm href={ "/refused/" (refused.number) "/body" } { "Download body" }
                    }
                    (sandbox.site().form(&delete, html! {
                        button.btn.btn-sm.btn-bad type="submit" { "Delete" }
                    }))
                }
            }
            p.sheet-in.row.small {
                (tag(Look::Bad, &format!("{} Refused", asked.status)))
                (request_line(asked))
                span.hush { "· nothing was stored" }
            }
            (tabs("Views of the request", &links, open))
            div.sheet-in.stack {
                @match open {
                    1 => (header_table("Request headers", &asked.headers)),
                    2 => (answer(asked)),
                    3 => (request_body(refused)),
                    _ => (reason(sandbox, refused)),
                }
            }
        }
    }
}

fn request_body(refused: &Refused) -> Markup {
    let kept = refused.body.len() as u64;
    html! {
        @if refused.body_bytes == 0 {
            p.small { "None of it was read: the request was refused by its headers, or had no body." }
        } @else if kept == 0 {
            p.small { "It was read and not kept: the bodies of later requests took the room." }
        } @else {
            (plain(&refused.body))
            @if kept < refused.body_bytes { p.hush.tiny { "Kept: its first " (bytes(kept)) "." } }
        }
    }
}

fn reason(sandbox: &Sandbox, refused: &Refused) -> Markup {
    let asked = &refused.asked;
    let explained = explained(sandbox, refused);
    let words = capital(&refused.reason());
    let cure = explained.as_ref().and_then(|verdict| cure(verdict));
    html! {
        (note(Look::Bad, html! {
            b { (foreign_text(words)) "." }
            @if let Some(verdict) = &explained {
                @if let Some(made) = verdict.tried.iter().find(|it| it.matches) {
                    " Everything else in it is right. It is the hash made " b { (made.made) } "."
                }
                @if let Some(mailbox) = &verdict.password_of {
                    " It would be right with the password of " b { (mailbox) } "."
                }
            }
        }))
        @if let Some(verdict) = &explained {
            h3 { "The token, part by part" }
            div.tight { (parts(verdict, asked.has_certificate)) }
            @if !verdict.tried.is_empty() || cure.is_some() {
                div.two {
                    div { h3 { "Tried for you" } (tried(verdict)) }
                    div {
                        h3 { "What to do" }
                        @if let Some(cure) = cure { p.small { (capital(cure)) "." } }
                        p.small.hush.gap-top { "A live exchange answers the same 403 to every refusal and tells the reason \
                            only in its own log." }
                    }
                }
            }
        } @else if let Some(advice) = advice(refused) {
            h3 { "What to do" }
            p.small { (advice) }
        }
        h3 { "What your client was told" }
        (answer(asked))
    }
}

/// The token held against what the exchange knows, where it was the token that was refused.
fn explained(sandbox: &Sandbox, refused: &Refused) -> Option<TokenVerdict> {
    refused.refusal?;
    let token = refused.asked.token.as_deref()?;
    let mailbox = MailboxId::parse(refused.asked.mailbox.as_deref()?).ok()?;
    let exchange = sandbox.exchange();
    Some(exchange.explain_token(token, &mailbox, refused.asked.at))
}

/// What to do about the first part that is wrong.
fn cure(verdict: &TokenVerdict) -> Option<&str> {
    let wrong = verdict.parts.iter().find(|part| !part.is_right);
    wrong.map(|part| part.cure.as_str())
}

fn parts(verdict: &TokenVerdict, has_certificate: bool) -> Markup {
    let columns = ["Part", "Sent", "Expected", "Verdict"];
    let mut table = WorkTable::new("The token, part by part", &columns);
    for part in &verdict.parts {
        table.row(vec![
            html! { (capital(part.name)) },
            html! { (foreign_text(sent(part))) },
            html! { (foreign_text(&part.expected)) },
            if part.is_right {
                tag(Look::Good, "Right")
            } else {
                tag(Look::Bad, "Wrong")
            },
        ]);
    }
    table.row(vec![
        html! { "Certificate" },
        html! { @if has_certificate { "shown" } @else { "none" } },
        html! { "asked for with --tls-client-ca" },
        tag(
            Look::Quiet,
            if has_certificate {
                "Shown"
            } else {
                "Not shown"
            },
        ),
    ]);
    table.show()
}

fn sent(part: &TokenPart) -> String {
    let found = part.found.as_str();
    let is_hash = found.len() == 64 && found.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hash {
        return found.to_owned();
    }
    let beginning = found.get(..OF_A_HASH).unwrap_or_default();
    let end = found.get(found.len() - OF_A_HASH..).unwrap_or_default();
    format!("{beginning}…{end}")
}

fn tried(verdict: &TokenVerdict) -> Markup {
    html! {
        ul.tried.small {
            @for each in &verdict.tried {
                li {
                    @if each.matches { (tag(Look::Good, "matches")) } @else { (tag(Look::Quiet, "no")) }
                    " " (each.made)
                }
            }
            li {
                @if verdict.password_of.is_some() { (tag(Look::Good, "matches")) } @else { (tag(Look::Quiet, "no")) }
                " with the password of another mailbox"
            }
        }
    }
}

/// What to do where it was not the token's form.
fn advice(refused: &Refused) -> Option<&'static str> {
    Some(match refused.refusal {
        Some(Refusal::TokenMissing) => {
            "Send the header Authorization: NHSMESH mailbox:nonce:count:time:hash with every request."
        }
        Some(Refusal::UnknownMailbox) => {
            "Ask for a mailbox that exists: the page Mailboxes lists them."
        }
        Some(_) => return None,
        None => match (refused.asked.status, refused.fault().code.as_str()) {
            (_, "12") => {
                "Write the id of a mailbox in Mex-To, or a patient’s address where routing is set up."
            }
            (_, "16") => "Give the sender the right to send this workflow.",
            (_, "17") => {
                "Send a workflow that the recipient takes, or give it the right to receive this one."
            }
            (404, _) => {
                "There is no such route or message. The MESH API is under /messageexchange/."
            }
            (405, _) => {
                "The route is there, and takes another method: see /messageexchange/openapi.json."
            }
            _ => return None,
        },
    })
}
