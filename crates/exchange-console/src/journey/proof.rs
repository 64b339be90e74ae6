//! The proof of a journey in the audit trail, and the journey as one file.

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use exchange::{AuditLine, ChainStanding};
use maud::{Markup, html};
use nhs::MessageId;
use pages::Problem;
use pages::components::details;

use super::whole::Whole;
use crate::console::{Console, View, problem};
use crate::{audit, chain};

/// The lines about a journey, and how the chain stands that holds them.
pub(super) struct Proof {
    lines: Vec<AuditLine>,
    chain: ChainStanding,
}

pub(super) async fn look(console: &Console, whole: &Whole) -> Result<Proof, Problem> {
    let mut lines = Vec::new();
    for part in &whole.parts {
        let id = part.envelope.message.id.as_str();
        lines.extend(console.exchange.audit_of(id).await.map_err(problem)?);
    }
    lines.sort_by_key(|line| line.number);
    lines.dedup_by_key(|line| line.number);
    Ok(Proof {
        lines,
        chain: console.exchange.chain().await.map_err(problem)?,
    })
}

pub(super) fn panel(view: &View, id: &MessageId, proof: &Proof) -> Markup {
    let file = file_name(id);
    let (first, last) = (proof.lines.first(), proof.lines.last());
    html! {
        section.sheet aria-labelledby="a" {
            div.sheet-head { h2 #a { "Audit proof" } (chain::badge(&proof.chain)) }
            div."sheet-in stack small" {
                @if let (Some(first), Some(last)) = (first, last) {
                    p {
                        @if proof.lines.len() == 1 { "1 line" } @else { (proof.lines.len()) " lines" }
                        " about " @if proof.lines.len() == 1 { "this journey" } @else { "the messages of this journey" }
                        ", " (first.number) " to " (last.number) " of the audit trail. "
                        (chain::sentence(&proof.chain))
                    }
                    dl.proof {
                        dt { "First" } dd.hash { (first.number) " " (first.action) }
                        dt { "Last" } dd.hash { (last.number) " " (last.action) }
                        dt { "Head" } dd.hash { (proof.chain.checked) }
                    }
                } @else {
                    p { "The audit trail has no line about it (any more)." }
                }
                p.hush { "Download it with proof, then check the file, on any machine:" }
                div.copy { code tabindex="0" { "restante audit verify --export " (file) " --head " (proof.chain.checked) } }
                (details("The lines", audit::table(view, &proof.lines)))
            }
        }
    }
}

fn file_name(id: &MessageId) -> String {
    format!("{id}.proof.json")
}

/// The journey as one file, without what may name a patient; that it was downloaded is in the audit trail.
pub(crate) async fn download(
    view: View,
    State(console): State<Console>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = MessageId::parse(&id).map_err(|_| Problem::not_found())?;
    let evidence = console
        .exchange
        .evidence(id.as_str(), view.session().user())
        .await
        .map_err(problem)?;
    let text = serde_json::to_vec_pretty(&evidence).map_err(|_| Problem::internal())?;
    let name = format!("attachment; filename=\"{}\"", file_name(&id));
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    Ok((headers, text).into_response())
}
