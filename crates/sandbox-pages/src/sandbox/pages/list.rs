//! The list: what is shown of each line, search and filters, Pause.

use axum::extract::{Query, State};
use maud::{Markup, html};
use pages::components::{foreign_text, visible};
use pages::work::{State as Look, live_sign, tag};

use crate::sandbox::filter::{Filter, Show};
use crate::sandbox::look::LookKind;
use crate::sandbox::request::Refused;
use crate::sandbox::rows::{MessageRow, Row, rows};
use crate::sandbox::state::{Sandbox, SandboxError};
use crate::sandbox::words::{capital, clock_time, counted};

use super::frame::SandboxPage;

/// The list alone.
pub(super) async fn page(
    State(sandbox): State<Sandbox>,
    Query(filter): Query<Filter>,
) -> Result<Markup, SandboxError> {
    let list = List::of(&sandbox, filter, None).await?;
    let detail = html! {
        section.sheet.detail aria-labelledby="nothing" {
            div.sheet-head { h2 #nothing { "Nothing is opened" } }
            div.sheet-in.stack.small {
                p { "Open a message or a refused request to look into it." }
                (first_steps(&sandbox))
            }
        }
    };
    Ok(list.beside(&sandbox, "Messages", false, detail))
}

/// The list with what it needs to be drawn.
pub(super) struct List {
    rows: Vec<Row>,
    filter: Filter,
    /// The address within the list of what is opened beside it.
    open: Option<String>,
}

impl List {
    pub(super) async fn of(
        sandbox: &Sandbox,
        filter: Filter,
        open: Option<String>,
    ) -> Result<Self, SandboxError> {
        Ok(Self {
            rows: rows(sandbox).await?,
            filter,
            open,
        })
    }

    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The line of a message.
    pub(super) fn message(&self, id: &str) -> Option<&MessageRow> {
        self.rows.iter().find_map(|row| match row {
            Row::Message(row) if row.envelope.message.id.as_str() == id => Some(&**row),
            _ => None,
        })
    }

    /// The whole page: tools, the list, and what is opened beside it.
    pub(super) fn beside(
        &self,
        sandbox: &Sandbox,
        title: &str,
        is_open: bool,
        detail: Markup,
    ) -> Markup {
        let count = self.rows.len();
        let split = if is_open { "split one" } else { "split" };
        let title = match title {
            "Messages" => counted(count, "message"),
            title => title.to_owned(),
        };
        SandboxPage {
            title: &title,
            section: "/",
            count,
            is_live: true,
            content: html! {
                h1.unseen { "Messages" }
                (self.tools(sandbox))
                div class=(split) {
                    (self.list(sandbox))
                    (detail)
                }
            },
        }
        .draw(sandbox)
    }

    fn tools(&self, sandbox: &Sandbox) -> Markup {
        html! {
            div.tools {
                (self.search())
                (self.chips(sandbox))
                span.push.row {
                    (self.pause())
                    (sandbox.site().form("/delete-all", html! {
                        button.btn.btn-sm.btn-bad type="submit" { "Delete all" }
                    }))
                }
            }
        }
    }

    fn search(&self) -> Markup {
        let states = [
            "",
            "uploading",
            "accepted",
            "acknowledged",
            "undeliverable",
            "error",
        ];
        html! {
            form.search role="search" action="/" method="get" {
                @for (name, value) in [("show", &self.filter.show), ("mailbox", &self.filter.mailbox)] {
                    @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
                }
                label.unseen for="q" { "Search messages" }
                input.input #q name="q" type="search" value=(self.filter.q) autocomplete="off"
                    placeholder="Id, mailbox, workflow, code …";
                details open[!self.filter.workflow.is_empty() || !self.filter.state.is_empty()] {
                    summary.small { "More filters" }
                    div.row {
                        label.field for="workflow" { "Workflow" }
                        input.input #workflow name="workflow" value=(self.filter.workflow) autocomplete="off";
                        label.field for="state" { "State" }
                        select.input #state name="state" {
                            @for state in states {
                                option value=(state) selected[state == self.filter.state] {
                                    @if state.is_empty() { "any" } @else { (state) }
                                }
                            }
                        }
                        button.btn.btn-sm type="submit" { "Search" }
                    }
                }
            }
        }
    }

    fn chips(&self, sandbox: &Sandbox) -> Markup {
        let besides = |row: &&Row| self.filter.takes_besides(row);
        html! {
            div.chips #chips data-live[self.filter.paused.is_none()] {
                @for (show, name, word) in Show::ALL {
                    @let count = self.rows.iter().filter(besides).filter(|row| show.takes(row)).count();
                    @let filter = Filter { show: name.to_owned(), ..self.filter.clone() };
                    @if count > 0 || show == Show::All || show == self.filter.show() {
                        a.chip href={ "/" (filter.query()) }
                            aria-current=[(show == self.filter.show()).then_some("true")] {
                            (word) " " (count)
                        }
                    }
                }
                @for mailbox in sandbox.exchange().mailboxes().iter().take(10) {
                    @let chosen = mailbox.id.as_str() == self.filter.mailbox;
                    @let name = if chosen { String::new() } else { mailbox.id.to_string() };
                    @let filter = Filter { mailbox: name, ..self.filter.clone() };
                    a.chip href={ "/" (filter.query()) } aria-current=[chosen.then_some("true")] {
                        (mailbox.id)
                    }
                }
            }
        }
    }

    fn pause(&self) -> Markup {
        let Some(paused) = self.filter.paused else {
            let latest = self.rows.first().map_or(0, |row| row.at().as_microsecond());
            let filter = Filter {
                paused: Some(latest),
                ..self.filter.clone()
            };
            return html! {
                (live_sign())
                span #pause data-live { a.btn.btn-sm href=(self.opened(&filter)) { "Pause" } }
            };
        };
        let goes_on = Filter {
            paused: None,
            ..self.filter.clone()
        };
        let since = self
            .rows
            .iter()
            .filter(|row| row.at().as_microsecond() > paused)
            .count();
        html! {
            span.small #since data-live { "Paused. " (since) " came since." }
            a.btn.btn-sm href=(self.opened(&goes_on)) { "Go on" }
        }
    }

    /// The address of what is opened, under another filter.
    fn opened(&self, filter: &Filter) -> String {
        format!("{}{}", self.open.as_deref().unwrap_or("/"), filter.query())
    }

    fn list(&self, sandbox: &Sandbox) -> Markup {
        let query = self.filter.query();
        let shown: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| self.filter.takes(row))
            .collect();
        html! {
            section.sheet.list #list data-live[self.filter.paused.is_none()]
                aria-label="Messages and refused requests, newest first" {
                @for row in &shown { (self.line(row, &query)) }
                @if shown.is_empty() {
                    div.sheet-in.stack.small {
                        @if self.rows.is_empty() {
                            p { b { "Nothing yet." } " What is sent, and every request that is refused, appears here." }
                            (first_steps(sandbox))
                        } @else {
                            p { "Nothing like this among " (counted(self.rows.len(), "line")) ". "
                                a href="/" { "Show all" } }
                        }
                    }
                }
            }
        }
    }

    fn line(&self, row: &Row, query: &str) -> Markup {
        let path = match row {
            Row::Message(row) => format!("/messages/{}", row.envelope.message.id),
            Row::Refused(refused) => format!("/refused/{}", refused.number),
        };
        let current = self.open.as_deref() == Some(path.as_str());
        let class = match row {
            Row::Refused(_) => "mail refused",
            Row::Message(row)
                if row
                    .look
                    .as_deref()
                    .is_some_and(|look| look.errors == 0 && look.warnings > 0) =>
            {
                "mail warned"
            }
            Row::Message(_) => "mail",
        };
        html! {
            a class=(class) href={ (path) (query) } aria-current=[current.then_some("true")] {
                @match row {
                    Row::Message(row) => (message_line(row)),
                    Row::Refused(refused) => (refused_line(refused)),
                }
            }
        }
    }
}

fn message_line(row: &MessageRow) -> Markup {
    let title = row.look.as_deref().map_or("", |look| &look.title);
    let first = row.look.as_deref().and_then(|look| look.first);
    html! {
        span { (row.from()) " → " (row.to()) }
        (clock_time(row.envelope.message.sent_at))
        span.why {
            @if row.look.as_deref().is_some_and(|look| look.kind == LookKind::Acknowledgement) { "Answer " }
            (foreign_text(title))
            @if let Some(first) = first { ". " (first) }
            @for (place, answer) in row.answers.iter().enumerate() {
                @if place == 0 { ". Answered " } @else { ", " }
                (visible(&answer.code))
            }
        }
        span.end { (state(row)) }
    }
}

/// The state of a message in a word.
pub(super) fn state(row: &MessageRow) -> Markup {
    let Some(look) = row.look.as_deref() else {
        return match row.envelope.message.state {
            exchange::MessageState::Uploading => tag(Look::Going, "Uploading"),
            _ => tag(Look::Quiet, "Not read yet"),
        };
    };
    match look.kind {
        _ if look.errors > 0 => tag(Look::Bad, &counted(look.errors, "error")),
        LookKind::Report => tag(Look::Bad, "Report"),
        LookKind::Acknowledgement => tag(Look::Quiet, "Answer"),
        LookKind::Other => tag(Look::Quiet, "Other"),
        LookKind::Document if look.warnings > 0 => {
            tag(Look::Warning, &counted(look.warnings, "warning"))
        }
        LookKind::Document => tag(Look::Good, "Valid"),
    }
}

fn refused_line(refused: &Refused) -> Markup {
    let asked = &refused.asked;
    html! {
        span { b { (asked.status) } " " (asked.method) " " (foreign_text(asked.short_address())) }
        (clock_time(asked.at))
        span.why { (foreign_text(capital(&refused.reason()))) }
        span.end { (tag(Look::Bad, "Refused")) }
    }
}

/// How the first message gets here.
fn first_steps(sandbox: &Sandbox) -> Markup {
    let connection = sandbox.connection();
    let command = format!(
        "curl -i {}/messageexchange/X26ABC1/inbox",
        connection.mesh_url
    );
    html! {
        p { a href="/send" { "Send an example" } ", or point your client here: the address is "
            code { (connection.mesh_url) } ". A request without a token is refused and shows up at once:" }
        div.copy { code tabindex="0" { (command) } }
    }
}
