//! The form of a consultation.

use maud::{Markup, html};
use pages::components::{Errors, Field, button, checkbox, secondary_button};
use send_document::Consultation;

use super::fields::Fields;
use super::notes;
use crate::web::context::{Pages, View};
use crate::{ConsultationId, DraftId};

/// Where a form leads, and what it begins from.
pub(super) struct Entry<'a> {
    /// The path the form posts to.
    pub(super) to: &'a str,
    /// What is not on the form is taken from here: addresses, telephone numbers, attachments.
    pub(super) base: Option<&'a Consultation>,
    /// The draft it changes.
    pub(super) draft: Option<DraftId>,
    /// The consultation it changes or follows.
    pub(super) updates: Option<ConsultationId>,
}

/// The form, with what is wrong in it.
pub(super) fn page(
    view: &View,
    pages: &Pages,
    entry: &Entry<'_>,
    fields: &Fields,
    errors: &Errors,
) -> Markup {
    let wait = pages.practice.config().wait_minutes;
    let is_new = entry.updates.is_none();
    let title = if is_new {
        "New consultation"
    } else {
        "Change a consultation"
    };
    view.page(title).errors(errors).show(html! {
        p {
            "You see the report before anything is sent. It goes to the practice where the patient \
             is registered, "
            @if wait == 0 { "as soon as you send it." }
            @else { (wait) " minutes after you send it." }
        }
        @if is_new && entry.draft.is_none() { (search(view)) }
        (view.form(entry.to, html! {
            (patient(fields, errors))
            (encounter(fields, errors))
            (clinical_notes(fields, errors))
            (button("Check the report"))
        }))
    })
}

fn search(view: &View) -> Markup {
    view.form(
        "/new/patients",
        html! {
            (Field::new("patient", "Find the patient in this practice's list")
                .hint("Names, or the first digits of the NHS number. Or fill in the form below.")
                .input("search"))
            (secondary_button("Find"))
        },
    )
}

fn group(legend: &str, content: Markup) -> Markup {
    html! {
        fieldset.nhsuk-fieldset {
            legend.nhsuk-fieldset__legend.nhsuk-fieldset__legend--m {
                h2.nhsuk-fieldset__heading { (legend) }
            }
            (content)
        }
    }
}

fn patient(fields: &Fields, errors: &Errors) -> Markup {
    let field = |name, label| {
        Field::new(name, label)
            .value(fields.get(name))
            .errors(errors)
    };
    group(
        "Patient",
        html! {
            (field("nhs_number", "NHS number").hint("10 digits").width(20).input("text"))
            (field("family_name", "Family name").width(30).input("text"))
            (field("given_names", "Given names").hint("Optional").width(30).input("text"))
            (field("title", "Title").hint("Optional").width(10).input("text"))
            (field("birth_date", "Date of birth").width(20).input("date"))
            (field("receiving_practice", "Practice where the patient is registered").input("text"))
        },
    )
}

fn encounter(fields: &Fields, errors: &Errors) -> Markup {
    let field = |name, label| {
        Field::new(name, label)
            .value(fields.get(name))
            .errors(errors)
    };
    group(
        "Consultation",
        html! {
            (field("date", "When the patient was seen").width(20).input("datetime-local"))
            (field("clinician_id", "Clinician's SDS user id").width(20).input("text"))
            (field("clinician_family_name", "Clinician's family name").width(30).input("text"))
            (field("clinician_given_names", "Clinician's given names")
                .hint("Optional")
                .width(30)
                .input("text"))
            (field("clinician_role", "Clinician's role").width(30).input("text"))
            (field("practice_phone", "Telephone number of this practice").width(20).input("tel"))
            (field("practice_address", "Address of this practice").textarea(4))
        },
    )
}

fn clinical_notes(fields: &Fields, errors: &Errors) -> Markup {
    group(
        "Clinical notes",
        html! {
            p.nhsuk-hint {
                "Notes under the same title are printed together. A note without text is left out. \
                 Those titled Follow-up actions are printed last."
            }
            @for row in 0..notes::rows(fields) { (note(row, fields, errors)) }
            (checkbox(
                "confidential",
                "The whole consultation is confidential",
                "The report then tells only who was seen and when.",
                fields.get("confidential") == "yes",
            ))
        },
    )
}

fn note(row: usize, fields: &Fields, errors: &Errors) -> Markup {
    let name = |what: &str| format!("{what}_{row}");
    let (title, text, confidential) = (name("title"), name("text"), name("confidential"));
    let number = row + 1;
    let (title_label, text_label) = (format!("Title of note {number}"), format!("Note {number}"));
    let code = fields.get(&name("code"));
    html! {
        div.pages-note-row {
            (Field::new(&title, &title_label)
                .value(fields.get(&title))
                .errors(errors)
                .width(30)
                .input("text"))
            @if !code.is_empty() {
                p { "Coded: " (fields.get(&name("display"))) " (" (code) ")" }
                @for part in ["system", "code", "display"] {
                    input type="hidden" name=(name(part)) value=(fields.get(&name(part)));
                }
                (checkbox(
                    &name("leave_out"),
                    "Leave the coded term out",
                    "",
                    fields.get(&name("leave_out")) == "yes",
                ))
            }
            (Field::new(&text, &text_label).value(fields.get(&text)).errors(errors).textarea(3))
            (checkbox(
                &confidential,
                &format!("Note {number} is confidential"),
                "",
                fields.get(&confidential) == "yes",
            ))
        }
    }
}
