//! The clinical notes of the form: a row stands open where it holds something, the others open as they are needed.

use maud::{Markup, html};
use pages::components::{Errors, Field, checkbox};

use super::fields::Fields;
use super::notes;
use crate::web::context::{Pages, View};

/// The rows, and the templates of the practice.
pub(super) fn show(view: &View, pages: &Pages, fields: &Fields, errors: &Errors) -> Markup {
    html! {
        fieldset.nhsuk-fieldset {
            legend."nhsuk-fieldset__legend nhsuk-fieldset__legend--m" {
                h2.nhsuk-fieldset__heading { "Clinical notes" }
            }
            (templates(view, pages, errors))
            p.nhsuk-hint {
                "Open the headings that you need; what stays empty is left out. Notes under the same title are printed \
                 together, and those titled Follow-up actions last."
            }
            @for row in 0..notes::rows(fields) { (note(row, fields, errors)) }
            (checkbox(
                "confidential",
                "The whole consultation is confidential",
                "The report then tells only who was seen and when.",
                fields.get("confidential") == "yes",
            ))
        }
    }
}

fn templates(view: &View, pages: &Pages, errors: &Errors) -> Markup {
    let templates = &pages.practice.config().templates;
    if templates.is_empty() {
        return Markup::default();
    }
    let numbers: Vec<String> = (0..templates.len())
        .map(|number| number.to_string())
        .collect();
    let named = numbers.iter().zip(templates);
    let options: Vec<(&str, &str)> = [("", "None")]
        .into_iter()
        .chain(named.map(|(number, template)| (number.as_str(), template.name.as_str())))
        .collect();
    html! {
        div.pages-search {
            (Field::new("template", "Template").errors(errors).select(&options))
            button.nhsuk-button.nhsuk-button--secondary type="submit"
                formaction=(view.link("/new/template")) { "Put it in" }
        }
    }
}

fn note(row: usize, fields: &Fields, errors: &Errors) -> Markup {
    let name = |what: &str| format!("{what}_{row}");
    let (title, text, confidential) = (name("title"), name("text"), name("confidential"));
    let is_wrong = errors.of(&title).is_some() || errors.of(&text).is_some();
    let is_open = notes::is_open(fields, row) || is_wrong;
    let number = row + 1;
    let (title_label, text_label) = (format!("Title of note {number}"), format!("Note {number}"));
    let code = fields.get(&name("code"));
    let heading = match fields.get(&title) {
        "" => "Another heading",
        heading => heading,
    };
    html! {
        details.nhsuk-details.entry-note open[is_open] {
            summary.nhsuk-details__summary { span.nhsuk-details__summary-text { (heading) } }
            div.nhsuk-details__text {
                (Field::new(&text, &text_label).value(fields.get(&text)).errors(errors).textarea(4))
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
                (checkbox(
                    &confidential,
                    &format!("Note {number} is confidential"),
                    "",
                    fields.get(&confidential) == "yes",
                ))
            }
        }
    }
}
