//! The message of a task or of a sent consultation as it came or left: source, control data, findings, bytes.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use jiff::SignedDuration;
use maud::{Markup, html};
use mesh::ControlFile;
use message_check::Checked;
use pages::Problem;
use pages::components::{SummaryRow, foreign_text, summary_list};
use pages::work::segments;
use send_document::Budget;
use serde::Deserialize;
use source_view::{FINDINGS, Places, Shown, as_sent, excerpts, laid_out};

use super::check::{LINES_OF_FINDING, findings};
use super::context::{Pages, View};
use super::inbox::filter::Filter;
use super::inbox::letter::{Tab, views};
use crate::{AttachmentContent, ConsultationId, PracticeError, StoredMessage, TaskId};

/// Whose message.
#[derive(Clone, Copy)]
pub(super) enum Stored {
    Task(TaskId),
    Consultation(ConsultationId),
}

impl Stored {
    fn task(id: &str) -> Result<Self, Problem> {
        let id = TaskId::parse(id).ok_or_else(Problem::not_found)?;
        Ok(Self::Task(id))
    }

    fn consultation(id: &str) -> Result<Self, Problem> {
        let id = ConsultationId::parse(id).ok_or_else(Problem::not_found)?;
        Ok(Self::Consultation(id))
    }

    fn path(self) -> String {
        match self {
            Self::Task(id) => format!("/inbox/{id}"),
            Self::Consultation(id) => format!("/sent/{id}"),
        }
    }
}

/// The part of a source that is asked for, as an address says it.
#[derive(Deserialize, Default)]
pub(super) struct Part {
    finding: Option<String>,
    from: Option<String>,
}

impl Part {
    /// The finding to show, from 0, and the first line, from 1; what is no number asks for nothing.
    fn wanted(&self) -> (Option<usize>, Option<usize>) {
        let number = |text: &Option<String>| text.as_deref()?.parse::<usize>().ok();
        let finding = number(&self.finding).and_then(|number| number.checked_sub(1));
        (finding, number(&self.from))
    }
}

/// The links from a sent consultation to its message.
pub(super) fn links(view: &View, stored: &Stored) -> Markup {
    let at = |what: &str| view.link(&format!("{}/{what}", stored.path()));
    html! {
        h2."nhsuk-heading-m no-print" { "Message" }
        ul."nhsuk-list no-print" {
            li { a href=(at("report")) { "Report as it was sent (PDF)" } }
            li { a href=(at("source")) { "Source" } }
            li { a href=(at("control")) { "Control data" } }
            li { a href=(at("findings")) { "Findings" } }
            li { a href=(at("message")) { "Download the message" } }
        }
    }
}

type Id = Path<String>;

pub(super) async fn of_task(
    view: View,
    state: State<Pages>,
    id: Id,
    (part, filter): (Query<Part>, Query<Filter>),
) -> Result<Markup, Problem> {
    let at = |further: &str| {
        let address = view.link(&filter.within(&format!("/inbox/{}/source", id.0)));
        let sign = if address.contains('?') { '&' } else { '?' };
        format!("{address}{sign}{further}")
    };
    let content = source(&view, &state.0, Stored::task(&id)?, part.0, &at).await?;
    of_letter(&view, &state.0, (&id, filter.0), Tab::Source, content).await
}

pub(super) async fn of_sent(
    view: View,
    state: State<Pages>,
    id: Id,
    part: Query<Part>,
) -> Result<Markup, Problem> {
    let stored = Stored::consultation(&id)?;
    let at = |further: &str| view.link(&format!("{}/source?{further}", stored.path()));
    let content = source(&view, &state.0, stored, part.0, &at).await?;
    Ok(frame(&view, stored, "Source", content))
}

pub(super) async fn control_of_task(
    view: View,
    state: State<Pages>,
    id: Id,
    filter: Query<Filter>,
) -> Result<Markup, Problem> {
    let content = control(&view, &state.0, Stored::task(&id)?).await?;
    of_letter(&view, &state.0, (&id, filter.0), Tab::Control, content).await
}

pub(super) async fn control_of_sent(
    view: View,
    state: State<Pages>,
    id: Id,
) -> Result<Markup, Problem> {
    let stored = Stored::consultation(&id)?;
    let content = control(&view, &state.0, stored).await?;
    Ok(frame(&view, stored, "Control data", content))
}

pub(super) async fn findings_of_task(
    view: View,
    state: State<Pages>,
    id: Id,
    filter: Query<Filter>,
) -> Result<Markup, Problem> {
    let content = all_findings(&view, &state.0, Stored::task(&id)?).await?;
    of_letter(&view, &state.0, (&id, filter.0), Tab::Findings, content).await
}

pub(super) async fn findings_of_sent(
    view: View,
    state: State<Pages>,
    id: Id,
) -> Result<Markup, Problem> {
    let stored = Stored::consultation(&id)?;
    let content = all_findings(&view, &state.0, stored).await?;
    Ok(frame(&view, stored, "Findings", content))
}

pub(super) async fn message_of_task(
    view: View,
    state: State<Pages>,
    id: Id,
) -> Result<Response, Problem> {
    bytes(view, state.0, Stored::task(&id)?).await
}

pub(super) async fn message_of_sent(
    view: View,
    state: State<Pages>,
    id: Id,
) -> Result<Response, Problem> {
    bytes(view, state.0, Stored::consultation(&id)?).await
}

/// The report of a sent consultation, as it left.
pub(super) async fn report(
    view: View,
    State(pages): State<Pages>,
    id: Id,
) -> Result<Response, Problem> {
    let stored = Stored::consultation(&id)?;
    let read = |message: &StoredMessage| {
        let document = message_check::read(&message.data).ok()?;
        let payload = message_check::of_message(Some(&document), None, None);
        let mut parts = payload.read(&document).ok()?.attachments.into_iter();
        parts.next().map(|part| AttachmentContent {
            content_type: part.content_type,
            bytes: part.content,
        })
    };
    let report = with(&view, &pages, stored, move |message, _| read(message)).await?;
    let report = report.ok_or_else(Problem::not_found)?;
    Ok(pages::document(
        &report.content_type,
        report.bytes,
        "report",
    ))
}

async fn source(
    view: &View,
    pages: &Pages,
    stored: Stored,
    part: Part,
    at: &impl Fn(&str) -> String,
) -> Result<Markup, Problem> {
    let (number, from) = part.wanted();
    let whole = move |message: &StoredMessage, checked: &Checked| {
        let found = &checked.findings;
        match message_check::read(&message.data) {
            Ok(document) => {
                let places = Places::of(&document.root, found);
                laid_out(&document.root, &places, found, number, from)
            }
            Err(_) => as_sent(&message.data, &Places::unread(found), found, number, from),
        }
    };
    let look = move |message: &StoredMessage, checked: &Checked| {
        let list: Vec<_> = checked
            .findings
            .iter()
            .take(FINDINGS)
            .map(|found| (found.id, found.what.clone()))
            .collect();
        (whole(message, checked), list)
    };
    let (shown, list) = with_checked(view, pages, stored, look).await?;
    Ok(html! {
        @if list.is_empty() { p { "No rule is broken." } }
        ol.nhsuk-list {
            @for (number, (rule, what)) in list.iter().enumerate() {
                @let number = number + 1;
                li { a href=(at(&format!("finding={number}#finding-{number}"))) { (rule) } ": " (what) }
            }
        }
        (lines(&shown, at))
    })
}

fn lines(shown: &Shown, at: &impl Fn(&str) -> String) -> Markup {
    let before = shown.first.saturating_sub(source_view::LINES).max(1);
    html! {
        @if shown.first > 1 { p { a href=(at(&format!("from={before}"))) { "Lines before" } } }
        ol.source-text tabindex="0"
            aria-label={ "Source of the message, lines " (shown.first) " to " (shown.last) " of " (shown.all) } {
            (shown.lines)
        }
        @if shown.last < shown.all {
            p { a href=(at(&format!("from={}", shown.last + 1))) { "Lines after" } " of " (shown.all) }
        }
    }
}

async fn control(view: &View, pages: &Pages, stored: Stored) -> Result<Markup, Problem> {
    let text = with(view, pages, stored, |message, _| message.control.clone()).await?;
    let rows = ControlFile::read(&text).ok().map(|control| rows(&control));
    Ok(html! {
        @if let Some(rows) = rows { (summary_list(&rows)) }
        h2.nhsuk-heading-m { "The control file" }
        pre.pages-excerpt tabindex="0" aria-label="The control file" {
            code { (pages::components::visible(&String::from_utf8_lossy(&text))) }
        }
    })
}

fn rows(control: &ControlFile) -> Vec<SummaryRow> {
    let elements = [
        ("From_DTS", &control.from_dts),
        ("To_DTS", &control.to_dts),
        ("WorkflowId", &control.workflow_id),
        ("Subject", &control.subject),
        ("LocalId", &control.local_id),
        ("DTSId", &control.dts_id),
        ("PartnerId", &control.partner_id),
    ];
    let given = elements
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?)));
    given
        .map(|(name, value)| SummaryRow::new(name, foreign_text(value)))
        .collect()
}

async fn all_findings(view: &View, pages: &Pages, stored: Stored) -> Result<Markup, Problem> {
    let look = |message: &StoredMessage, checked: &Checked| {
        let document = message_check::read(&message.data).ok();
        let root = document.as_ref().map(|document| &document.root);
        let lines = excerpts(&message.data, root, &checked.findings, LINES_OF_FINDING);
        let control = ControlFile::read(&message.control).ok();
        html! {
            (findings::verdict(checked))
            (findings::list(checked, &lines, control.as_ref()))
        }
    };
    with_checked(view, pages, stored, look).await
}

async fn bytes(view: View, pages: Pages, stored: Stored) -> Result<Response, Problem> {
    let data = with(&view, &pages, stored, |message, _| message.data.clone()).await?;
    Ok(pages::download(data, "message.dat"))
}

/// A page about the message of a sent consultation.
fn frame(view: &View, stored: Stored, title: &str, content: Markup) -> Markup {
    view.page(title)
        .breadcrumb("Sent", "/sent")
        .breadcrumb("Consultation", &stored.path())
        .show(content)
}

/// A view of a letter about the message it came in.
async fn of_letter(
    view: &View,
    pages: &Pages,
    (id, filter): (&str, Filter),
    tab: Tab,
    content: Markup,
) -> Result<Markup, Problem> {
    let at = |what: &str| view.link(&filter.within(&format!("/inbox/{id}/{what}")));
    let ways = [
        ("Source".to_owned(), at("source")),
        ("Control data".to_owned(), at("control")),
    ];
    let message = view.link(&format!("/inbox/{id}/message"));
    let shown = html! {
        div.sheet {
            @if tab != Tab::Findings {
                div.sheet-head {
                    (segments("What of the message", &ways, usize::from(tab == Tab::Control)))
                    a.small href=(message) { "Download the message" }
                }
            }
            div.sheet-in { (content) }
        }
    };
    views::shown(view, pages, id, filter, tab, |_, _| shown).await
}

/// Looks at a message where waiting for the disk holds up nobody.
async fn with<T: Send + 'static>(
    view: &View,
    pages: &Pages,
    stored: Stored,
    look: impl FnOnce(&StoredMessage, &crate::Practice) -> T + Send + 'static,
) -> Result<T, Problem> {
    let looked = pages.ask(view, move |practice| {
        let message = match stored {
            Stored::Task(id) => practice.message_of_task(id)?,
            Stored::Consultation(id) => practice.message_of_consultation(id)?,
        };
        Ok::<_, PracticeError>(message.map(|message| look(&message, practice)))
    });
    looked.await?.ok_or_else(Problem::not_found)
}

/// Looks at a message and what is wrong with it; one check at a time for each user.
async fn with_checked<T: Send + 'static>(
    view: &View,
    pages: &Pages,
    stored: Stored,
    look: impl FnOnce(&StoredMessage, &Checked) -> T + Send + 'static,
) -> Result<T, Problem> {
    let Some(turn) = pages.checks.start(view.session().user()) else {
        return Err(super::check::busy());
    };
    let checked = move |message: &StoredMessage, practice: &crate::Practice| {
        let _turn = turn;
        let inner = practice.inner();
        let until = inner.now() + SignedDuration::from_secs(message_check::CHECK_SECONDS);
        let in_time = || inner.now() < until;
        let control = ControlFile::read(&message.control).ok();
        let budget = Budget::of(&in_time);
        let checked = message_check::check(&message.data, control.as_ref(), None, &budget);
        look(message, &checked)
    };
    with(view, pages, stored, checked).await
}
