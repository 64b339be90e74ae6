//! The list of messages, the latest first, with what narrows it.

use axum::extract::{Query, State};
use exchange::{Kind, MessageFilter, Standing};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use nhs::{MailboxId, WorkflowId};
use pages::Problem;
use pages::components::{Errors, Field, secondary_button};
use serde::Deserialize;

use super::searching::{SearchForm, search_form};
use super::table::{Ends, table_or};
use crate::console::{Console, View, problem};
use crate::sheets;

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
    /// The filter; what cannot be read is told.
    pub(super) fn filter(&self) -> (MessageFilter, Errors) {
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
            match WorkflowId::parse(&workflow.to_ascii_uppercase()) {
                Ok(workflow) => filter.workflow = Some(workflow),
                Err(_) => errors.add("workflow", "Enter a workflow, such as GPFED_CONSULT_REPORT"),
            }
        }
        if !mailbox.is_empty() {
            match MailboxId::parse(&mailbox.to_ascii_uppercase()) {
                Ok(mailbox) => filter.mailbox = Some(mailbox),
                Err(_) => errors.add("of", "Enter a mailbox, such as A81001OT001"),
            }
        }
        filter.sent_by_it = self.sent == "by";
        let mut day = |field: &str, text: &str, days_on: i64| {
            if text.trim().is_empty() {
                return None;
            }
            let at = moment(text.trim(), days_on);
            if at.is_none() {
                errors.add(field, "Enter a day, such as 2026-11-27");
            }
            at
        };
        filter.from = day("from", &self.from, 0);
        filter.until = day("to", &self.to, 1);
        if let Some(since) = self
            .since
            .and_then(|since| Timestamp::from_second(since).ok())
        {
            filter.from = Some(since);
        }
        (filter, errors)
    }

    pub(super) fn query(&self, before: Option<i64>) -> String {
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
            if !value.trim().is_empty() {
                query.append_pair(name, value.trim());
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

/// The beginning of a day in England, or of one after it.
pub(crate) fn moment(day: &str, days_on: i64) -> Option<Timestamp> {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    let day: Date = day.parse().ok()?;
    let day = day.checked_add(jiff::Span::new().days(days_on)).ok()?;
    Some(day.to_zoned(zone).ok()?.timestamp())
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
    let (filter, wrong) = wanted.filter();
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
    let errors = if wrong.is_empty() { errors } else { &wrong };
    let address = |query: &str| view.link(&format!("/messages?{query}"));
    let content = html! {
        h1.unseen { "Messages" }
        (search_form(view, search, errors))
        (filter_form(view, wanted, errors))
        div #messages data-live {
            (table_or(view, "Messages, the latest first", &found.found, Ends::Both, none))
        }
        div.more {
            @if wanted.before.is_some() { a href=(address(&wanted.query(None))) { "The latest" } }
            @if let Some(next) = found.next { a href=(address(&wanted.query(Some(next)))) { "Older" } }
            a href=(view.link(&format!("/messages.csv?{}", wanted.query(None)))) { "Export as CSV" }
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

/// A form that asks by its address: it can be kept as a bookmark.
fn filter_form(view: &View, wanted: &Wanted, errors: &Errors) -> Markup {
    html! {
        form.filter method="get" action=(view.link("/messages")) role="search" aria-label="Narrow the list" {
            (Field::new("state", "State").value(&wanted.state).select(&STATES))
            (Field::new("workflow", "Workflow").value(&wanted.workflow).errors(errors).width(20).input("text"))
            div.nhsuk-form-group {
                label.nhsuk-label for="of" { "Sent by or to" }
                input."nhsuk-input nhsuk-input--width-10" id="of" name="mailbox" type="text" value=(wanted.mailbox)
                    aria-describedby=[errors.of("of").map(|_| "of-error")];
                @if let Some(words) = errors.of("of") { span.nhsuk-error-message #of-error { (words) } }
            }
            (Field::new("from", "From day").value(&wanted.from).errors(errors).width(10).input("date"))
            (Field::new("to", "To day").value(&wanted.to).errors(errors).width(10).input("date"))
            (secondary_button("Show"))
            @if wanted.is_narrowed() { a href=(view.link("/messages")) { "Show all" } }
        }
    }
}
