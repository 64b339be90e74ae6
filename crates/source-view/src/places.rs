//! Which element of a message each finding is about.

use std::collections::HashMap;

use fhir::{Element, Position};
use message_check::{Found, Paths};

use crate::FINDINGS;

/// The elements that findings are about, by their place in memory; a number counts the findings from 0.
pub struct Places {
    by_element: HashMap<*const Element, usize>,
    /// Of each finding the first that is about the same element.
    firsts: Vec<Option<usize>>,
    positions: Vec<Option<Position>>,
}

impl Places {
    /// The places of the first [`FINDINGS`] findings.
    pub fn of(root: &Element, findings: &[Found]) -> Self {
        let paths = Paths::of(root);
        let mut places = Self {
            by_element: HashMap::new(),
            firsts: Vec::new(),
            positions: Vec::new(),
        };
        for (number, found) in findings.iter().enumerate().take(FINDINGS) {
            let element = paths.find(&found.path).map(marked);
            places.firsts.push(element.map(|element| {
                let key = std::ptr::from_ref(element);
                *places.by_element.entry(key).or_insert(number)
            }));
            let position = element.and_then(Element::position);
            places.positions.push(position.or(found.position));
        }
        places
    }

    /// The places of findings in a message that cannot be read as a tree.
    pub fn unread(findings: &[Found]) -> Self {
        let positions = findings.iter().take(FINDINGS).map(|found| found.position);
        let positions: Vec<_> = positions.collect();
        Self {
            by_element: HashMap::new(),
            firsts: vec![None; positions.len()],
            positions,
        }
    }

    /// The first finding about an element.
    pub fn at(&self, element: &Element) -> Option<usize> {
        self.by_element.get(&std::ptr::from_ref(element)).copied()
    }

    /// The first finding about the element that a finding is about; none when it is about none of the message.
    pub fn first(&self, number: usize) -> Option<usize> {
        self.firsts.get(number).copied().flatten()
    }

    /// Where each of the first findings is in the source as it was sent.
    pub fn positions(&self) -> &[Option<Position>] {
        &self.positions
    }
}

/// What is marked of an element: of an identifier its value and of a coded concept its first code, by which people know
/// them.
fn marked(element: &Element) -> &Element {
    let value = match element.name() {
        "identifier" => element.at("value"),
        _ => element
            .at("coding")
            .and_then(|coding| coding.at("code"))
            .filter(|code| code.value().is_some()),
    };
    value.unwrap_or(element)
}
