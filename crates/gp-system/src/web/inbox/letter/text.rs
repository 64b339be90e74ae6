//! What a letter says, in words: for telephones, for screen readers, for paper.

use maud::{Markup, html};
use pages::components::{document, foreign_text, time};
use pages::work::{State, note};

use super::files::{self, size};
use super::{Around, Letter, Tab, sections};
use crate::web::inbox::{subject, version};
use crate::web::received;

pub(super) fn show(letter: &Letter, around: &Around<'_>) -> Markup {
    let task = &letter.task;
    html! {
        article.paper {
            div.paper-head {
                h2 { (foreign_text(&task.kind)) }
                span.small.hush {
                    "Version " (version(task))
                    @if let Some(document) = letter.document() {
                        span.no-print {
                            " · "
                            a href=(around.plain(&files::path(task.id, document)))
                                target="_blank" rel="noopener" { "Open PDF" }
                        }
                    }
                }
            }
            div #letter-notes data-live { (notes(letter, around)) }
            (facts(letter, around))
            (sections::show(task, &letter.sections))
            (with_it(letter, around))
            @if letter.sections.is_empty() { (in_its_file(letter, around)) }
        }
    }
}

/// What has to be known before the rest is read.
fn notes(letter: &Letter, around: &Around<'_>) -> Markup {
    let task = &letter.task;
    let to = |id: crate::TaskId| around.to(&format!("/inbox/{id}"));
    html! {
        @if let Some(newer) = task.replaced_by {
            (note(State::Warning, html! {
                "This document is archived. "
                a href=(to(newer)) { "The newer version replaced it" } "."
            }))
        } @else if task.void {
            (note(State::Bad, html! {
                "This document is null and void: a replacement of it could not be taken. Its sender was told to \
                 send a new report."
            }))
        }
        @if let Some(older) = task.replaces {
            (note(State::Going, html! { "Replaces " a href=(to(older)) { "the archived version" } "." }))
        }
        @if let Some(reason) = &task.reason {
            (note(State::Warning, html! { "Returned because: " (foreign_text(reason)) }))
        }
        @if task.repeats > 0 {
            (note(State::Quiet, html! { "Arrived again " (task.repeats) " times, refused each time." }))
        }
        @if task.needs_review {
            (note(State::Going, html! {
                "The entries of this update are decided one by one, and then filed: "
                a href=(around.to(&format!("/inbox/{}/review", task.id))) { "open its review" } "."
            }))
        }
    }
}

fn facts(letter: &Letter, around: &Around<'_>) -> Markup {
    let task = &letter.task;
    let found = letter
        .message
        .as_ref()
        .map(|it| (it, received::counted(it)));
    html! {
        dl {
            dt { "From" }
            dd { b { (foreign_text(&task.sender)) } ", mailbox " (task.sender_mailbox) }
            dt { "For" }
            dd { b { @if task.for_action { "Action: something is asked of you" } @else { "Information" } } }
            dt { "Subject" }
            dd { bdi { (subject(task)) } }
            dt { "Received" }
            dd { (time(task.received_at)) }
            @if let Some((message, found)) = found && !found.is_empty() {
                dt { "Found" }
                dd { a href=(around.plain(&format!("/received/{}", message.number))) { (found) } }
            }
        }
    }
}

/// The attachments by name, type and size.
fn with_it(letter: &Letter, around: &Around<'_>) -> Markup {
    let id = letter.task.id;
    html! {
        @if !letter.files().is_empty() {
            dl {
                dt { "With it" }
                dd {
                    ul {
                        @for file in letter.files() {
                            li {
                                a href=(around.plain(&files::path(id, file))) { bdi { (files::title(file)) } }
                                ", " (foreign_text(&file.content_type)) ", " (size(file.size))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Of a letter whose words are in a file only.
fn in_its_file(letter: &Letter, around: &Around<'_>) -> Markup {
    let Some(file) = letter.first() else {
        return html! { p.gap-top { "The message has no document in it." } };
    };
    let address = around.plain(&files::path(letter.task.id, file));
    html! {
        @if letter.document().is_some() {
            div.letter-pdf.no-print { (document(&address, &files::title(file))) }
            p.letter-open.gap-top {
                "The words of this letter are in its document, which is a file of its own: "
                a href=(address) { "open the document (" (size(file.size)) ")" }
                span.no-print { ", or see it in the view "
                    a href=(around.to(&Tab::Document.path(letter.task.id))) { "PDF" } }
                "."
            }
        } @else {
            p.gap-top {
                "The words of this letter are in its document: "
                a href=(address) { "download " bdi { (files::title(file)) } }
                ", " (foreign_text(&file.content_type)) ", " (size(file.size)) "."
            }
        }
    }
}
