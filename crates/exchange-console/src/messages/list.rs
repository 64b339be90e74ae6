//! The list of messages, the latest first, with what narrows it.

use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use exchange::{Kind, MessageFilter, Standing};
use jiff::Timestamp;
use maud::{Markup, html};
use nhs::WorkflowId;
use pages::Problem;
use pages::components::{Errors, Field, secondary_button};
use serde::Deserialize;

use super::searching::{SearchForm, search_form};
use super::table::{Ends, table_or};
use crate::console::{Console, View, problem};
use crate::{days, sheets};

const PAGE: u32 = 50;

/// What narrows the list, as the address has it: ids, states and days, nothing of a patient.
#[derive(Deserialize, Default, Clone)]
pub(crate) struct Wanted {
    before: Option<i64>,
    /// How messages stand.
    #[serde(default)]
    state: String,
    #[serde(default)]
    workflow: String,
    #[serde(default)]
    mailbox: String,
    /// `by`: only those the mailbox sent.
    #[serde(default)]
    sent: String,
    /// The first day, `2026-11-27`.
    #[serde(default)]
    from: String,
    /// The last day.
    #[serde(default)]
    to: String,
    /// A moment, seconds since 1970: from a link.
    since: Option<i64>,
    /// As earlier releases linked: `reports`.
    #[serde(default)]
    show: String,
}

/// What states the list can be narrowed to.
const STATES: [(&str, &str); 8] = [
    ("", "All"),
    ("uploading", "Uploading"),
    ("routing", "Being routed"),
    ("waiting", "In the inbox"),
    ("acknowledged", "Acknowledged"),
    ("failed", "Failed"),
    ("report", "Reports"),
    ("data", "No reports"),
];

impl Wanted {
    /// The filter; what cannot be read or is not known is told.
    pub(super) async fn filter(
        &self,
        console: &Console,
    ) -> Result<(MessageFilter, Errors), Problem> {
        let mut errors = Errors::new();
        let mut filter = MessageFilter::default();
        match self.state.as_str() {
            "uploading" => filter.standing = Some(Standing::Uploading),
            "routing" => filter.standing = Some(Standing::Routing),
            "waiting" => filter.standing = Some(Standing::Waiting),
            "acknowledged" => filter.standing = Some(Standing::Acknowledged),
            "failed" => filter.standing = Some(Standing::Failed),
            "report" => filter.kind = Some(Kind::Report),
            "data" => filter.kind = Some(Kind::Data),
            _ if self.show == "reports" => filter.kind = Some(Kind::Report),
            _ => {}
        }
        let (workflow, mailbox) = (self.workflow.trim(), self.mailbox.trim());
        if !workflow.is_empty() {
            filter.workflow = known_workflow(console, workflow).await?;
            if filter.workflow.is_none() {
                let words =
                    "There is no such workflow. Enter a workflow, such as GPFED_CONSULT_REPORT";
                errors.add("workflow", words);
            }
        }
        if !mailbox.is_empty() {
            let upper = mailbox.to_ascii_uppercase();
            filter.mailbox = console.exchange.mailbox(&upper).ok().map(|known| known.id);
            if filter.mailbox.is_none() {
                let words = "There is no such mailbox. Enter a mailbox, such as A81001OT001";
                errors.add("of", words);
            }
        }
        filter.sent_by_it = self.sent == "by";
        (filter.from, filter.until) = days::read(&self.from, &self.to, &mut errors);
        if let Some(since) = self
            .since
            .and_then(|since| Timestamp::from_second(since).ok())
        {
            filter.from = Some(since);
        }
        Ok((filter, errors))
    }

    /// For an address: only where the filter has no errors, as it holds what was typed.
    fn query(&self, before: Option<i64>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let texts = [
            ("state", &self.state),
            ("workflow", &self.workflow),
            ("mailbox", &self.mailbox),
            ("sent", &self.sent),
            ("from", &self.from),
            ("to", &self.to),
            ("show", &self.show),
        ];
        for (name, value) in texts {
            let value = value.trim();
            let is_known = match name {
                "state" => STATES.iter().any(|(state, _)| *state == value),
                "sent" => value == "by",
                "show" => value == "reports",
                _ => true,
            };
            if is_known && !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        for (name, value) in [("since", self.since), ("before", before)] {
            if let Some(value) = value {
                query.append_pair(name, &value.to_string());
            }
        }
        query.finish()
    }

    fn is_narrowed(&self) -> bool {
        !self.query(None).is_empty()
    }
}

/// A workflow that somebody may use, or that a message here has; or the one of its acknowledgements.
async fn known_workflow(console: &Console, typed: &str) -> Result<Option<WorkflowId>, Problem> {
    let Ok(workflow) = WorkflowId::parse(&typed.to_ascii_uppercase()) else {
        return Ok(None);
    };
    let known = console.exchange.knows_workflow(&workflow).await;
    Ok(known.map_err(problem)?.then_some(workflow))
}

/// The latest messages, and the search.
pub(crate) async fn list(
    view: View,
    State(console): State<Console>,
    Query(wanted): Query<Wanted>,
) -> Result<Markup, Problem> {
    let search = SearchForm::default();
    page(&view, &console, &wanted, &search, &Errors::new()).await
}

pub(super) async fn page(
    view: &View,
    console: &Console,
    wanted: &Wanted,
    search: &SearchForm,
    errors: &Errors,
) -> Result<Markup, Problem> {
    let (filter, wrong) = wanted.filter(console).await?;
    let before = wanted.before.unwrap_or(i64::MAX);
    let found = console
        .exchange
        .search_messages(&filter, before, PAGE)
        .await
        .map_err(problem)?;
    let none = match (found.next, wanted.is_narrowed()) {
        (Some(_), _) => "None among those looked at. Look further back.",
        (None, true) => "No message is so.",
        (None, false) => "There is none yet.",
    };
    let is_read = wrong.is_empty();
    let errors = if is_read { errors } else { &wrong };
    let address = |query: &str| view.link(&format!("/messages?{query}"));
    let content = html! {
        h1.unseen { "Messages" }
        (search_form(view, search, errors))
        (filter_form(view, wanted, errors))
        div #messages data-live[is_read] {
            @if is_read { (table_or(view, "Messages, the latest first", &found.found, Ends::Both, none)) }
            @else { p { "Nothing was looked for." } }
        }
        div.more {
          @if is_read {
            @if wanted.before.is_some() { a href=(address(&wanted.query(None))) { "The latest" } }
            @if let Some(next) = found.next { a href=(address(&wanted.query(Some(next)))) { "Older" } }
            a href=(view.link(&format!("/messages.csv?{}", wanted.query(None)))) { "Export as CSV" }
          }
        }
    };
    Ok(view
        .page("Messages")
        .errors(errors)
        .without_heading()
        .work()
        .asset(&sheets::STYLE)
        .show(content))
}

/// What was typed may be anything: it comes in a form, and goes into an address, which can be kept as a bookmark, only
/// when each mailbox, workflow and day in it is known.
pub(crate) async fn narrow(
    view: View,
    State(console): State<Console>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    let (_, wrong) = wanted.filter(&console).await?;
    if wrong.is_empty() {
        let address = format!("/messages?{}", wanted.query(wanted.before));
        return Ok(Redirect::to(&view.link(&address)).into_response());
    }
    let (search, none) = (SearchForm::default(), Errors::new());
    let page = page(&view, &console, &wanted, &search, &none).await?;
    Ok(page.into_response())
}

fn filter_form(view: &View, wanted: &Wanted, errors: &Errors) -> Markup {
    let fields = html! {
        div.filter role="search" aria-label="Narrow the list" {
            (Field::new("state", "State").value(&wanted.state).select(&STATES))
            (Field::new("workflow", "Workflow").value(&wanted.workflow).errors(errors).width(20).input("text"))
            div.nhsuk-form-group {
                label.nhsuk-label for="of" { "Sent by or to" }
                input."nhsuk-input nhsuk-input--width-10" id="of" name="mailbox" type="text" value=(wanted.mailbox)
                    aria-describedby=[errors.of("of").map(|_| "of-error")];
                @if let Some(words) = errors.of("of") { span.nhsuk-error-message #of-error { (words) } }
            }
            (days::fields(&wanted.from, &wanted.to, errors))
            (secondary_button("Show"))
            @if wanted.is_narrowed() { a href=(view.link("/messages")) { "Show all" } }
        }
    };
    view.form("/messages", fields)
}
