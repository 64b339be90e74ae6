//! How the practice is set up, and whether what it rests on is in order. Secrets are not among it.

mod kept;
mod patient_list;
mod scanner;

use axum::extract::State;
use maud::{Markup, html};
use pages::components::{SummaryRow, summary_list};
use pages::{Problem, people_summary};

use super::context::{Pages, View};
use super::role::PracticeRole;
use crate::PracticeConfig;

/// What each role may, in words.
const ROLES: [(PracticeRole, &str); 4] = [
    (
        PracticeRole::Reader,
        "look at letters, alerts and sent consultations",
    ),
    (
        PracticeRole::Clerk,
        "also work on letters and alerts: assign, note, file, return, deal with",
    ),
    (
        PracticeRole::Clinician,
        "also write, send, change and delete consultations, and review Update Records",
    ),
    (
        PracticeRole::Administrator,
        "also see these settings, manage users and end sessions",
    ),
];

/// How the practice is set up: changed in its configuration file, not here.
pub(super) async fn page(view: View, State(pages): State<Pages>) -> Result<Markup, Problem> {
    let (removals, list) = pages
        .ask(&view, |practice| {
            Ok((practice.removals()?, practice.patient_list()))
        })
        .await?;
    let people = people_summary(&view, &ROLES).await?;
    let config = pages.practice.config();
    let around = &pages.surroundings;
    Ok(view.page("Settings").show(html! {
        p { "What is set here is changed in the practice's configuration file, by whoever runs the program." }
        (practice(config))
        (people)
        (patient_list::show(list.as_ref()))
        (around.certificates())
        (scanner::show(config.scan.as_ref()).await)
        (kept::show(&config.retention, &removals))
        (around.version(&view.link("/settings/changes")))
    }))
}

/// What this version brings.
pub(super) async fn changes(view: View, State(pages): State<Pages>) -> Markup {
    view.page("What is new")
        .breadcrumb("Settings", "/settings")
        .show(pages.surroundings.changes())
}

fn practice(config: &PracticeConfig) -> Markup {
    let minutes = |minutes: u32| format!("{minutes} minutes");
    let listed = |names: Vec<String>| match names.as_slice() {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    let all =
        |families: &[itk3::Family]| listed(families.iter().map(ToString::to_string).collect());
    html! {
        h2.nhsuk-heading-m #practice { "Practice" }
        (summary_list(&[
            SummaryRow::text("ODS code", &config.ods),
            SummaryRow::text("Also answers for", listed(config.other_ods.iter().map(ToString::to_string).collect())),
            SummaryRow::text("Mailbox", &config.mailbox),
            SummaryRow::text("Payloads taken", all(&config.payloads)),
            SummaryRow::text("Payloads switched off (answered 20010)", all(&config.refused_payloads)),
            SummaryRow::text(
                "Workflows left to another program",
                listed(config.other_workflows.iter().map(ToString::to_string).collect()),
            ),
            SummaryRow::text("Release of Send Document that reports keep to", config.ruleset.as_str()),
            SummaryRow::text("Wait before a report is sent", minutes(config.wait_minutes)),
            SummaryRow::text(
                "An acknowledgement is overdue after",
                minutes(config.acknowledgement_overdue_minutes),
            ),
            SummaryRow::text("Rehearsal: senders choose the answer", if config.rehearsal { "yes" } else { "no" }),
        ]))
    }
}
