//! The coded twins of a section: what its entries, and the members of its lists, have as codes.

use std::fmt;

use fhir::{Bundle, Element};

/// Characters of a code or display that are kept.
const SHORT: usize = 255;
/// Codes of one entry that are kept.
const CODES: usize = 10;

/// An entry of a section that has a code.
#[derive(Clone, PartialEq, Eq)]
pub struct CodedEntry {
    /// Its type: `Condition`, `Procedure`, `MedicationStatement`.
    pub resource: String,
    /// Its codes, ten at most.
    pub codes: Vec<Code>,
    /// The same in words, where it says so.
    pub text: Option<String>,
}

/// A code; each part is cut at 255 characters and is empty where it is not there.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    /// The code system, `http://snomed.info/sct`.
    pub system: String,
    /// The code.
    pub code: String,
    /// What it says in words.
    pub display: String,
}

/// The coded entries of a section, in their order, `left` at most.
pub(super) fn of_section(
    section: &Element,
    document: &Bundle<'_>,
    left: &mut usize,
) -> Vec<CodedEntry> {
    let mut found = Vec::new();
    for entry in section.all("entry") {
        let Some(resource) = document.follow(Some(entry)) else {
            continue;
        };
        let members = resource.all("entry").map(|member| member.at("item"));
        let members = members.filter_map(|item| document.follow(item));
        let members: Box<dyn Iterator<Item = &Element>> = match resource.name() {
            "List" => Box::new(members),
            _ => Box::new(std::iter::once(resource)),
        };
        for member in members {
            if *left == 0 {
                return found;
            }
            *left -= 1;
            found.extend(coded(member, document));
        }
    }
    found
}

fn coded(resource: &Element, document: &Bundle<'_>) -> Option<CodedEntry> {
    let of_medication = || {
        let medication = document.follow(resource.at("medicationReference"))?;
        medication.at("code")
    };
    let concept = ["code", "medicationCodeableConcept", "vaccineCode", "type"]
        .into_iter()
        .find_map(|name| resource.at(name))
        .or_else(of_medication)?;
    let codes: Vec<Code> = concept.all("coding").take(CODES).map(code).collect();
    let text = concept.value_at("text").map(short);
    (!codes.is_empty() || text.is_some()).then(|| CodedEntry {
        resource: short(resource.name()),
        codes,
        text,
    })
}

fn code(coding: &Element) -> Code {
    let part = |name: &str| coding.value_at(name).map(short).unwrap_or_default();
    Code {
        system: part("system"),
        code: part("code"),
        display: part("display"),
    }
}

pub(super) fn short(text: &str) -> String {
    text.trim().chars().take(SHORT).collect()
}

impl fmt::Debug for CodedEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CodedEntry({} codes)", self.codes.len())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(redacted)")
    }
}
