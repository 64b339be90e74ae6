//! One letter: its document, its attachments and its history.

use maud::{Markup, html};
use pages::Problem;
use pages::components::{
    Outcome, SummaryRow, TimelineStep, document, foreign_text, inset_text, summary_list, time,
    timeline, visible,
};

use super::{marks, sections, state, subject, version};
use crate::web::context::{Pages, View};
use crate::web::{received, source};
use crate::{AttachmentInfo, ReceivedMessage, Task, TaskId, TaskStep};

/// What is shown of one letter: the document, its attachments and its history (GPCM-SD-093).
pub(super) async fn content(view: &View, pages: &Pages, id: TaskId) -> Result<Letter, Problem> {
    let (task, sections, history, message) = pages
        .ask(view, move |practice| {
            let (task, sections) = (practice.task(id)?, practice.task_sections(id)?);
            let (history, message) = (practice.task_history(id)?, practice.received_as(id)?);
            Ok((task, sections, history, message))
        })
        .await?;
    let task = task.ok_or_else(Problem::not_found)?;
    let shown = html! {
        div.desk {
            div.sheet { div.sheet-in {
                h1 { bdi { (subject(&task)) } }
                div #task data-live {
                    (archived(view, &task))
                    (details(view, &task, message.as_ref()))
                }
                (sections::show(&task, &sections))
                (parts(view, &task, sections.is_empty()))
                (source::links(view, &source::Stored::Task(id)))
                h2.nhsuk-heading-m { "History" }
                div #history data-live { (past(&history)) }
            } }
        }
    };
    Ok(Letter { task, shown })
}

/// A letter and what is shown of it.
pub(super) struct Letter {
    pub(super) task: Task,
    pub(super) shown: Markup,
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
