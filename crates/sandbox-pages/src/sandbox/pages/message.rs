//! One message: its head, its views, its files.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use pages::components::foreign_text;
use pages::work::{note, tabs};
use serde::Deserialize;

use crate::sandbox::content;
use crate::sandbox::filter::Filter;
use crate::sandbox::look::Look;
use crate::sandbox::reading::{self, Opened};
use crate::sandbox::rows::MessageRow;
use crate::sandbox::state::{Sandbox, SandboxError};
use crate::sandbox::words::{bytes, counted, exact_time};

use super::list::{self, List};
use super::{rendered, source_view, views};

/// What somebody wants to see of a message.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    /// A [`View`] by its name; anything else is the one that fits the message.
    #[serde(default)]
    view: String,
    /// `as-sent` or `tree`; anything else is laid out.
    #[serde(default)]
    pub(super) layout: String,
    /// A finding, from 1.
    #[serde(default)]
    pub(super) finding: Option<usize>,
    /// The first line, from 1.
    #[serde(default)]
    pub(super) from: Option<usize>,
    /// A code, for the form that answers.
    #[serde(default)]
    answered: String,
}

/// A view of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Rendered,
    Source,
    Control,
    Headers,
    Findings,
    Answers,
    Journey,
}

impl View {
    const ALL: [(Self, &str); 7] = [
        (Self::Rendered, "rendered"),
        (Self::Source, "source"),
        (Self::Control, "control"),
        (Self::Headers, "headers"),
        (Self::Findings, "findings"),
        (Self::Answers, "answers"),
        (Self::Journey, "journey"),
    ];
}

/// A message in the page.
pub(super) struct Looked<'a> {
    pub(super) sandbox: &'a Sandbox,
    pub(super) opened: &'a Opened,
    /// Its line in the list; none of one that is older than those.
    pub(super) row: Option<&'a MessageRow>,
    pub(super) filter: &'a Filter,
    pub(super) wanted: &'a Wanted,
}

impl Looked<'_> {
    pub(super) fn id(&self) -> &str {
        self.opened.envelope.message.id.as_str()
    }

    /// The address of a view of it, with further parameters.
    pub(super) fn address(&self, view: &str, further: &str) -> String {
        let query = self.filter.query();
        let and = if query.is_empty() { "?" } else { "&" };
        format!("/messages/{}{query}{and}view={view}{further}", self.id())
    }
}

pub(super) async fn page(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Query(wanted): Query<Wanted>,
) -> Result<Markup, SandboxError> {
    let opened = reading::open(&sandbox, &id).await?;
    let list = List::of(&sandbox, filter, Some(format!("/messages/{id}"))).await?;
    let look = Look::of(&opened);
    let looked = Looked {
        sandbox: &sandbox,
        opened: &opened,
        row: list.message(&id),
        filter: list.filter(),
        wanted: &wanted,
    };
    let detail = detail(&looked, &look);
    Ok(list.beside(&sandbox, &look.title, true, detail))
}

fn detail(looked: &Looked<'_>, look: &Look) -> Markup {
    let named = View::ALL
        .into_iter()
        .find(|(_, name)| *name == looked.wanted.view);
    let view = match named {
        Some((view, _)) => view,
        None if look.errors > 0 => View::Source,
        None => View::Rendered,
    };
    let open = View::ALL.iter().position(|(known, _)| *known == view);
    let findings = look.errors + look.warnings;
    let answers = looked.row.map_or(0, |row| row.answers.len());
    let links = View::ALL.map(|(view, name)| {
        let words = match view {
            View::Rendered => "Rendered".to_owned(),
            View::Source => "Source".to_owned(),
            View::Control => "Control data".to_owned(),
            View::Headers => "Headers".to_owned(),
            View::Findings => format!("Findings {findings}"),
            View::Answers => format!("Answers {answers}"),
            View::Journey => "Journey".to_owned(),
        };
        (words, looked.address(name, ""))
    });
    html! {
        section.sheet.detail #message aria-labelledby="m-h" {
            (head(looked, look))
            div #tabs data-live { (tabs("Views of the message", &links, open.unwrap_or_default())) }
            @if let Some(trouble) = &looked.opened.trouble {
                div.sheet-in { (note(pages::work::State::Warning, html! { (trouble) })) }
            }
            @match view {
                View::Rendered => (rendered::view(looked)),
                View::Source => (source_view::view(looked)),
                View::Control => (views::control(looked)),
                View::Headers => (views::headers(looked)),
                View::Findings => (views::findings(looked)),
                View::Answers => (views::answers(looked)),
                View::Journey => (views::journey(looked)),
            }
        }
    }
}

fn head(looked: &Looked<'_>, look: &Look) -> Markup {
    let envelope = &looked.opened.envelope;
    let message = &envelope.message;
    let form = |what: &str, class: &str, words: &str| {
        let address = format!("/messages/{}/{what}{}", message.id, looked.filter.query());
        looked.sandbox.site().form(
            &address,
            html! { button class=(class) type="submit" { (words) } },
        )
    };
    let back = format!("/{}", looked.filter.query());
    let content = format!("/messages/{}/content", message.id);
    let verdict = match (look.errors, look.warnings) {
        (0, 0) => html! {},
        (0, warnings) => pages::work::tag(
            pages::work::State::Warning,
            &format!("Valid: {}", counted(warnings, "warning")),
        ),
        (errors, _) => pages::work::tag(
            pages::work::State::Bad,
            &format!("Not valid: {}", counted(errors, "error")),
        ),
    };
    html! {
        div.sheet-head {
            a.back-list.small href=(back) { "‹ All messages" }
            h2 #m-h { (foreign_text(&look.title)) }
            span.row {
                a.btn.btn-sm href=(looked.address("answers", "#answer")) { "Answer …" }
                (form("replay", "btn btn-sm", "Replay"))
                @if looked.opened.content.is_some() { a.btn.btn-sm href=(content) { "Download" } }
                (form("delete", "btn btn-sm btn-bad", "Delete"))
            }
        }
        p.sheet-in.row.small {
            (verdict)
            @if let Some(row) = looked.row {
                @if look.errors + look.warnings == 0 { (list::state(row)) }
                b { (row.from()) " → " (row.to()) }
            }
            span.hush {
                (message.workflow) " · " (bytes(message.size)) " · " (exact_time(message.sent_at))
                " · " (message.state.as_str())
            }
        }
        @if !looked.wanted.answered.is_empty() {
            p.sheet-in.small { "The answer " (foreign_text(&looked.wanted.answered)) " was sent." }
        }
    }
}

/// The content, expanded, as a download.
pub(super) async fn content(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Result<Response, SandboxError> {
    content::download(sandbox.exchange(), &id).await
}

/// The content as it is stored, as a download.
pub(super) async fn stored(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Result<Response, SandboxError> {
    let envelope = sandbox.exchange().message(&id).await?;
    let stored = content::stored(sandbox.exchange(), &envelope).await?;
    let stored = stored.ok_or(SandboxError::NotFound)?;
    let name = format!("{}.stored", envelope.message.id);
    Ok(pages::download(stored, &name).into_response())
}

/// An attachment by its number from 1: shown where that is safe, else a download.
pub(super) async fn attachment(
    State(sandbox): State<Sandbox>,
    Path((id, number)): Path<(String, usize)>,
) -> Result<Response, SandboxError> {
    let opened = reading::open(&sandbox, &id).await?;
    let received = opened.itk3.and_then(|itk3| itk3.received);
    let place = number.checked_sub(1).ok_or(SandboxError::NotFound)?;
    let mut attachments = received.ok_or(SandboxError::NotFound)?.attachments;
    if place >= attachments.len() {
        return Err(SandboxError::NotFound);
    }
    let attachment = attachments.swap_remove(place);
    let name = format!("attachment-{number}");
    Ok(pages::document(&attachment.content_type, attachment.content, &name).into_response())
}
