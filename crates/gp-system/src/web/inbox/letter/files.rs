//! The files of a letter: its document, and what came with it.

use maud::{Markup, html};
use pages::components::{document, foreign_text, visible};

use super::{Around, Letter, Tab};
use crate::{AttachmentInfo, TaskId};

/// Where the bytes of a file are.
pub(super) fn path(task: TaskId, file: &AttachmentInfo) -> String {
    format!("/inbox/{task}/attachments/{}", file.position)
}

/// What people call it.
pub(super) fn title(file: &AttachmentInfo) -> String {
    match (file.title.trim(), file.position) {
        ("", 0) => "document".to_owned(),
        ("", position) => format!("attachment {}", u64::from(position) + 1),
        (title, _) => visible(title),
    }
}

/// `2 KB`.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KB", bytes.div_ceil(1024)),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}

/// The document as a whole view.
pub(super) fn shown(letter: &Letter, around: &Around<'_>) -> Markup {
    html! {
        @if let Some(file) = letter.document() {
            div.letter-whole { (one(letter, around, file)) }
            p.small {
                "In words: "
                a href=(around.to(&Tab::Text.path(letter.task.id))) { "the text of the letter" } "."
            }
        } @else { p { "No document of this letter can be shown here." } }
    }
}

/// What came with the document, each shown where a browser safely can.
pub(super) fn list(letter: &Letter, around: &Around<'_>) -> Markup {
    html! {
        article.paper {
            div.paper-head { h2 { "Files" } }
            @if letter.files().is_empty() { p { "No file came with this letter." } }
            @for file in letter.files() {
                h3 { bdi { (title(file)) } }
                (one(letter, around, file))
            }
        }
    }
}

fn one(letter: &Letter, around: &Around<'_>, file: &AttachmentInfo) -> Markup {
    let address = around.plain(&path(letter.task.id, file));
    let title = title(file);
    html! {
        @if pages::is_shown(&file.content_type) {
            (document(&address, &title))
        } @else {
            p { a href=(address) { "Download " bdi { (title) } } }
        }
        p.small.hush { (foreign_text(&file.content_type)) ", " (size(file.size)) }
    }
}
