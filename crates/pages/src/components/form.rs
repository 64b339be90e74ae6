//! Fields of forms, their errors, and buttons.

use maud::{Markup, html};

use super::visible;

/// What has to be corrected in a form: each with the field it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errors {
    list: Vec<(String, String)>,
}

impl Errors {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is wrong with a field, as an instruction; `""` is the form as a whole.
    pub fn add(&mut self, field: impl Into<String>, words: impl Into<String>) {
        self.list.push((field.into(), words.into()));
    }

    /// True when there is nothing to correct.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The first that is about a field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.list
            .iter()
            .find(|(about, _)| about == field)
            .map(|(_, words)| words.as_str())
    }
}

/// All errors of a form above it, each a link to its field.
pub fn error_summary(errors: &Errors) -> Markup {
    html! {
        div.nhsuk-error-summary tabindex="-1" data-error-summary {
            div role="alert" {
                h2.nhsuk-error-summary__heading { "There is a problem" }
                div.nhsuk-error-summary__body {
                    ul.nhsuk-list.nhsuk-error-summary__list {
                        @for (field, words) in &errors.list {
                            li {
                                @if field.is_empty() { (words) }
                                @else { a href=(format!("#{field}")) { (words) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A labelled field, with its hint and what is wrong with it.
pub struct Field<'a> {
    name: &'a str,
    label: &'a str,
    hint: Option<&'a str>,
    value: &'a str,
    error: Option<&'a str>,
    width: Option<u8>,
    autocomplete: &'a str,
}

impl<'a> Field<'a> {
    /// A field by its name, which is its id too, and its label.
    pub fn new(name: &'a str, label: &'a str) -> Self {
        Self {
            name,
            label,
            hint: None,
            value: "",
            error: None,
            width: None,
            autocomplete: "off",
        }
    }

    /// A line below the label.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint).filter(|hint| !hint.is_empty());
        self
    }

    /// What it holds.
    pub fn value(mut self, value: &'a str) -> Self {
        self.value = value;
        self
    }

    /// Takes what is wrong with it from the form's errors.
    pub fn errors(mut self, errors: &'a Errors) -> Self {
        self.error = errors.of(self.name);
        self
    }

    /// The width in characters: 2, 3, 4, 5, 10, 20 or 30.
    pub fn width(mut self, characters: u8) -> Self {
        self.width = Some(characters);
        self
    }

    /// What a browser may fill in.
    pub fn autocomplete(mut self, what: &'a str) -> Self {
        self.autocomplete = what;
        self
    }

    /// One line: `text`, `search`, `password`, `date`, `datetime-local`, `tel`, …
    pub fn input(self, kind: &str) -> Markup {
        let width = self
            .width
            .map(|width| format!(" nhsuk-input--width-{width}"))
            .unwrap_or_default();
        let class = format!("nhsuk-input{width}{}", self.error_class("nhsuk-input"));
        self.group(html! {
            input class=(class) id=(self.name) name=(self.name) type=(kind) value=(self.value)
                autocomplete=(self.autocomplete) spellcheck="false"
                aria-describedby=[self.described_by()];
        })
    }

    /// Several lines.
    pub fn textarea(self, rows: u8) -> Markup {
        let class = format!("nhsuk-textarea{}", self.error_class("nhsuk-textarea"));
        self.group(html! {
            textarea class=(class) id=(self.name) name=(self.name) rows=(rows)
                aria-describedby=[self.described_by()] { "\n" (self.value) }
        })
    }

    /// One of several: each option's value and words; the field's value is chosen.
    pub fn select(self, options: &[(&str, &str)]) -> Markup {
        let class = format!("nhsuk-select{}", self.error_class("nhsuk-select"));
        self.group(html! {
            select class=(class) id=(self.name) name=(self.name)
                aria-describedby=[self.described_by()] {
                @for (value, words) in options {
                    option value=(value) selected[*value == self.value] { (visible(words)) }
                }
            }
        })
    }

    /// A file.
    pub fn file(self) -> Markup {
        self.upload(false)
    }

    /// Files, one or several.
    pub fn files(self) -> Markup {
        self.upload(true)
    }

    fn upload(self, several: bool) -> Markup {
        let class = format!("nhsuk-file-upload{}", self.error_class("nhsuk-file-upload"));
        self.group(html! {
            input class=(class) id=(self.name) name=(self.name) type="file" multiple[several]
                aria-describedby=[self.described_by()];
        })
    }

    fn error_class(&self, block: &str) -> String {
        match self.error {
            Some(_) => format!(" {block}--error"),
            None => String::new(),
        }
    }

    fn described_by(&self) -> Option<String> {
        let hint = self.hint.map(|_| format!("{}-hint", self.name));
        let error = self.error.map(|_| format!("{}-error", self.name));
        let both: Vec<String> = hint.into_iter().chain(error).collect();
        (!both.is_empty()).then(|| both.join(" "))
    }

    fn group(&self, control: Markup) -> Markup {
        let class = group_class(self.error);
        html! {
            div class=(class) {
                label.nhsuk-label for=(self.name) { (self.label) }
                @if let Some(hint) = self.hint {
                    div.nhsuk-hint id=(format!("{}-hint", self.name)) { (hint) }
                }
                (error_message(self.name, self.error))
                (control)
            }
        }
    }
}

pub(super) fn group_class(error: Option<&str>) -> &'static str {
    match error {
        Some(_) => "nhsuk-form-group nhsuk-form-group--error",
        None => "nhsuk-form-group",
    }
}

pub(super) fn error_message(field: &str, error: Option<&str>) -> Markup {
    html! {
        @if let Some(error) = error {
            span.nhsuk-error-message id=(format!("{field}-error")) {
                span.nhsuk-u-visually-hidden { "Error: " } (error)
            }
        }
    }
}

/// One of a set of radio buttons.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    /// What is sent.
    pub value: &'a str,
    /// What is read.
    pub label: &'a str,
    /// More about it; may be empty.
    pub hint: &'a str,
}

/// A question with a few answers.
pub fn radios(
    name: &str,
    legend: &str,
    choices: &[Choice<'_>],
    chosen: &str,
    errors: &Errors,
) -> Markup {
    let error = errors.of(name);
    html! {
        div class=(group_class(error)) {
            fieldset.nhsuk-fieldset
                aria-describedby=[error.map(|_| format!("{name}-error"))] {
                legend.nhsuk-fieldset__legend.nhsuk-fieldset__legend--s { (legend) }
                (error_message(name, error))
                div.nhsuk-radios {
                    @for (index, choice) in choices.iter().enumerate() {
                        (radio(name, index, choice, chosen))
                    }
                }
            }
        }
    }
}

fn radio(name: &str, index: usize, choice: &Choice<'_>, chosen: &str) -> Markup {
    // The first has the field's own id, which the error summary leads to.
    let id = match index {
        0 => name.to_owned(),
        _ => format!("{name}-{}", index + 1),
    };
    let hint = (!choice.hint.is_empty()).then(|| format!("{id}-hint"));
    html! {
        div.nhsuk-radios__item {
            input.nhsuk-radios__input id=(id) name=(name) type="radio" value=(choice.value)
                checked[choice.value == chosen] aria-describedby=[hint.as_ref()];
            label.nhsuk-label.nhsuk-radios__label for=(id) { (choice.label) }
            @if let Some(hint) = &hint {
                div.nhsuk-hint.nhsuk-radios__hint id=(hint) { (choice.hint) }
            }
        }
    }
}

/// A single box; sends `yes` when ticked.
pub fn checkbox(name: &str, label: &str, hint: &str, ticked: bool) -> Markup {
    let hint_id = (!hint.is_empty()).then(|| format!("{name}-hint"));
    html! {
        div.nhsuk-form-group {
            div.nhsuk-checkboxes {
                div.nhsuk-checkboxes__item {
                    input.nhsuk-checkboxes__input id=(name) name=(name) type="checkbox" value="yes"
                        checked[ticked] aria-describedby=[hint_id.as_ref()];
                    label.nhsuk-label.nhsuk-checkboxes__label for=(name) { (label) }
                    @if let Some(id) = &hint_id {
                        div.nhsuk-hint.nhsuk-checkboxes__hint id=(id) { (hint) }
                    }
                }
            }
        }
    }
}

/// What sends a form.
pub fn button(words: &str) -> Markup {
    html! { button.nhsuk-button type="submit" { (words) } }
}

/// What sends a form that is not the page's main matter.
pub fn secondary_button(words: &str) -> Markup {
    html! { button.nhsuk-button.nhsuk-button--secondary type="submit" { (words) } }
}

/// What sends a form whose effect cannot be taken back.
pub fn warning_button(words: &str) -> Markup {
    html! { button.nhsuk-button.nhsuk-button--warning type="submit" { (words) } }
}

/// A link that looks like a button, to where something begins.
pub fn button_link(words: &str, address: &str) -> Markup {
    html! { a.nhsuk-button href=(address) role="button" draggable="false" { (words) } }
}
