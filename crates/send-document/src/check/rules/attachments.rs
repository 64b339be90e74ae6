//! Sections and binaries.

use std::collections::HashSet;

use fhir::Element;
use itk3::{IssueType, ResponseCode, attachment_types};

use super::other_profile;
use crate::Ruleset;
use crate::check::breach::{Breaches, breach};
use crate::check::subject::{Part, Subject};
use crate::check::table::Party::{Receiver, Sender};
use crate::check::table::{BOTH, GM13, MUST, MUST_THEN_SHOULD, Row, Rule};

const INVALID: Option<ResponseCode> = Some(ResponseCode::PayloadInvalid);

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "GPCM-SD-109",
        binds: &[Sender],
        text: "Every binary of the document is shown by a section.",
        remedy: "Add a section whose entry refers to the Binary.",
        source: BOTH,
        force: MUST_THEN_SHOULD,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_109),
    },
    Row {
        id: "GPCM-SD-110",
        binds: &[Sender],
        text: "Every section's entry is a binary of the document, profile ITK-Attachment-Binary-1.",
        remedy: "Refer each section.entry to a Binary of the document bundle.",
        source: BOTH,
        force: MUST_THEN_SHOULD,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_110),
    },
    Row {
        id: "GPCM-SD-111",
        binds: &[Sender],
        text: "A binary's content is base64 and not empty.",
        remedy: "Encode the bytes as base64.",
        source: BOTH,
        force: MUST,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_111),
    },
    Row {
        id: "GPCM-SD-112",
        binds: &[Sender],
        text: "The first section is the report, a PDF (2.0: any listed type). Without any section that refers to something \
               there is no report.",
        remedy: "Put the report's section first: contentType application/pdf, content a PDF.",
        source: GM13,
        force: MUST_THEN_SHOULD,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_112),
    },
    Row {
        id: "GPCM-SD-124",
        binds: &[Sender],
        text: "The report is the first section's first entry.",
        remedy: "As for GPCM-SD-112.",
        source: GM13,
        force: MUST,
        response: INVALID,
        rule: Rule::With("GPCM-SD-112"),
    },
    Row {
        id: "attachment-type",
        binds: &[Sender],
        text: "Attachments are of the types Send Document lists; others are answered with 20005.",
        remedy: "Send PDF, Word, RTF, HTML, plain text, XML, JPEG, PNG or TIFF.",
        source: "Send Document 2.0.2, how to handle attachments",
        force: MUST,
        response: Some(ResponseCode::AttachmentUnsupported),
        rule: Rule::Message(attachment_type),
    },
    Row {
        id: "GPCM-SD-125",
        binds: &[Receiver],
        text: "Attachments stay with the encounter or task of their report.",
        remedy: "Nothing for the sender to do.",
        source: GM13,
        force: MUST,
        response: None,
        rule: Rule::Elsewhere("crates/gp-system/src/store/tasks.rs: raise"),
    },
];

/// An entry of a section.
struct Entry<'a> {
    element: &'a Element,
    /// Which of the sections it is in, and which of its entries it is.
    section: usize,
    index: usize,
}

/// Every entry of every section, sub-sections included, and the sections' paths.
#[derive(Default)]
struct Entries<'a> {
    all: Vec<Entry<'a>>,
    sections: Vec<String>,
}

impl<'a> Entries<'a> {
    fn of(subject: &Subject<'a>) -> Self {
        let mut entries = Self::default();
        if let Some(composition) = &subject.composition {
            entries.collect(composition.element, &composition.path);
        }
        entries
    }

    fn collect(&mut self, parent: &'a Element, path: &str) {
        for (index, section) in parent.all("section").enumerate() {
            let path = format!("{path}.section[{index}]");
            self.sections.push(path.clone());
            let number = self.sections.len() - 1;
            let entries = section.all("entry").enumerate();
            self.all.extend(entries.map(|(index, element)| Entry {
                element,
                section: number,
                index,
            }));
            self.collect(section, &path);
        }
    }

    fn path(&self, entry: &Entry<'_>) -> String {
        let section = self.sections.get(entry.section);
        let section = section.map(String::as_str).unwrap_or_default();
        format!("{section}.entry[{}]", entry.index)
    }
}

fn binaries<'s, 'a>(subject: &'s Subject<'a>) -> impl Iterator<Item = &'s Part<'a>> {
    subject
        .inner
        .iter()
        .filter(|part| part.element.name() == "Binary")
}

fn gpcm_sd_109(subject: &Subject<'_>) -> Breaches {
    let entries = Entries::of(subject);
    let shown: HashSet<*const Element> = entries
        .all
        .iter()
        .filter_map(|entry| subject.resolve(entry.element))
        .map(|part| std::ptr::from_ref(part.element))
        .collect();
    let hidden =
        binaries(subject).filter(|binary| !shown.contains(&std::ptr::from_ref(binary.element)));
    let what = "expected a section that refers to this Binary";
    hidden
        .map(|binary| breach(binary.path.clone(), what).issue(IssueType::Structure))
        .collect()
}

fn gpcm_sd_110(subject: &Subject<'_>) -> Breaches {
    let entries = Entries::of(subject);
    // Each binary is looked at once, however many entries show it.
    let other: HashSet<*const Element> = binaries(subject)
        .filter(|part| other_profile(part, itk3::names::ATTACHMENT_BINARY))
        .map(|part| std::ptr::from_ref(part.element))
        .collect();
    let mut found = Vec::new();
    for entry in &entries.all {
        let what = match subject.resolve(entry.element) {
            None => "expected a reference to a Binary of the document bundle",
            Some(part) if part.element.name() != "Binary" => "expected a Binary",
            Some(part) if other.contains(&std::ptr::from_ref(part.element)) => {
                "expected a Binary of profile ITK-Attachment-Binary-1"
            }
            Some(_) => continue,
        };
        found.push(breach(entries.path(entry), what).issue(IssueType::Structure));
    }
    found
}

fn gpcm_sd_111(subject: &Subject<'_>) -> Breaches {
    let unreadable = binaries(subject).filter(|binary| {
        let content = binary.element.at("content").map(Element::decode_base64);
        !matches!(content, Some(Ok(bytes)) if !bytes.is_empty())
    });
    let what = "expected base64 content that is not empty";
    unreadable
        .map(|binary| breach(binary.at("content"), what).issue(IssueType::Value))
        .collect()
}

fn gpcm_sd_112(subject: &Subject<'_>) -> Breaches {
    let Some(composition) = &subject.composition else {
        return Vec::new();
    };
    let entries = Entries::of(subject);
    let Some(first) = entries.all.first() else {
        // A document without any attachment says nothing, whatever the release recommends.
        let what = "expected a section with the report";
        let found = breach(composition.at("section"), what).issue(IssueType::Required);
        return vec![found.untakeable()];
    };
    // An entry that leads nowhere is GPCM-SD-110's case.
    let binary = subject
        .resolve(first.element)
        .filter(|part| part.element.name() == "Binary");
    let Some(binary) = binary else {
        return Vec::new();
    };
    let content_type = binary
        .value("contentType")
        .and_then(attachment_types::known);
    // What is no listed type at all is attachment-type's case.
    if subject.ruleset == Ruleset::V2_0 && content_type != Some(attachment_types::PDF) {
        return Vec::new();
    }
    if content_type != Some(attachment_types::PDF) {
        let found = breach(binary.at("contentType"), "expected application/pdf");
        return vec![found.answer(ResponseCode::AttachmentNotApproved)];
    }
    let is_pdf = binary
        .element
        .at("content")
        .and_then(Element::value)
        .is_none_or(begins_as_pdf);
    if is_pdf {
        return Vec::new();
    }
    vec![breach(binary.at("content"), "expected the bytes of a PDF").issue(IssueType::Value)]
}

/// Whether base64 text begins with the bytes `%PDF-`. Text that is no base64 is GPCM-SD-111's
/// case, and empty content too.
fn begins_as_pdf(base64: &str) -> bool {
    let mut chars = base64.chars().filter(|c| !c.is_ascii_whitespace());
    let begin: String = chars.by_ref().take(7).collect();
    let plain = begin
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b));
    let pdf = begin
        .strip_prefix("JVBERi")
        .is_some_and(|c| "0123".contains(c) && !c.is_empty());
    pdf || begin.len() < 7 || !plain
}

fn attachment_type(subject: &Subject<'_>) -> Breaches {
    let mut found = Vec::new();
    for binary in binaries(subject) {
        let Some(content_type) = binary.value("contentType") else {
            continue;
        };
        if attachment_types::known(content_type).is_none() {
            let what = "expected a media type that Send Document lists";
            found.push(breach(binary.at("contentType"), what));
        }
    }
    found
}
