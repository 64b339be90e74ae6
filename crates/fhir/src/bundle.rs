//! A Bundle whose entries are found by `fullUrl`.

use std::collections::HashMap;

use crate::Element;

/// A `Bundle` with its entries found by `fullUrl`, so that resolving a reference costs the same in
/// a bundle of a hundred thousand entries as in one of five.
#[derive(Debug)]
pub struct Bundle<'a> {
    element: &'a Element,
    by_full_url: HashMap<&'a str, &'a Element>,
    by_type_and_id: HashMap<(&'a str, &'a str), &'a Element>,
}

impl<'a> Bundle<'a> {
    /// A view of a `Bundle`; `None` when the element is something else.
    pub fn of(element: &'a Element) -> Option<Self> {
        if element.name() != "Bundle" {
            return None;
        }
        let mut by_full_url = HashMap::new();
        let mut by_type_and_id = HashMap::new();
        for entry in element.all("entry") {
            let Some(resource) = entry.resource() else {
                continue;
            };
            if let Some(url) = entry.value_at("fullUrl") {
                by_full_url.entry(url).or_insert(resource);
            }
            if let Some(id) = resource.value_at("id") {
                by_type_and_id
                    .entry((resource.name(), id))
                    .or_insert(resource);
            }
        }
        Some(Self {
            element,
            by_full_url,
            by_type_and_id,
        })
    }

    /// The `Bundle` element itself.
    pub fn element(&self) -> &'a Element {
        self.element
    }

    /// The entries, in order.
    pub fn entries(&self) -> impl Iterator<Item = &'a Element> + use<'a> {
        self.element.all("entry")
    }

    /// The entries' resources, in order.
    pub fn resources(&self) -> impl Iterator<Item = &'a Element> + use<'a> {
        self.element.all("entry").filter_map(Element::resource)
    }

    /// The first entry's resource: the header of a message, the composition of a document.
    pub fn first(&self) -> Option<&'a Element> {
        self.element.at("entry").and_then(Element::resource)
    }

    /// The resource a reference text names: an entry's `fullUrl`, or `Type/id` (with or without a
    /// version) of an entry's resource.
    pub fn resolve(&self, reference: &str) -> Option<&'a Element> {
        if let Some(resource) = self.by_full_url.get(reference) {
            return Some(resource);
        }
        let mut parts = reference.split('/');
        let key = (parts.next()?, parts.next()?);
        match (parts.next(), parts.next(), parts.next()) {
            (None, ..) | (Some("_history"), Some(_), None) => {
                self.by_type_and_id.get(&key).copied()
            }
            _ => None,
        }
    }

    /// The resource that a `Reference` element names: `follow(header.at("sender"))`.
    pub fn follow(&self, reference: Option<&Element>) -> Option<&'a Element> {
        self.resolve(reference?.value_at("reference")?)
    }
}
