//! A message as people read it. What others wrote is formatting and text at most: nothing of it is fetched, followed or
//! run.

use fhir::narrative::{Narrative, Piece, Tag};
use fhir::{Bundle, Element};
use itk3::{Message, Received};
use maud::{Markup, html};
use pages::components::{foreign_text, visible};

use crate::sandbox::reading::Itk3;
use crate::sandbox::words::bytes;

use super::message::Looked;
use super::source_view::plain;

/// Sections shown.
const SECTIONS: usize = 200;
/// Characters of a section's title.
const TITLE: usize = 255;
/// Bytes of one narrative that are shown; what is cut off is in the source.
const NARRATIVE: usize = 256 * 1024;

pub(super) fn view(looked: &Looked<'_>) -> Markup {
    html! {
        div.desk tabindex="0" aria-label="The message as people read it" role="region" {
            div.paper {
                @match &looked.opened.itk3 {
                    Some(itk3) => (of_itk3(looked, itk3)),
                    None => (other(looked)),
                }
            }
        }
    }
}

fn of_itk3(looked: &Looked<'_>, itk3: &Itk3) -> Markup {
    if let Some(answer) = &itk3.acknowledgement {
        let display = answer.code.meaning().map_or("", |code| code.display());
        return html! {
            div.paper-head { h2 { "Acknowledgement " (foreign_text(answer.code.code())) } }
            dl {
                dt { "Code" } dd { b { (foreign_text(answer.code.code())) } " " (display) }
                (fact("Answers", answer.in_response_to.as_deref()))
                (fact("Sender’s reference", answer.sender_reference.as_deref()))
                (fact("From", answer.organisation.as_ref().map(|ods| ods.as_str())))
                (fact("Mailbox", answer.endpoint.as_deref()))
                (fact("What was wrong", answer.diagnostics.as_deref()))
            }
        };
    }
    match (&itk3.received, &itk3.document) {
        (Some(received), Some(document)) => {
            let composition = composition(&document.root);
            html! {
                (head(itk3, received))
                @match composition {
                    Some(composition) => (narrative(composition)),
                    None => p { (foreign_text(&received.text)) },
                }
                (attachments(looked, received))
            }
        }
        (None, Some(_)) => html! {
            p { "It is FHIR, and no message with a document that could be shown. The findings say what is missing." }
        },
        _ => html! { p { "It cannot be read. The findings say where the reader stumbled." } },
    }
}

fn fact(name: &str, value: Option<&str>) -> Markup {
    html! { @if let Some(value) = value { dt { (name) } dd { (foreign_text(value)) } } }
}

fn head(itk3: &Itk3, received: &Received) -> Markup {
    let kind = itk3.payload.map(|payload| payload.listed_kind(received));
    let patient = &received.patient;
    let number = patient.nhs_number.as_ref().map(|number| number.spaced());
    let born = patient.birth_date.as_ref().map(|date| date.iso());
    let version = received.version.map(|version| version.to_string());
    html! {
        div.paper-head {
            h2 { (foreign_text(kind.as_deref().unwrap_or("Document"))) }
            span { (foreign_text(received.date.as_deref().unwrap_or_default())) }
        }
        dl {
            dt { "Patient" } dd { b { (foreign_text(patient.listed_name())) } }
            (fact("NHS number", number.as_deref()))
            (fact("Date of birth", born.as_deref()))
            (fact("From", received.custodian_name.as_deref()))
            (fact("Author", received.practitioner_name.as_deref()))
            (fact("Version", version.as_deref()))
            (fact("Replaces", received.replaces.as_deref()))
            dt { "For" } dd { @if received.for_action { "action" } @else { "information" } }
        }
    }
}

/// The composition of the document inside.
fn composition(root: &Element) -> Option<&Element> {
    let message = Message::of(root)?;
    let payload = message.payload()?;
    let document = Bundle::of(payload)?;
    let mut resources = document.resources();
    resources.find(|resource| resource.name() == "Composition")
}

/// The narrative and every section under its title.
fn narrative(composition: &Element) -> Markup {
    let mut shown = Vec::new();
    collect(composition, &mut shown);
    html! {
        @for (title, narrative) in &shown {
            @if !title.is_empty() { h3 { (foreign_text(title)) } }
            (pieces(&narrative.pieces))
        }
    }
}

fn collect(holder: &Element, shown: &mut Vec<(String, Narrative)>) {
    if shown.len() >= SECTIONS {
        return;
    }
    let title = holder
        .value_at("title")
        .filter(|_| holder.name() == "section");
    let xhtml = holder.at("text.div").and_then(Element::xhtml);
    // A section without a text shows a file, and the list of files has its title.
    if let Some(xhtml) = xhtml {
        let title = title.unwrap_or_default().chars().take(TITLE).collect();
        shown.push((title, Narrative::of(beginning(xhtml))));
    }
    for section in holder.all("section") {
        collect(section, shown);
    }
}

fn beginning(xhtml: &str) -> &str {
    if xhtml.len() <= NARRATIVE {
        return xhtml;
    }
    let mut end = NARRATIVE;
    while !xhtml.is_char_boundary(end) {
        end -= 1;
    }
    xhtml.get(..end).unwrap_or_default()
}

/// The pieces of a narrative in the same elements; headings are paragraphs, for the page has its own.
fn pieces(list: &[Piece]) -> Markup {
    html! {
        @for piece in list {
            @match piece {
                Piece::Text(text) => (visible(text)),
                Piece::Element(element) => {
                    @let within = pieces(&element.within);
                    @match element.tag {
                        Tag::P => p { (within) },
                        Tag::H1 | Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6 => p { b { (within) } },
                        Tag::B | Tag::Strong => b { (within) },
                        Tag::I | Tag::Em => i { (within) },
                        Tag::Ul => ul { (within) },
                        Tag::Ol => ol { (within) },
                        Tag::Li => li { (within) },
                        Tag::Table => div.scroll-x { table { (within) } },
                        Tag::Thead => thead { (within) },
                        Tag::Tbody => tbody { (within) },
                        Tag::Tfoot => tfoot { (within) },
                        Tag::Tr => tr { (within) },
                        Tag::Th => th colspan=(element.columns) rowspan=(element.rows) { (within) },
                        Tag::Td => td colspan=(element.columns) rowspan=(element.rows) { (within) },
                        Tag::Br => br;,
                        Tag::Hr => hr;,
                        Tag::Pre => pre { (within) },
                        Tag::Div | Tag::Blockquote => div { (within) },
                        _ => span { (within) },
                    }
                }
            }
        }
    }
}

fn attachments(looked: &Looked<'_>, received: &Received) -> Markup {
    html! {
        @if !received.attachments.is_empty() {
            h3 { "Files" }
            ul {
                @for (place, attachment) in received.attachments.iter().enumerate() {
                    @let number = place + 1;
                    @let address = format!("/messages/{}/attachments/{number}", looked.id());
                    li {
                        a href=(address) target="_blank" rel="noopener" {
                            @if attachment.title.is_empty() { "File " (number) }
                            @else { (foreign_text(&attachment.title)) }
                        }
                        " " span.hush {
                            (foreign_text(&attachment.content_type)) ", " (bytes(attachment.content.len() as u64))
                            @if !pages::is_shown(&attachment.content_type) { ", a download" }
                        }
                    }
                }
            }
        }
    }
}

fn other(looked: &Looked<'_>) -> Markup {
    if let Some(failure) = looked.opened.envelope.failure()
        && looked.opened.content.is_none()
    {
        return html! {
            div.paper-head { h2 { "Report of the exchange" } }
            dl {
                dt { "Code" } dd { b { (foreign_text(&failure.code)) } }
                (fact("What happened", Some(&failure.description)))
                @if let Some(linked) = &failure.linked {
                    dt { "About" } dd { a href={ "/messages/" (linked) } { "message " (foreign_text(linked)) } }
                }
            }
        };
    }
    match &looked.opened.content {
        Some(content) => html! {
            @if content.was_gzip { p.hush.small { "It was sent as gzip." } }
            (plain(&content.bytes))
        },
        None => {
            html! { p { "There is nothing to show of it yet: chunks are missing, or it is very large." } }
        }
    }
}
