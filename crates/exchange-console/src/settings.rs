//! How the exchange is set up, and whether what it rests on is in order. Secrets are not among it.

use std::sync::Arc;

use axum::extract::State;
use jiff::Timestamp;
use maud::{Markup, html};
use pages::components::{SummaryRow, summary_list, time};
use pages::{Problem, Surroundings, people_summary};

use crate::console::{Console, View};
use crate::role::ExchangeRole;

/// What each role may, in words.
const ROLES: [(ExchangeRole, &str); 4] = [
    (
        ExchangeRole::Observer,
        "look at mailboxes, messages, journeys and queues: ids, times and counts",
    ),
    (
        ExchangeRole::Operator,
        "also read the audit trail; add mailboxes, disable and enable them; have a message tried again",
    ),
    (
        ExchangeRole::Auditor,
        "also look at what may name a patient, each look noted",
    ),
    (
        ExchangeRole::Administrator,
        "all of it, see these settings, manage users and end sessions",
    ),
];

/// What the page of settings shows of the program around the exchange.
#[derive(Clone, Default)]
pub struct Setup {
    /// Certificates, and what this version brings.
    pub surroundings: Surroundings,
    /// Looks at the configuration and at what it rests on, as they are now. Blocks. No part may hold a secret.
    pub look: Option<Arc<dyn Fn() -> Vec<SetupPart> + Send + Sync>>,
}

/// A part of the page, under a heading.
pub struct SetupPart {
    /// The heading's id.
    pub id: &'static str,
    /// The heading.
    pub title: &'static str,
    /// What it tells.
    pub facts: Vec<(&'static str, SetupValue)>,
    /// What is to be known of it, in a sentence; may be empty.
    pub words: &'static str,
}

/// One thing that is told.
pub enum SetupValue {
    /// In words.
    Words(String),
    /// A moment.
    Moment(Timestamp),
}

impl SetupValue {
    /// In words.
    pub fn words(value: impl std::fmt::Display) -> Self {
        Self::Words(value.to_string())
    }
}

/// How the exchange is set up: changed in its configuration file and by commands, not here.
pub(crate) async fn page(view: View, State(console): State<Console>) -> Result<Markup, Problem> {
    let people = people_summary(&view, &ROLES).await?;
    let parts = match console.setup.look.clone() {
        Some(look) => tokio::task::spawn_blocking(move || look()).await,
        None => Ok(Vec::new()),
    };
    let parts = parts.map_err(|_| Problem::internal())?;
    let around = &console.setup.surroundings;
    Ok(view.page("Settings").show(html! {
        p { "What is set here is changed in the configuration file and by commands on the machine. Secrets are not shown." }
        @if parts.is_empty() { p { "The program that serves this console tells nothing of its configuration." } }
        @for part in &parts { (show(part)) }
        (around.certificates())
        (people)
        (around.version(&view.link("/settings/changes")))
    }))
}

/// What this version brings.
pub(crate) async fn changes(view: View, State(console): State<Console>) -> Markup {
    view.page("What is new")
        .breadcrumb("Settings", "/settings")
        .show(console.setup.surroundings.changes())
}

fn show(part: &SetupPart) -> Markup {
    let rows: Vec<SummaryRow> = part
        .facts
        .iter()
        .map(|(key, value)| match value {
            SetupValue::Words(words) => SummaryRow::text(*key, words),
            SetupValue::Moment(at) => SummaryRow::new(*key, time(*at)),
        })
        .collect();
    html! {
        h2.nhsuk-heading-m id=(part.id) { (part.title) }
        (summary_list(&rows))
        @if !part.words.is_empty() { p { (part.words) } }
    }
}
