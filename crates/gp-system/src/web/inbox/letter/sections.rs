//! The sections of a document that is text under headings: each with its text, and the codes beside it.

use itk3::ReceivedSection;
use itk3::payload::{Code, CodedEntry};
use maud::{Markup, html};
use pages::components::{Column, DataTable, foreign_text, inset_text, visible};

use super::narrative;
use crate::Task;

/// What a letter asks of the practice: "Plan and requested actions".
const PLAN: &str = "887201000000105";
/// From this many sections on there is a list of them.
const LONG: usize = 3;

/// Every section in its order.
pub(super) fn show(task: &Task, sections: &[ReceivedSection]) -> Markup {
    let plan = sections
        .iter()
        .position(|section| section.code.as_deref() == Some(PLAN));
    html! {
        @if !sections.is_empty() {
            @if let Some((plan, section)) = plan.and_then(|plan| Some((plan, sections.get(plan)?)))
                && task.for_action
            {
                (inset_text(html! {
                    p { "For action: see " (link(plan, section)) "." }
                }))
            }
            @if sections.len() >= LONG {
                nav aria-label="Sections" {
                    ul.pages-letter__contents {
                        @for (place, section) in sections.iter().enumerate() {
                            li { (link(place, section)) }
                        }
                    }
                }
            }
            @for (place, section) in sections.iter().enumerate() { (one(place, section)) }
        }
    }
}

fn link(place: usize, section: &ReceivedSection) -> Markup {
    html! { a href=(format!("#section-{place}")) { (foreign_text(title(section))) } }
}

fn title(section: &ReceivedSection) -> &str {
    match section.title.trim() {
        "" => "Section without a title",
        title => title,
    }
}

fn one(place: usize, section: &ReceivedSection) -> Markup {
    let title = title(section);
    html! {
        h3.nhsuk-heading-s id=(format!("section-{place}")) { (foreign_text(title)) }
        @if section.narrative.pieces.is_empty() {
            p { "This section has no text, only the codes below." }
        } @else {
            div.pages-letter { (narrative::show(&section.narrative, title)) }
        }
        @if !section.entries.is_empty() { (codes(title, &section.entries)) }
    }
}

/// The codes as the sender wrote them: a person compares them with the text.
fn codes(title: &str, entries: &[CodedEntry]) -> Markup {
    let caption = format!("Codes in {}", visible(title));
    let columns = vec![
        Column::text("Code"),
        Column::text("What goes with the code"),
        Column::text("In the sender's words"),
        Column::text("Standing"),
        Column::text("Kind"),
    ];
    DataTable::new(&caption, columns)
        .rows(entries.iter().flat_map(rows))
        .show()
}

fn rows(entry: &CodedEntry) -> Vec<Vec<Markup>> {
    let words = || foreign_text(entry.text.as_deref().unwrap_or_default());
    let kind = || foreign_text(kind(&entry.resource));
    let row = |code: &Code| {
        let code_and_system = html! {
            (foreign_text(&code.code)) " "
            span.nhsuk-body-s { (foreign_text(system(&code.system))) }
        };
        vec![
            code_and_system,
            foreign_text(&code.display),
            words(),
            standing(entry),
            kind(),
        ]
    };
    if entry.codes.is_empty() {
        return vec![vec![
            html! { "no code" },
            html! {},
            words(),
            standing(entry),
            kind(),
        ]];
    }
    entry.codes.iter().map(row).collect()
}

/// What denies a code is bold: read by itself, the code would say the opposite.
fn standing(entry: &CodedEntry) -> Markup {
    html! {
        @for (place, standing) in entry.standing.iter().enumerate() {
            @if place > 0 { ", " }
            @if standing.denies { strong { (foreign_text(&standing.words)) } }
            @else { (foreign_text(&standing.words)) }
        }
    }
}

fn system(url: &str) -> &str {
    match url {
        "http://snomed.info/sct" => "SNOMED CT",
        "https://dmd.nhs.uk" => "dm+d",
        url => url,
    }
}

fn kind(resource: &str) -> &str {
    match resource {
        "AllergyIntolerance" => "Allergy or intolerance",
        "FamilyMemberHistory" => "Family history",
        "Immunization" => "Immunisation",
        "MedicationStatement" | "MedicationRequest" | "MedicationDispense" => "Medicine",
        other => other,
    }
}
