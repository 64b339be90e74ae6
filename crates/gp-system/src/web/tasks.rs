use axum::extract::{Path, State};
use maud::{Markup, html};

use super::frame::{self, Part, link, time};
use super::{PageError, Pages};
use crate::{AttachmentInfo, Practice, Task, TaskId};

/// The workflow inbox: each task with the control file's subject (GPCM-SD-092).
pub(super) async fn list(State(pages): State<Pages>) -> Result<Markup, PageError> {
    let tasks = pages.ask(Practice::tasks).await?;
    let body = html! {
        @if tasks.is_empty() {
            p { "No document has arrived yet." }
        } @else {
            table {
                caption { "The latest first" }
                thead { tr {
                    th scope="col" { "Subject" }
                    th scope="col" { "Sender" }
                    th scope="col" { "Received" }
                    th scope="col" { "Version" }
                    th scope="col" { "Marks" }
                } }
                tbody { @for task in &tasks { (row(&pages, task)) } }
            }
        }
    };
    Ok(frame::page(&pages, Part::Inbox, "Workflow inbox", body))
}

fn row(pages: &Pages, task: &Task) -> Markup {
    html! {
        tr {
            td data-label="Subject" {
                a href=(link(pages, &format!("/inbox/{}", task.id))) { (subject(task)) }
            }
            td data-label="Sender" { (task.sender) }
            td data-label="Received" { (time(task.received_at)) }
            td data-label="Version" { (version(task)) }
            td data-label="Marks" { (marks(task)) }
        }
    }
}

/// One task with its document shown and its attachments at hand (GPCM-SD-093).
pub(super) async fn page(
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Markup, PageError> {
    let id = TaskId::parse(&id).ok_or(PageError::NotFound)?;
    let task = pages
        .ask(move |practice| practice.task(id))
        .await?
        .ok_or(PageError::NotFound)?;
    let body = html! {
        div.panel { (details(&pages, &task)) }
        @if let Some((document, attachments)) = task.attachments.split_first() {
            h2 { "Document" }
            (embedded(&pages, &task, document))
            @if !attachments.is_empty() {
                h2 { "Attachments" }
                ul { @for part in attachments { li { (download(&pages, &task, part)) } } }
            }
        }
    };
    Ok(frame::page(&pages, Part::Inbox, subject(&task), body))
}

fn details(pages: &Pages, task: &Task) -> Markup {
    html! {
        dl {
            dt { "Patient" } dd { (task.patient) }
            dt { "Sender" } dd { (task.sender) ", mailbox " (task.sender_mailbox) }
            dt { "Received" } dd { (time(task.received_at)) }
            dt { "Version" } dd { (version(task)) }
            dt { "Marks" } dd { (marks(task)) }
            @if let Some(newer) = task.replaced_by {
                dt { "Replaced by" }
                dd { a href=(link(pages, &format!("/inbox/{newer}"))) { "the newer version" } }
            }
            @if let Some(older) = task.replaces {
                dt { "Replaces" }
                dd { a href=(link(pages, &format!("/inbox/{older}"))) { "the archived version" } }
            }
        }
    }
}

fn embedded(pages: &Pages, task: &Task, document: &AttachmentInfo) -> Markup {
    let address = attachment_link(pages, task, document);
    html! {
        @if document.content_type == "application/pdf" {
            object.document data=(address) type="application/pdf"
                aria-label="The document as its sender made it" {
                p { "This browser cannot show the document here." }
            }
        }
        p { a href=(address) { "Open the document" } ", " (size(document.size)) }
    }
}

fn download(pages: &Pages, task: &Task, part: &AttachmentInfo) -> Markup {
    let title = match part.title.trim() {
        "" => format!("Attachment {}", part.position),
        title => title.to_owned(),
    };
    html! {
        a href=(attachment_link(pages, task, part)) { (title) }
        ", " (part.content_type) ", " (size(part.size))
    }
}

fn attachment_link(pages: &Pages, task: &Task, part: &AttachmentInfo) -> String {
    link(
        pages,
        &format!("/inbox/{}/attachments/{}", task.id, part.position),
    )
}

fn size(bytes: u64) -> String {
    if bytes < 1024 {
        format!("{bytes} bytes")
    } else {
        format!("{} KB", bytes.div_ceil(1024))
    }
}

fn subject(task: &Task) -> &str {
    if task.subject.is_empty() {
        "Document without a subject"
    } else {
        &task.subject
    }
}

fn version(task: &Task) -> String {
    task.version
        .map_or_else(|| "not stated".to_owned(), |version| version.to_string())
}

fn marks(task: &Task) -> Markup {
    html! {
        @if task.for_action { span.tag { "For Action" } }
        @else { span.tag.quiet { "For Information" } }
        @if task.matched == 30004 { " " span.tag.bad { "Patient recently deceased" } }
        @if task.void { " " span.tag.bad { "Null and void" } }
        @if task.replaced_by.is_some() { " " span.tag.quiet { "Archived: replaced" } }
        @if task.replaces.is_some() { " " span.tag.good { "Replacement" } }
    }
}
