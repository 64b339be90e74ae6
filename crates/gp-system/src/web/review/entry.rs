//! One entry: its code, its text, and the decision about it.

use maud::{Markup, html};
use pages::components::{Errors, Field, foreign_text, visible};
use pages::work::{State, tag};
use update_record::{Act, Content, Decision, Entry, Mark, Record};

use super::choice::{Choice, What, is_too_long, suggested, verdict};
use super::groups;
use super::page::by;
use crate::Task;
use crate::web::context::View;

/// Everything that is shown of one entry.
pub(super) struct Shown<'a> {
    pub(super) view: &'a View,
    pub(super) task: &'a Task,
    pub(super) record: &'a Record,
    /// Its place in the record.
    pub(super) place: usize,
    pub(super) entry: &'a Entry,
    /// The last decision on record.
    pub(super) decided: Option<&'a Act>,
    /// Somebody else decided otherwise meanwhile.
    pub(super) others: bool,
    /// What this person chose and is not on record.
    pub(super) yours: Option<&'a Choice>,
    /// What stands in the fields.
    pub(super) choice: Choice,
    /// What was filed in its place before: none where it is new, nothing where nothing was filed.
    pub(super) before: Option<Option<&'a Entry>>,
    pub(super) errors: Option<&'a Errors>,
    pub(super) may_decide: bool,
}

pub(super) fn show(shown: &Shown<'_>) -> Markup {
    let entry = shown.entry;
    let is_text = entry.content == Content::Text;
    let mut class = "entry".to_owned();
    if is_text {
        class.push_str(" entry-text");
    }
    if !entry.marks.is_empty() {
        class.push_str(" entry-odd");
    }
    html! {
        div class=(class) {
            @if !is_text { div { (coded(entry)) } }
            div { (shown.written()) }
            div {
                @if shown.may_decide { (shown.choices()) } @else { (shown.decision()) }
            }
            (shown.below())
        }
    }
}

/// What a computer will act on: the code by its meaning where it is known here, by its display as it was
/// sent where not.
fn coded(entry: &Entry) -> Markup {
    let Some(code) = &entry.code else {
        return html! { b { "No code" } };
    };
    let known = update_record::meaning(&code.code);
    let system = match code.system.as_str() {
        "https://dmd.nhs.uk" => "dm+d",
        "http://snomed.info/sct" => "SNOMED",
        _ => "Code of another system",
    };
    html! {
        b {
            @match (known, &code.display) {
                (Some(known), _) => (known),
                (None, Some(display)) => (foreign_text(display)),
                (None, None) => "Sent without its meaning",
            }
        }
        div.coded {
            (system) " " code { (visible(&code.code)) }
            @if let Content::Supply(supply) = &entry.content {
                @if supply.is_declined { " · files as declined elsewhere" }
                @else { " · files as “supplied elsewhere”" }
            }
        }
    }
}

impl Shown<'_> {
    /// What the pharmacist wrote: the words beside the code, then values, amounts or a report.
    fn written(&self) -> Markup {
        let entry = self.entry;
        let display = entry.code.as_ref().and_then(|code| code.display.as_deref());
        let text = entry.text.as_deref();
        let is_quoted = !entry.marks.is_empty();
        html! {
            @for words in said(display, text) {
                div.review-said { @if is_quoted { "“" (foreign_text(words)) "”" } @else { (foreign_text(words)) } }
            }
            @match &entry.content {
                Content::Text | Content::Complaint => {},
                Content::Observation(_) => {
                    @for value in entry.values() { div { b { (foreign_text(value)) } } }
                }
                Content::Report(report) => { (self.report(&report.title)) }
                Content::Supply(supply) => {
                    div {
                        b {
                            (foreign_text(&supply.quantity))
                            @if let Some(days) = &supply.days { ", " (foreign_text(days)) " days" }
                        }
                    }
                    @for dosage in &supply.dosage { div { b { (foreign_text(dosage)) } } }
                    @for words in &supply.patient_instruction {
                        div.small.hush { "Told the patient: " (foreign_text(words)) }
                    }
                }
            }
        }
    }

    /// The report, which is an attachment of the task: reports are stored in the order of the record.
    fn report(&self, title: &str) -> Markup {
        let before = self.record.entries.iter().take(self.place);
        let nth = before
            .filter(|entry| matches!(entry.content, Content::Report(_)))
            .count();
        let is_readable = !self.entry.marks.contains(&Mark::UnreadableReport);
        let part = self.task.attachments.get(nth).filter(|_| is_readable);
        html! {
            @if let Some(part) = part {
                @let address = format!("/inbox/{}/attachments/{}", self.task.id, part.position);
                div {
                    a href=(self.view.link(&address)) target="_blank" rel="noopener" {
                        "Open the report"
                        @if !title.trim().is_empty() { ": " (foreign_text(title)) }
                    }
                    span.small.hush { " " (foreign_text(&part.content_type)) ", " (part.size.div_ceil(1024)) " KB" }
                }
            } @else { div { (foreign_text(title)) ": the report could not be read" } }
        }
    }

    fn choices(&self) -> Markup {
        let id = format!("entry-{}", self.place);
        let error = self.errors.and_then(|errors| errors.of(&id));
        let class = if self.entry.marks.is_empty() {
            "choice"
        } else {
            "choice choice-odd"
        };
        html! {
            @if let Some(error) = error {
                span.nhsuk-error-message id=(format!("{id}-error")) {
                    span.unseen { "Error: " } (visible(error))
                }
            }
            @if !self.entry.marks.is_empty() && self.choice.what.is_none() && error.is_none() {
                div.review-needed { (tag(State::Warning, "Your decision is needed")) }
            }
            fieldset class=(class) aria-describedby=[error.map(|_| format!("{id}-error"))] {
                legend.unseen { "Your decision: " (groups::name(self.entry)) }
                @for (index, (what, words)) in self.ways().into_iter().enumerate() {
                    label {
                        input type="radio" name=(id) value=(what.as_str())
                            id=[(index == 0).then_some(&id)]
                            checked[self.choice.what == Some(what)];
                        span { (visible(&words)) }
                    }
                }
            }
        }
    }

    /// What may be chosen. An entry with a mark has no plain "Accept": each way says what it files.
    fn ways(&self) -> Vec<(What, String)> {
        let plain = |what, words: &str| (what, words.to_owned());
        if self.entry.marks.is_empty() {
            return vec![
                plain(What::Take, "Accept"),
                plain(What::Amend, "Amend"),
                plain(What::Refuse, "Refuse"),
            ];
        }
        let mut ways = Vec::new();
        if let Some(code) = suggested(self.entry).and_then(|amendment| amendment.code) {
            let name = code.display.unwrap_or_default();
            ways.push((What::Suggested, format!("Amend to {} {name}", code.code)));
        }
        let keep = match &self.entry.code {
            Some(code) => format!("Keep {} {}", code.code, groups::name(self.entry)),
            None => "Keep as it came".to_owned(),
        };
        ways.push((What::Take, keep));
        ways.push(plain(What::Amend, "Amend otherwise"));
        ways.push(plain(What::Refuse, "Refuse this entry"));
        ways
    }

    /// What was decided, where nothing is to be decided any more or by this person.
    fn decision(&self) -> Markup {
        let Some(act) = self.decided else {
            return tag(State::Quiet, "Not decided");
        };
        html! {
            (decided(&act.decision))
            div.tiny.hush { (by(&act.by, act.at)) }
        }
    }

    fn below(&self) -> Markup {
        html! {
            @for mark in &self.entry.marks {
                div.full.small { b { (mark.text()) "." } " " (explained(self.entry, *mark)) }
            }
            @if let Some(before) = self.before { div.full.small { (self.beside(before)) } }
            @if self.others { div.full { (self.meanwhile()) } }
            @if self.may_decide {
                (self.amending())
                div.full.review-refuse { (self.reason()) }
            } @else if let Some(act) = self.decided { (outcome(self.entry, &act.decision)) }
        }
    }

    /// What was filed of the version before, beside this one.
    fn beside(&self, before: Option<&Entry>) -> Markup {
        match before {
            None => {
                html! { (tag(State::Going, "New")) " The version filed before does not have it." }
            }
            Some(before) if before.line() == self.entry.line() => {
                html! { span.hush { "As it was filed before." } }
            }
            Some(before) => html! {
                (tag(State::Warning, "Changed")) " Filed before: " del { (foreign_text(before.line())) }
            },
        }
    }

    /// What somebody else decided while this person did.
    fn meanwhile(&self) -> Markup {
        let yours = self.yours.and_then(|choice| choice.what);
        html! {
            div.note.note-warn {
                @if let Some(act) = self.decided {
                    b { (by(&act.by, act.at)) ": " } (decided(&act.decision))
                    @if let Decision::Refused { reason } = &act.decision { " " (foreign_text(reason)) }
                    ". "
                }
                @if self.may_decide {
                    "What you chose stands here; saving puts it in the place of theirs."
                } @else {
                    "You had chosen: "
                    @match yours {
                        Some(What::Take) => "to take it as it came",
                        Some(What::Suggested | What::Amend) => { "to amend it: “" (foreign_text(self.choice.text.trim())) "”" }
                        Some(What::Refuse) => { "to refuse it: “" (foreign_text(self.choice.reason.trim())) "”" }
                        None => "nothing",
                    }
                    "."
                }
            }
        }
    }

    fn amending(&self) -> Markup {
        let none = Errors::new();
        let errors = self.errors.unwrap_or(&none);
        let name = |field: &str| format!("{field}-{}", self.place);
        let is_text = self.entry.content == Content::Text;
        let system = match self.entry.system_to_amend() {
            "https://dmd.nhs.uk" => "Code (dm+d)",
            _ => "Code (SNOMED CT)",
        };
        let came = self.entry.code.as_ref().map(|code| code.code.as_str());
        let typed = self.choice.code.trim();
        let is_typed = self.choice.what == Some(What::Amend)
            && !typed.is_empty()
            && came.is_none_or(|came| came != typed);
        let is_long = self.entry.text.as_deref().is_some_and(is_too_long);
        html! {
            fieldset.full.review-amend {
                legend.unseen { "Amend: " (groups::name(self.entry)) }
                @if !is_text {
                    (Field::new(&name("code"), system)
                        .hint("Empty: only the text is filed.")
                        .value(&self.choice.code).errors(errors).input("text"))
                    (Field::new(&name("meaning"), "What the code means")
                        .value(&self.choice.meaning).errors(errors).input("text"))
                }
                @if is_long {
                    p.small { "The text is too long to be amended here: it is filed as it came." }
                } @else {
                    (Field::new(&name("text"), "Text")
                        .value(&self.choice.text).errors(errors).textarea(if is_text { 3 } else { 1 }))
                }
                @if matches!(self.entry.content, Content::Supply(_)) {
                    (Field::new(&name("dosage"), "Dosage")
                        .value(&self.choice.dosage).errors(errors).textarea(2))
                }
                @if is_typed { p.small.review-verdict { (visible(&verdict(typed))) } }
                p.tiny.hush { "How it came is kept beside it." }
            }
        }
    }

    fn reason(&self) -> Markup {
        let none = Errors::new();
        let name = format!("reason-{}", self.place);
        Field::new(&name, "Why this entry is refused")
            .value(&self.choice.reason)
            .errors(self.errors.unwrap_or(&none))
            .textarea(1)
    }
}

/// The words beside a code, each once: the text, and the display where it says something else.
fn said<'a>(display: Option<&'a str>, text: Option<&'a str>) -> Vec<&'a str> {
    let mut words: Vec<&str> = text.into_iter().collect();
    let differs = |display: &&str| text.is_none_or(|text| !text.eq_ignore_ascii_case(display));
    words.extend(display.filter(differs));
    words
}

fn explained(entry: &Entry, mark: Mark) -> Markup {
    let code = entry.code.as_ref();
    let known = code.and_then(|code| update_record::meaning(&code.code));
    let said = entry
        .text
        .as_deref()
        .or(code.and_then(|code| code.display.as_deref()));
    match (mark, known, said) {
        (Mark::Disagrees, Some(known), Some(said)) => html! {
            "The code says “" (known) "”, the words beside it say “" (foreign_text(said)) "”. One of them \
             is wrong; only the pharmacy or the patient knows which."
        },
        (Mark::CheckDigit, ..) => {
            html! { "It was mistyped somewhere, and may now be the code of something else." }
        }
        _ => html! {},
    }
}

/// A decision in a word.
pub(super) fn decided(decision: &Decision) -> Markup {
    match decision {
        Decision::Accepted => tag(State::Good, "Accepted"),
        Decision::Kept => tag(State::Warning, "Kept as it came"),
        Decision::Amended(_) => tag(State::Going, "Amended"),
        Decision::Refused { .. } => tag(State::Bad, "Refused"),
    }
}

/// What a decision files, or why it files nothing.
pub(super) fn outcome(entry: &Entry, decision: &Decision) -> Markup {
    match decision {
        Decision::Accepted | Decision::Kept => html! {},
        Decision::Refused { reason } => {
            html! { div.full.small { "Refused: " (foreign_text(reason)) } }
        }
        Decision::Amended(amendment) => html! {
            div.full.small {
                "Files as: "
                @if let Some(code) = &amendment.code {
                    code { (visible(&code.code)) } " "
                    (foreign_text(code.display.as_deref().unwrap_or_default())) " "
                } @else if entry.code.is_some() { "no code, " }
                @if let Some(text) = &amendment.text { "“" (foreign_text(text)) "” " }
                @if let Some(dosage) = &amendment.dosage { "dosage “" (foreign_text(dosage)) "”" }
            }
        },
    }
}
