//! What a consultation's page tells once: how it stands, what happened, what to do, and the ways on.

use maud::{Markup, html};
use pages::components::{foreign_text, time, visible};
use pages::work::{State as Look, note};

use super::consultation::Found;
use super::way_on::{WayOn, meaning};
use crate::web::alerts;
use crate::web::context::View;
use crate::web::role::PracticePermission::{Act, Send as SendReports};
use crate::{Alert, AlertKind, ConsultationState, Failure};

/// How a consultation stands: a sentence, or the failure with what to do.
pub(super) fn show(view: &View, found: &Found) -> Markup {
    let record = &found.record;
    let others = found
        .alerts
        .iter()
        .filter(|alert| is_told_apart(found, alert));
    html! {
        @match &record.failure {
            Some(failure) => (failed(view, found, failure)),
            None => (standing(found)),
        }
        @for alert in others {
            @let (happened, advice) = alerts::words(&alert.what);
            (note(Look::Warning, html! {
                h2 { (foreign_text(happened)) }
                p { (foreign_text(advice)) }
            }))
        }
        (deal(view, found))
    }
}

/// Whether an open alert says something that the page does not say already.
fn is_told_apart(found: &Found, alert: &Alert) -> bool {
    let is_open = alert.settled.is_none();
    match &found.record.failure {
        // The failure is told, and a missing acknowledgement is a part of it.
        Some(failure) => {
            is_open
                && alert.kind != AlertKind::LetterUnanswered
                && !alert.what.starts_with(&failure.reason)
        }
        None => is_open,
    }
}

fn standing(found: &Found) -> Markup {
    let record = &found.record;
    let (look, words) = match record.state {
        ConsultationState::Waiting => (
            Look::Going,
            html! { "The report is stored and will be sent at " (time(record.due_at)) "." },
        ),
        ConsultationState::Placed | ConsultationState::Sent => (
            Look::Going,
            html! { "The report is on its way. No acknowledgement has come yet." },
        ),
        ConsultationState::Received => (
            Look::Going,
            html! { "The practice has the report. Whether it knows the patient is not known yet." },
        ),
        ConsultationState::Delivered => (
            Look::Good,
            html! { "The practice has the report and knows the patient." },
        ),
        ConsultationState::Withdrawn => (
            Look::Quiet,
            html! { "Deleted before a report of it left: nothing was sent." },
        ),
        ConsultationState::Failed => (Look::Bad, html! { "The report was not taken." }),
    };
    note(look, html! { p { (words) } })
}

fn failed(view: &View, found: &Found, failure: &Failure) -> Markup {
    let record = &found.record;
    let happened = format!("{} ({})", visible(&failure.reason), visible(&failure.code));
    let look = if record.followed_by.is_some() {
        Look::Quiet
    } else {
        Look::Bad
    };
    note(
        look,
        html! {
            h2 { "Failed: " bdi { (happened) } }
            p { (meaning(&failure.code)) }
            @if let Some(later) = record.followed_by {
                p {
                    "Another report was entered in its place: "
                    a href=(view.link(&format!("/sent/{later}"))) { "show that report" } "."
                }
            } @else {
                p { b { "What to do: " } (foreign_text(&failure.advice)) }
                (telephone(found, failure))
                (offers(view, found, failure))
            }
        },
    )
}

/// The numbers that were entered, where the patient is to be asked.
fn telephone(found: &Found, failure: &Failure) -> Markup {
    let asks = WayOn::after(&failure.code) == WayOn::Correct;
    html! {
        @if asks && !found.phones.is_empty() {
            p {
                "The patient's telephone, as it was entered: "
                (foreign_text(found.phones.join(", "))) "."
            }
        }
    }
}

fn offers(view: &View, found: &Found, failure: &Failure) -> Markup {
    let record = &found.record;
    let at = |what: &str| view.link(&format!("/sent/{}/{what}", record.id));
    let way = WayOn::after(&failure.code);
    let again = match way {
        _ if record.void => Some("Enter the whole report again"),
        WayOn::Correct | WayOn::AnotherRoute => Some("Correct it and send it again"),
        WayOn::SendAgain => Some("Send it again"),
        WayOn::Nothing => None,
    };
    let again = again.filter(|_| record.deleted_at.is_none());
    let print = record.placed_at.is_some() && way != WayOn::Nothing;
    let class = |is_first: bool| if is_first { "btn btn-main" } else { "btn" };
    let may = view.session().may(SendReports);
    let by_post = html! {
        @if print {
            a class=(class(way == WayOn::AnotherRoute)) href=(at("report")) {
                "Open the report to print and post it"
            }
        }
    };
    html! {
        div.row.offers.no-print {
            @if way == WayOn::AnotherRoute { (by_post) }
            @if let Some(words) = again.filter(|_| may) {
                a class=(class(way != WayOn::AnotherRoute || !print)) href=(at("edit")) { (words) }
            }
            @if way != WayOn::AnotherRoute { (by_post) }
        }
        @if again.is_some() && !may { p { "A clinician can correct it and send it again." } }
    }
}

/// The open alerts of the consultation as one thing to deal with, and how earlier ones were.
fn deal(view: &View, found: &Found) -> Markup {
    let open: Vec<&Alert> = found
        .alerts
        .iter()
        .filter(|it| it.settled.is_none())
        .collect();
    let words = match open.len() {
        0 | 1 => "Mark the alert as dealt with".to_owned(),
        count => format!("Mark the {count} alerts as dealt with"),
    };
    html! {
        @if !open.is_empty() && view.session().may(Act) {
            (view.form("/alerts", html! {
                div.alert-deal.sheet {
                    input type="hidden" name="consultation" value=(found.record.id);
                    @for alert in &open { input type="hidden" name="alert" value=(alert.id); }
                    label.field for="note" { "What you did about it (optional)" }
                    input.input #note name="note" type="text" maxlength="4000";
                    button.btn type="submit" { (words) }
                }
            }))
        }
        @for alert in &found.alerts {
            @if let Some(settled) = &alert.settled {
                div.row.small.settled {
                    p {
                        "Alert dealt with " (alerts::by(settled))
                        @if let Some(note) = &settled.note { ": " (foreign_text(note)) }
                    }
                    @if view.session().may(Act) {
                        (view.form(&format!("/alerts/{}/reopen", alert.id), html! {
                            input type="hidden" name="consultation" value=(found.record.id);
                            button.btn.btn-sm type="submit" { "Reopen" span.unseen { " the alert" } }
                        }))
                    }
                }
            }
        }
    }
}
