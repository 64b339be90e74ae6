//! The page of one message.

use axum::extract::{Path, State};
use exchange::{Event, Kind, MessageState};
use maud::{Markup, html};
use nhs::MessageId;
use pages::Problem;
use pages::components::{elapsed, print_button, time, visually_hidden};
use pages::work::tag;

use super::panels::{self, Revealed};
use super::picture;
use super::proof;
use super::rows::{Row, Rows};
use super::whole::{Role, Whole};
use crate::console::{Console, View, problem};
use crate::labels::{self, standing};
use crate::role::ExchangePermission;
use crate::sheets;

/// A message without what may name a patient.
pub(crate) async fn page(
    view: View,
    State(console): State<Console>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    show(&view, &console, &id, None).await
}

/// The same with what may name a patient, once that is noted in the audit trail.
pub(crate) async fn reveal(
    view: View,
    State(console): State<Console>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let envelope = console
        .exchange
        .look_at_details(&id, view.session().user())
        .await
        .map_err(problem)?;
    show(&view, &console, &id, Some(panels::revealed(&envelope))).await
}

async fn show(
    view: &View,
    console: &Console,
    id: &str,
    revealed: Revealed,
) -> Result<Markup, Problem> {
    let id = MessageId::parse(id).map_err(|_| Problem::not_found())?;
    let whole = Whole::of(&console.exchange, id.as_str())
        .await
        .map_err(problem)?;
    let asked = whole.asked().ok_or_else(Problem::not_found)?;
    let rows = Rows::of(&whole);
    let may_prove = view.session().may(ExchangePermission::ReadAudit);
    let proof = match may_prove {
        true => Some(proof::look(console, &whole).await?),
        false => None,
    };
    let kind = match asked.envelope.message.kind {
        Kind::Report => "Report",
        Kind::Data => "Message",
    };
    let content = html! {
        div.journey-head {
            h1 { (visually_hidden(kind)) " " (id) }
            div #state data-live { (standing(&asked.envelope)) }
            p { (from_to(view, &whole)) }
            div.acts {
                (print_button())
                @if may_prove {
                    a."btn btn-sm" href=(view.link(&format!("/messages/{id}/proof"))) { "Download with proof" }
                }
            }
        }
        // another look renews what changes, never what was revealed
        div #journey data-live { (journey(&whole, &rows)) }
        div.journey-low {
            div #steps data-live { (table(&whole, &rows)) }
            div.stack {
                div #belonging data-live { (panels::belonging(view, &whole)) }
                @if let Some(proof) = &proof { (proof::panel(view, &id, proof)) }
                (panels::record(view, &asked.envelope))
                (panels::patient_data(view, &asked.envelope, revealed))
            }
        }
    };
    Ok(view
        .page(format!("{kind} {id}"))
        .breadcrumb("Messages", "/messages")
        .without_heading()
        .work()
        .tab(tab(&whole, &rows, &id))
        .asset(&sheets::STYLE)
        .asset(&sheets::SCRIPT)
        .foot(html! {
            "Steps at practices are known here only where all parts run in one process, as in the demo. Elsewhere the \
             exchange shows its own."
        })
        .show(content))
}

fn tab(whole: &Whole, rows: &Rows, id: &MessageId) -> String {
    let end = id.as_str().rsplit('_').next().unwrap_or_default();
    let what = match whole.failure() {
        Some(failure) => format!("Failed, {}", failure.code),
        None if !rows.rows.is_empty() => elapsed(rows.span()),
        None => String::new(),
    };
    format!("{what} · Message {end}")
}

fn from_to(view: &View, whole: &Whole) -> Markup {
    let Some(asked) = whole.asked() else {
        return html! {};
    };
    let envelope = &asked.envelope;
    html! {
        @match envelope.message.kind {
            Kind::Report => "The exchange",
            Kind::Data => (labels::party_line(view, envelope.sender.as_ref())),
        }
        " → " (labels::party_line(view, envelope.recipient.as_ref()))
        " · " span.mono { (envelope.message.workflow) } " · " (time(envelope.message.sent_at))
    }
}

fn journey(whole: &Whole, rows: &Rows) -> Markup {
    let has = |role| rows.rows.iter().any(|row| row.role == role);
    let legend = [
        ("l-a", Role::Letter, "message"),
        ("l-b", Role::Infrastructure, "infrastructure answer"),
        ("l-c", Role::Business, "business answer"),
        ("l-d", Role::Report, "report of the failure"),
    ];
    html! {
        section.sheet aria-labelledby="w" {
            div.sheet-head {
                h2 #w { (sentence(whole, rows)) }
                ul.wf-legend {
                    @for (class, _, words) in legend.into_iter().filter(|(_, role, _)| has(*role)) {
                        li class=(class) { (words) }
                    }
                    @if !rows.waits().is_empty() { li.l-w { "waiting" } }
                }
            }
            (picture::draw(rows))
        }
    }
}

/// What the journey took, in a sentence.
fn sentence(whole: &Whole, rows: &Rows) -> String {
    let Some(letter) = whole.letter().filter(|_| !rows.rows.is_empty()) else {
        return "No step is known".to_owned();
    };
    let has = |wanted: fn(&Event) -> bool| letter.steps.iter().any(|step| wanted(&step.event));
    let from = match letter.envelope.message.kind {
        Kind::Report => "From the failure",
        Kind::Data if has(|event| matches!(event, Event::Written { .. })) => "from OUT",
        Kind::Data => "from the sender",
    };
    let answers = letter
        .steps
        .iter()
        .filter(|step| matches!(step.event, Event::Answered { .. }))
        .count();
    let to = match (whole.failure(), answers, letter.envelope.message.state) {
        (Some(failure), ..) => format!("to the failure with {}", failure.code),
        (None, 2.., _) => "to the second answer".to_owned(),
        (None, 1, _) => "to the first answer".to_owned(),
        (None, 0, MessageState::Acknowledged) => "to its acknowledgement".to_owned(),
        (None, 0, MessageState::Uploading) => "so far; chunks are missing".to_owned(),
        (None, 0, _) => "so far; it has not been collected".to_owned(),
    };
    let end = match whole.failure() {
        Some(failure) => rows
            .rows
            .first()
            .map(|first| failure.at.duration_since(first.at)),
        None => None,
    };
    let took = elapsed(end.unwrap_or_else(|| rows.span()));
    let waited = rows.waited();
    if waited.is_zero() {
        format!("{took} {from} {to}")
    } else {
        format!(
            "{took} {from} {to}; {} of them waiting for a poll",
            elapsed(waited)
        )
    }
}

fn table(whole: &Whole, rows: &Rows) -> Markup {
    let first = rows.rows.first().map(|row| row.at);
    let mut previous = None;
    html! {
        section.sheet aria-labelledby="s" {
            div.sheet-head {
                h2 #s { "Steps" }
                @if let Some(first) = first { span."tiny hush" { "since " (labels::clock(first)) } }
            }
            table."table steps cards-narrow" {
                caption.unseen { "Each step with its time since the first, and since the one before" }
                thead { tr {
                    th.right scope="col" { "after" }
                    th.right scope="col" { "later" }
                    th scope="col" { "What" }
                    th scope="col" { "Where" }
                    th scope="col" { "Of" }
                } }
                tbody {
                    @for (index, row) in rows.rows.iter().enumerate() {
                        (step(index, row, rows, first, previous.replace(row.at)))
                    }
                    (end(whole, rows))
                }
            }
        }
    }
}

fn step(
    index: usize,
    row: &Row,
    rows: &Rows,
    first: Option<jiff::Timestamp>,
    previous: Option<jiff::Timestamp>,
) -> Markup {
    let after = first.map(|first| labels::millis(row.at.duration_since(first)));
    let later = previous.map(|previous| labels::millis(row.at.duration_since(previous)));
    html! {
        tr id=(format!("s{index}")) .bad[row.is_bad] {
            td."right num" {
                time datetime=(row.at) title=(labels::clock(row.at)) { b { (after.unwrap_or_default()) } }
            }
            td."right num hush" { @if let Some(later) = later { "+" (later) } }
            td { @if row.is_bad { b { (row.what) } } @else { (row.what) } }
            td.hush { (rows.place(row.lane)) }
            td { (role_tag(row)) }
        }
    }
}

/// What is to come, or how it ended: a journey that failed ends red, whatever was tidied up after it.
fn end(whole: &Whole, rows: &Rows) -> Markup {
    let Some(letter) = whole.letter() else {
        return html! {};
    };
    let last_is_bad = rows.rows.last().is_some_and(|row| row.is_bad);
    let words = match whole.failure() {
        Some(failure) if !last_is_bad => Some(format!(
            "Ended: not delivered, {}",
            labels::failure(failure)
        )),
        Some(_) => None,
        None => to_come(
            letter.envelope.message.state,
            letter.envelope.recipient.is_some(),
        )
        .map(|words| format!("To come: {words}")),
    };
    html! {
        @if let Some(words) = words {
            tr .bad[whole.failure().is_some()] {
                td colspan="2" {}
                td colspan="3" { @if whole.failure().is_some() { b { (words) } } @else { span.hush { (words) } } }
            }
        }
    }
}

fn to_come(state: MessageState, has_recipient: bool) -> Option<&'static str> {
    match (state, has_recipient) {
        (MessageState::Uploading, _) => Some("the sender sends the other chunks"),
        (MessageState::Accepted, false) => Some("the patient’s practice is looked up"),
        (MessageState::Accepted, true) => Some("the recipient collects it"),
        _ => None,
    }
}

pub(super) fn role_tag(row: &Row) -> Markup {
    match row.is_bad {
        true => tag(pages::work::State::Bad, row.role.name()),
        false => tag(panels::state_of(row.role), row.role.name()),
    }
}
