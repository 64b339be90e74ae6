//! Which element of a message each finding is about.

use std::collections::HashMap;

use fhir::{Element, Position};
use message_check::Found;

use super::FINDINGS;

/// The elements that findings are about, by their place in memory; a number counts the findings from 0.
pub(crate) struct Places {
    by_element: HashMap<*const Element, usize>,
    positions: Vec<Option<Position>>,
}

impl Places {
    /// The places of the first findings.
    pub(crate) fn of(root: &Element, findings: &[Found]) -> Self {
        let mut by_element = HashMap::new();
        let mut positions = Vec::new();
        for (number, found) in findings.iter().enumerate().take(FINDINGS) {
            let element = find(root, &found.path).map(marked);
            if let Some(element) = element {
                by_element
                    .entry(std::ptr::from_ref(element))
                    .or_insert(number);
            }
            positions.push(element.and_then(Element::position).or(found.position));
        }
        Self {
            by_element,
            positions,
        }
    }

    /// The places of findings in a message that cannot be read as a tree.
    pub(crate) fn unread(findings: &[Found]) -> Self {
        let positions = findings.iter().take(FINDINGS).map(|found| found.position);
        Self {
            by_element: HashMap::new(),
            positions: positions.collect(),
        }
    }

    /// The first finding about an element.
    pub(crate) fn at(&self, element: &Element) -> Option<usize> {
        self.by_element.get(&std::ptr::from_ref(element)).copied()
    }

    /// Where each of the first findings is in the source as it was sent.
    pub(crate) fn positions(&self) -> &[Option<Position>] {
        &self.positions
    }
}

/// What is marked of an element: of an identifier its value, by which people know it.
fn marked(element: &Element) -> &Element {
    match element.at("value") {
        Some(value) if element.name() == "identifier" => value,
        _ => element,
    }
}

/// The element at a path such as `Bundle.entry[2].resource.Patient.name[0].use`, or the nearest above it that is there.
fn find<'a>(root: &'a Element, path: &str) -> Option<&'a Element> {
    let mut steps = path.split('.');
    if steps.next()? != root.name() {
        return None;
    }
    let mut place = root;
    for step in steps {
        let (name, index) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
            Some((name, index)) => (name, index.parse().unwrap_or(usize::MAX)),
            None => (step, 0),
        };
        let mut named = place.children().iter().filter(|child| child.name() == name);
        match named.nth(index) {
            Some(child) => place = child,
            None => break,
        }
    }
    Some(place)
}
