//! A date or a time in fields of its own for each part, as the NHS design system asks for it.

use maud::{Markup, html};

use super::Errors;
use super::form::{error_message, group_class};

/// One field of a date or time.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Its name behind that of the whole: `day` of `born` is the field `born_day`.
    pub name: &'a str,
    /// What is read above it.
    pub label: &'a str,
    /// What it holds.
    pub value: &'a str,
    /// The most digits it takes.
    pub digits: u8,
}

/// A question answered by a few numbers. What is wrong is told once above them, and the part it is about is marked.
pub struct DateInput<'a> {
    name: &'a str,
    legend: &'a str,
    hint: &'a str,
    parts: &'a [Part<'a>],
}

impl<'a> DateInput<'a> {
    /// By its name, its question and its parts.
    pub fn new(name: &'a str, legend: &'a str, parts: &'a [Part<'a>]) -> Self {
        Self {
            name,
            legend,
            hint: "",
            parts,
        }
    }

    /// A line below the question, such as an example.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// Draws it, with what is wrong in the form. An error is that of a part, by the part's full name.
    pub fn show(self, errors: &Errors) -> Markup {
        let wrong = self
            .parts
            .iter()
            .find_map(|part| errors.of(&self.field(part)));
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let told = wrong.map(|_| format!("{}-error", self.name));
        let described: Vec<String> = hint.iter().cloned().chain(told).collect();
        let described = (!described.is_empty()).then(|| described.join(" "));
        html! {
            div class=(group_class(wrong)) {
                fieldset.nhsuk-fieldset role="group" aria-describedby=[described] {
                    legend."nhsuk-fieldset__legend nhsuk-fieldset__legend--s" { (self.legend) }
                    @if let Some(id) = &hint { div.nhsuk-hint id=(id) { (self.hint) } }
                    (error_message(self.name, wrong))
                    div.nhsuk-date-input id=(self.name) {
                        @for part in self.parts { (self.part(part, errors)) }
                    }
                }
            }
        }
    }

    fn field(&self, part: &Part<'_>) -> String {
        format!("{}_{}", self.name, part.name)
    }

    fn part(&self, part: &Part<'_>, errors: &Errors) -> Markup {
        let field = self.field(part);
        let wrong = match errors.of(&field) {
            Some(_) => " nhsuk-input--error",
            None => "",
        };
        let width = part.digits.max(2);
        let class =
            format!("nhsuk-input nhsuk-date-input__input nhsuk-input--width-{width}{wrong}");
        html! {
            div.nhsuk-date-input__item {
                div.nhsuk-form-group {
                    label."nhsuk-label nhsuk-date-input__label" for=(field) { (part.label) }
                    input class=(class) id=(field) name=(field) type="text" inputmode="numeric"
                        maxlength=(part.digits) value=(part.value) autocomplete="off" spellcheck="false"
                        aria-invalid=[errors.of(&field).map(|_| "true")];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_that_is_wrong_is_marked_and_told_once_above_all() {
        let part = |name, label, digits| Part {
            name,
            label,
            value: "",
            digits,
        };
        let parts = [part("day", "Day", 2), part("year", "Year", 4)];
        let mut errors = Errors::new();
        errors.add("born_year", "Date of birth must include a year");
        let shown = DateInput::new("born", "Date of birth", &parts)
            .show(&errors)
            .into_string();
        assert_eq!(shown.matches("must include a year").count(), 1);
        assert_eq!(shown.matches("nhsuk-input--error").count(), 1);
        assert!(shown.contains("aria-describedby=\"born-error\""));
        assert!(shown.contains("id=\"born_year\"") && shown.contains("id=\"born_day\""));
    }
}
