//! From the path of a finding to its element, by look-up.

use std::cell::RefCell;
use std::collections::HashMap;

use fhir::Element;

/// The children of an element by their names.
type ByName<'a> = HashMap<&'a str, Vec<&'a Element>>;

/// The elements of a message by their paths. What was walked once is remembered, so that many paths
/// through one element with many children cost one walk of these.
pub struct Paths<'a> {
    root: &'a Element,
    children: RefCell<HashMap<*const Element, ByName<'a>>>,
}

impl<'a> Paths<'a> {
    /// Of a message, or of one resource.
    pub fn of(root: &'a Element) -> Self {
        Self {
            root,
            children: RefCell::default(),
        }
    }

    /// The element at a path such as `Bundle.entry[2].resource.Patient.name[0].use`, or the
    /// nearest above it that is there. None when the path is no path into this message.
    pub fn find(&self, path: &str) -> Option<&'a Element> {
        let mut steps = path.split('.');
        if steps.next()? != self.root.name() {
            return None;
        }
        let mut children = self.children.borrow_mut();
        let mut place = self.root;
        for step in steps {
            let (name, index) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
                Some((name, index)) => (name, index.parse().unwrap_or(usize::MAX)),
                None => (step, 0),
            };
            let by_name = children
                .entry(std::ptr::from_ref(place))
                .or_insert_with(|| by_name(place));
            match by_name.get(name).and_then(|named| named.get(index)) {
                Some(child) => place = child,
                None => break,
            }
        }
        Some(place)
    }
}

fn by_name(element: &Element) -> ByName<'_> {
    let mut by_name = ByName::new();
    for child in element.children() {
        by_name.entry(child.name()).or_default().push(child);
    }
    by_name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_by_their_place_among_those_of_their_name() {
        let text = "<Patient xmlns=\"http://hl7.org/fhir\"><name/><active value=\"a\"/><name>\
                    <given value=\"b\"/><given value=\"c\"/></name></Patient>";
        let root = fhir::xml::read(text.as_bytes(), &fhir::Limits::default())
            .unwrap()
            .root;
        let paths = Paths::of(&root);
        let value = |path: &str| paths.find(path).and_then(Element::value);
        assert_eq!(value("Patient.name[1].given[1]"), Some("c"));
        assert_eq!(value("Patient.active"), Some("a"));
        assert_eq!(
            paths.find("Patient.name[2].given").map(Element::name),
            Some("Patient")
        );
        assert!(paths.find("Bundle.name").is_none());
    }
}
