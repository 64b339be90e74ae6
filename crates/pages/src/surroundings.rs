//! What the program around a site knows and a site cannot: certificates as they grow old, and what this version brings.

use std::sync::Arc;

use jiff::Timestamp;
use maud::{Markup, html};
use parking_lot::Mutex;

use crate::components::{
    Colour, Column, DataTable, SummaryRow, details, foreign_text, summary_list, tag, time,
};

/// A certificate that a service shows or trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFact {
    /// Which one, in words.
    pub name: String,
    /// When it, or one of its chain, ends; none when the file cannot be read.
    pub ends: Option<Timestamp>,
    /// What is wrong with its dates, as a sentence.
    pub trouble: Option<String>,
}

/// What a version brings, as `changes/README.md` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseNote {
    /// `Added`, `Changed`, `Fixed`, `Removed`, `Security`.
    pub kind: &'static str,
    /// Paragraphs in Markdown.
    pub text: &'static str,
}

/// What is around a site. Cheap to clone; every clone knows the same.
#[derive(Clone, Default)]
pub struct Surroundings {
    notes: &'static [ReleaseNote],
    certificates: Arc<Mutex<Option<Vec<CertificateFact>>>>,
}

impl Surroundings {
    /// Of a program with these notes, which knows of no certificate yet.
    pub fn new(notes: &'static [ReleaseNote]) -> Self {
        Self {
            notes,
            ..Self::default()
        }
    }

    /// Puts these in the place of the former ones.
    pub fn set_certificates(&self, facts: Vec<CertificateFact>) {
        *self.certificates.lock() = Some(facts);
    }

    /// The certificates and when they end, under a heading.
    pub fn certificates(&self) -> Markup {
        let facts = self.certificates.lock().clone();
        html! {
            h2.nhsuk-heading-m #certificates { "Certificates" }
            @match facts.as_deref() {
                None => p { "Not known here: the program that serves these pages watches no certificate." },
                Some([]) => p { "This program has none: it listens without TLS, and runs no client of its own." },
                Some(facts) => {
                    (certificate_table(facts))
                    p { "Files are looked at every hour. " }
                }
            }
        }
    }

    /// The version, and the way to what it brings.
    pub fn version(&self, changes: &str) -> Markup {
        html! {
            h2.nhsuk-heading-m #version { "Version" }
            (summary_list(&[SummaryRow::text("Restante", env!("CARGO_PKG_VERSION"))
                .action("What is new", changes)]))
        }
    }

    /// What this version brings, by kind.
    pub fn changes(&self) -> Markup {
        let kinds = ["Security", "Removed", "Changed", "Fixed", "Added"];
        let of = |kind: &str| -> Vec<&ReleaseNote> {
            let notes = self.notes.iter();
            notes.filter(|note| note.kind == kind).collect()
        };
        html! {
            p { "Restante " (env!("CARGO_PKG_VERSION")) ", for whoever runs or uses it." }
            @if self.notes.is_empty() { p { "This build has no notes with it: see CHANGELOG.md." } }
            @for (kind, notes) in kinds.map(|kind| (kind, of(kind))) {
                @if !notes.is_empty() {
                    h2.nhsuk-heading-m { (kind) }
                    @for note in notes { (written(note.text)) }
                }
            }
        }
    }
}

fn certificate_table(facts: &[CertificateFact]) -> Markup {
    let row = |fact: &CertificateFact| {
        let state = match (&fact.trouble, fact.ends) {
            (Some(words), _) => html! { (tag(Colour::Red, "Act")) " " (foreign_text(words)) },
            (None, Some(_)) => tag(Colour::Green, "Valid"),
            (None, None) => tag(Colour::Yellow, "None, or it cannot be read"),
        };
        let ends = match fact.ends {
            Some(ends) => time(ends),
            None => html! { "not known" },
        };
        vec![html! { (foreign_text(&fact.name)) }, ends, state]
    };
    let columns = ["Certificate", "Ends", "State"].map(Column::text);
    DataTable::new("Certificates and when they end", columns.into())
        .hide_caption()
        .rows(facts.iter().map(row))
        .show()
}

/// A note as it was written: its first sentence, and the rest for who wants it.
fn written(text: &str) -> Markup {
    let mut paragraphs = text.split("\n\n").map(|part| part.replace('\n', " "));
    let first = paragraphs.next().unwrap_or_default();
    let rest: Vec<String> = paragraphs.collect();
    html! {
        p { (marked(&first)) }
        @if !rest.is_empty() {
            (details("More of this", html! { @for part in &rest { p { (marked(part)) } } }))
        }
    }
}

/// What stands between backticks as code; all else as it stands.
fn marked(text: &str) -> Markup {
    let plain = text.replace("**", "");
    html! {
        @for (index, part) in plain.split('`').enumerate() {
            @if index % 2 == 1 { code.pages-code { (part) } } @else { (part) }
        }
    }
}
