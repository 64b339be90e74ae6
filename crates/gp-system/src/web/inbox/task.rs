//! One task with its document, the work on it and its history.

use axum::extract::{Path, State};
use maud::{Markup, html};
use pages::components::{
    Errors, Field, Outcome, SummaryRow, TimelineStep, button, document, foreign_text, inset_text,
    secondary_button, summary_list, time, timeline, visible,
};
use pages::{PagesError, Problem};

use super::{marks, sections, state, subject, version};
use crate::web::context::{Pages, View};
use crate::web::role::PracticePermission::Act;
use crate::web::{received, source};
use crate::{AttachmentInfo, ReceivedMessage, Task, TaskId, TaskState, TaskStep};

/// One task with its document shown and its attachments at hand (GPCM-SD-093).
pub(in crate::web) async fn page(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let id = TaskId::parse(&id).ok_or_else(Problem::not_found)?;
    show(&view, &pages, id, &Errors::new()).await
}

/// The page of a task, with what is wrong in one of its forms.
pub(super) async fn show(
    view: &View,
    pages: &Pages,
    id: TaskId,
    errors: &Errors,
) -> Result<Markup, Problem> {
    let (task, sections, history, message) = pages
        .ask(view, move |practice| {
            let (task, sections) = (practice.task(id)?, practice.task_sections(id)?);
            let (history, message) = (practice.task_history(id)?, practice.received_as(id)?);
            Ok((task, sections, history, message))
        })
        .await?;
    let task = task.ok_or_else(Problem::not_found)?;
    let colleagues = if view.session().may(Act) {
        colleagues(pages).await?
    } else {
        Vec::new()
    };
    let page = view
        .page(subject(&task))
        .caption(format!("Task {}", task.number))
        .breadcrumb("Inbox", "/inbox")
        .errors(errors);
    Ok(page.show(html! {
        div #task data-live {
            (archived(view, &task))
            (details(view, &task, message.as_ref()))
        }
        (sections::show(&task, &sections))
        (parts(view, &task, sections.is_empty()))
        (source::links(view, &source::Stored::Task(id)))
        @if view.session().may(Act) { (work(view, &task, &colleagues, errors)) }
        h2.nhsuk-heading-m { "History" }
        div #history data-live { (past(&history)) }
    }))
}

/// The names tasks are given to.
async fn colleagues(pages: &Pages) -> Result<Vec<String>, Problem> {
    let users = pages.users.clone();
    let listed = tokio::task::spawn_blocking(move || users.list()).await;
    match listed.unwrap_or(Err(PagesError::Stopped)) {
        Ok(users) => Ok(users
            .into_iter()
            .filter(|user| !user.disabled)
            .map(|user| user.name)
            .collect()),
        Err(error) => {
            tracing::error!(%error, "the users could not be listed");
            Err(Problem::internal())
        }
    }
}

fn archived(view: &View, task: &Task) -> Markup {
    html! {
        @if let Some(newer) = task.replaced_by {
            (inset_text(html! {
                p {
                    "This document is archived. "
                    a href=(view.link(&format!("/inbox/{newer}"))) { "The newer version replaced it" }
                    "."
                }
            }))
        } @else if task.void {
            (inset_text(html! {
                p { "This document is null and void: a replacement of it could not be taken. Its \
                     sender was told to send a new report." }
            }))
        }
    }
}

fn details(view: &View, task: &Task, message: Option<&ReceivedMessage>) -> Markup {
    let mut rows = vec![
        SummaryRow::new("State", html! { (state(task)) " " (marks(task)) }),
        SummaryRow::text(
            "Assigned to",
            task.assigned_to.as_deref().unwrap_or("nobody"),
        ),
        SummaryRow::text("Patient", &task.patient),
    ];
    if let Some(number) = &task.nhs_number {
        rows.push(SummaryRow::text("NHS number", spaced(number)));
    }
    rows.extend([
        SummaryRow::text(
            "Sender",
            format!("{}, mailbox {}", task.sender, task.sender_mailbox),
        ),
        SummaryRow::new("Received", time(task.received_at)),
        SummaryRow::text("Type", &task.kind),
        SummaryRow::text("Version", version(task)),
    ]);
    if let Some(reason) = &task.reason {
        rows.push(SummaryRow::text("Returned because", reason));
    }
    if let Some(older) = task.replaces {
        let address = view.link(&format!("/inbox/{older}"));
        rows.push(SummaryRow::new(
            "Replaces",
            html! { a href=(address) { "the archived version" } },
        ));
    }
    if let Some((message, found)) = message.map(|it| (it, received::counted(it)))
        && !found.is_empty()
    {
        let address = view.link(&format!("/received/{}", message.number));
        rows.push(SummaryRow::new(
            "Found",
            html! { a href=(address) { (found) } },
        ));
    }
    if task.repeats > 0 {
        let words = format!("{}, refused each time", task.repeats);
        rows.push(SummaryRow::text("Arrived again", words));
    }
    summary_list(&rows)
}

/// `969 363 2109`.
fn spaced(number: &str) -> String {
    let letters: Vec<char> = number.chars().collect();
    let (first, rest) = letters.split_at(letters.len().min(3));
    let (second, third) = rest.split_at(rest.len().min(3));
    [first, second, third]
        .map(|part| part.iter().collect::<String>())
        .join(" ")
}

/// The document, where it is a file, and its attachments: shown in the page where a browser safely can.
fn parts(view: &View, task: &Task, first_is_document: bool) -> Markup {
    let documents = usize::from(first_is_document).min(task.attachments.len());
    let (document, attachments) = task.attachments.split_at(documents);
    html! {
        @for document in document {
            h2.nhsuk-heading-m { "Document" }
            (part(view, task, document, true))
        }
        @if !attachments.is_empty() {
            h2.nhsuk-heading-m { "Attachments" }
            @for attachment in attachments { (part(view, task, attachment, false)) }
        }
    }
}

fn part(view: &View, task: &Task, part: &AttachmentInfo, is_document: bool) -> Markup {
    let address = view.link(&format!("/inbox/{}/attachments/{}", task.id, part.position));
    let title = match part.title.trim() {
        "" if is_document => "document".to_owned(),
        "" => format!("attachment {}", part.position + 1),
        title => visible(title),
    };
    html! {
        @if !is_document { h3.nhsuk-heading-s { bdi { (title) } } }
        @if pages::is_shown(&part.content_type) {
            (document(&address, &title))
        } @else {
            p { a href=(address) { "Download " bdi { (title) } } }
        }
        p.nhsuk-body-s { (foreign_text(&part.content_type)) ", " (size(part.size)) }
    }
}

fn size(bytes: u64) -> String {
    if bytes < 1024 {
        format!("{bytes} bytes")
    } else {
        format!("{} KB", bytes.div_ceil(1024))
    }
}

fn work(view: &View, task: &Task, colleagues: &[String], errors: &Errors) -> Markup {
    let to = |what: &str| format!("/inbox/{}/{what}", task.id);
    let mut names = vec![("", "Nobody")];
    names.extend(colleagues.iter().map(|name| (name.as_str(), name.as_str())));
    let assigned = task.assigned_to.as_deref().unwrap_or(view.session().user());
    html! {
        h2.nhsuk-heading-m { "What to do" }
        @if task.needs_review {
            p {
                "The entries of this update are decided one by one, and then filed: "
                a href=(view.link(&to("review"))) { "review the entries" }
                "."
            }
        }
        @if task.state == TaskState::Open {
            @if !task.needs_review { (view.form(&to("file"), button("File to the record"))) }
            (view.form(&to("assign"), html! {
                (Field::new("to", "Assign to").value(assigned).select(&names))
                (secondary_button("Assign"))
            }))
            @if !task.needs_review {
                (view.form(&to("return"), html! {
                    (Field::new("reason", "Reason for returning")
                        .hint("No message goes to the sender: tell them by telephone or email.")
                        .errors(errors)
                        .textarea(2))
                    (secondary_button("Return"))
                }))
            }
        } @else if task.state != TaskState::Archived && !task.needs_review {
            (view.form(&to("reopen"), secondary_button("Reopen")))
        }
        (view.form(&to("note"), html! {
            (Field::new("note", "Note").errors(errors).textarea(2))
            (secondary_button("Add the note"))
        }))
    }
}

fn past(history: &[TaskStep]) -> Markup {
    let steps: Vec<TimelineStep> = history
        .iter()
        .map(|step| TimelineStep {
            title: step.what.clone(),
            place: step
                .who
                .as_ref()
                .map(|who| format!("by {who}"))
                .unwrap_or_default(),
            content: step
                .note
                .as_ref()
                .map(|note| html! { p.pages-note { (note) } }),
            at: Some(step.at),
            outcome: Outcome::Good,
        })
        .collect();
    timeline(&steps)
}
