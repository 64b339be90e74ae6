//! The coded twins of a section: what its entries, and the members of its lists, have as codes.

use std::collections::HashMap;
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
    /// What its sender says of its standing, in words that deny first: `not done`, `refuted`, `active`.
    pub standing: Vec<Standing>,
}

/// What a sender says of a coded entry's standing: without it, a code that was refuted or not done
/// would read as a fact.
#[derive(Clone, PartialEq, Eq)]
pub struct Standing {
    /// As people read it; a code of FHIR's is shown as it is, cut at 255 characters.
    pub words: String,
    /// Whether it says that the code does not hold, or is not sure to.
    pub denies: bool,
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

/// Reads the coded entries of a document's sections. However many sections refer to a resource, it is
/// looked through once: a hostile letter would otherwise make many walks of a long one.
pub(super) struct CodedEntries<'d, 'a> {
    document: &'d Bundle<'a>,
    /// Entries that are still looked at.
    left: usize,
    lists: HashMap<*const Element, Vec<&'a Element>>,
    read: HashMap<*const Element, Option<CodedEntry>>,
    medications: HashMap<*const Element, Option<&'a Element>>,
}

impl<'d, 'a> CodedEntries<'d, 'a> {
    /// Of a document, `left` at most.
    pub(super) fn of(document: &'d Bundle<'a>, left: usize) -> Self {
        Self {
            document,
            left,
            lists: HashMap::new(),
            read: HashMap::new(),
            medications: HashMap::new(),
        }
    }

    /// Those of a section, in their order.
    pub(super) fn of_section(&mut self, section: &Element) -> Vec<CodedEntry> {
        let mut found = Vec::new();
        for entry in section.all("entry") {
            let Some(resource) = self.document.follow(Some(entry)) else {
                continue;
            };
            for member in self.members(resource) {
                if self.left == 0 {
                    return found;
                }
                self.left -= 1;
                found.extend(self.entry(member));
            }
        }
        found
    }

    /// What a list names, as far as anything may still be looked at; any other resource is alone.
    fn members(&mut self, resource: &'a Element) -> Vec<&'a Element> {
        if resource.name() != "List" {
            return vec![resource];
        }
        let (document, left) = (self.document, self.left);
        let members = || {
            let items = resource.all("entry").map(|member| member.at("item"));
            let followed = items.filter_map(|item| document.follow(item));
            followed.take(left).collect()
        };
        let members = self.lists.entry(resource).or_insert_with(members);
        members.iter().take(left).copied().collect()
    }

    fn entry(&mut self, resource: &'a Element) -> Option<CodedEntry> {
        let key = std::ptr::from_ref(resource);
        if let Some(known) = self.read.get(&key) {
            return known.clone();
        }
        let read = self.coded(resource);
        self.read.insert(key, read.clone());
        read
    }

    fn coded(&mut self, resource: &'a Element) -> Option<CodedEntry> {
        let concept = ["code", "medicationCodeableConcept", "vaccineCode", "type"]
            .into_iter()
            .find_map(|name| resource.at(name))
            .or_else(|| self.medication(resource))?;
        let codes: Vec<Code> = concept.all("coding").take(CODES).map(code).collect();
        let text = concept.value_at("text").map(short);
        (!codes.is_empty() || text.is_some()).then(|| CodedEntry {
            resource: short(resource.name()),
            codes,
            text,
            standing: standing(resource),
        })
    }

    /// The code of the medication that a resource refers to.
    fn medication(&mut self, resource: &'a Element) -> Option<&'a Element> {
        let medication = self.document.follow(resource.at("medicationReference"))?;
        let code = self.medications.entry(medication);
        *code.or_insert_with(|| medication.at("code"))
    }
}

/// Codes by which FHIR says that something does not hold, or is not sure to.
const DENIALS: [&str; 12] = [
    "aborted",
    "cancelled",
    "differential",
    "draft",
    "entered-in-error",
    "intended",
    "not-done",
    "provisional",
    "refuted",
    "stopped",
    "suspended",
    "unconfirmed",
];

fn standing(resource: &Element) -> Vec<Standing> {
    let is_true = |name: &str| {
        resource
            .value_at(name)
            .is_some_and(|it| it.trim() == "true")
    };
    let denied = |words: &str| Standing {
        words: words.to_owned(),
        denies: true,
    };
    let not_done = ["notDone", "wasNotGiven"].into_iter().any(is_true);
    let taken = match resource.value_at("taken").map(str::trim) {
        Some("n") => Some(denied("not taken")),
        Some("unk") => Some(denied("not known whether taken")),
        _ => None,
    };
    let stated = ["verificationStatus", "clinicalStatus", "status"]
        .into_iter()
        .filter_map(|name| resource.value_at(name).map(short))
        .filter(|words| !words.is_empty())
        .map(|words| Standing {
            denies: DENIALS.contains(&words.as_str()),
            words,
        });
    let mut all: Vec<Standing> = not_done.then(|| denied("not done")).into_iter().collect();
    all.extend(taken);
    all.extend(stated);
    all.sort_by_key(|standing| !standing.denies);
    all
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

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standing(redacted)")
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_so_is_said_first() {
        let standing = |inner: &str| {
            let text =
                format!("<Immunization xmlns=\"http://hl7.org/fhir\">{inner}</Immunization>");
            let read = fhir::xml::read(text.as_bytes(), &fhir::Limits::default()).unwrap();
            let all = standing(&read.root).into_iter();
            all.map(|it| (it.words, it.denies)).collect::<Vec<_>>()
        };
        let denied = |words: &str| (words.to_owned(), true);
        assert_eq!(
            standing("<status value=\"completed\"/><notDone value=\"true\"/>"),
            [denied("not done"), ("completed".to_owned(), false)]
        );
        assert_eq!(standing("<notDone value=\"false\"/>"), []);
        assert_eq!(
            standing("<status value=\"stopped\"/><taken value=\"n\"/>"),
            [denied("not taken"), denied("stopped")]
        );
    }
}
