//! The alerts: what is to be dealt with, and how the rest was dealt with.

use axum::extract::{Form, Path, State};
use axum::response::Redirect;
use maud::{Markup, html};
use pages::components::{
    Column, DataTable, Field, foreign_text, secondary_button, time, warning_callout,
};
use pages::{Notice, Problem};

use super::context::{Pages, View};
use super::role::PracticePermission::Act;
use crate::Alert;

/// What is to be dealt with, and how the rest was dealt with.
pub(super) async fn page(view: View, State(pages): State<Pages>) -> Result<Markup, Problem> {
    let (open, settled) = pages
        .ask(&view, |practice| {
            Ok((practice.alerts()?, practice.settled_alerts()?))
        })
        .await?;
    Ok(view.page("Alerts").show(html! {
        div #alerts data-live {
            @if open.is_empty() { p { "No alerts." } }
            @if !open.is_empty() { h2.nhsuk-heading-m { "Alerts to deal with" } }
            @for alert in &open { (show(&view, alert)) }
            @if !settled.is_empty() {
                h2.nhsuk-heading-m { "Dealt with" }
                (past(&settled))
            }
        }
    }))
}

/// An alert that stays until somebody says what they did about it.
pub(super) fn show(view: &View, alert: &Alert) -> Markup {
    let note = format!("note-{}", alert.id);
    warning_callout(
        "Alert to deal with",
        html! {
            p { (foreign_text(&alert.what)) }
            p.nhsuk-body-s { (time(alert.at)) }
            @if let Some(consultation) = alert.consultation {
                p { a href=(view.link(&format!("/sent/{consultation}"))) { "Show the consultation" } }
            }
            @if view.session().may(Act) {
                (view.form(&format!("/alerts/{}/settle", alert.id), html! {
                    (Field::new(&note, "What you did about it").hint("Optional").input("text"))
                    (secondary_button("Dealt with"))
                }))
            }
        },
    )
}

fn past(settled: &[Alert]) -> Markup {
    let rows = settled.iter().map(|alert| {
        let settlement = alert.settled.as_ref();
        let who = settlement.and_then(|settled| settled.who.as_deref());
        let note = settlement.and_then(|settled| settled.note.as_deref());
        vec![
            foreign_text(&alert.what),
            time(alert.at),
            html! { @if let Some(settled) = settlement { (time(settled.at)) } },
            html! { (who.unwrap_or("not noted")) },
            html! { (note.unwrap_or("none")) },
        ]
    });
    DataTable::new(
        "Alerts that were dealt with",
        vec![
            Column::text("Alert"),
            Column::text("Raised"),
            Column::text("Dealt with"),
            Column::text("By"),
            Column::text("Note"),
        ],
    )
    .hide_caption()
    .rows(rows)
    .show()
}

/// Marks an alert as dealt with. Its note is named after it, so that a page may hold several.
pub(super) async fn settle(
    view: View,
    State(pages): State<Pages>,
    Path(alert): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Redirect, Problem> {
    let alert: i64 = alert.parse().map_err(|_| Problem::not_found())?;
    let note = fields
        .into_iter()
        .find(|(name, _)| name.starts_with("note-"))
        .map(|(_, note)| note.trim().chars().take(4_000).collect::<String>())
        .filter(|note| !note.is_empty());
    if pages.by(&view).settle_alert(alert, note).await? {
        view.tell(Notice::success("The alert is marked as dealt with."));
    } else {
        view.tell(Notice::important("Somebody dealt with that alert already."));
    }
    Ok(Redirect::to(&view.link("/alerts")))
}
