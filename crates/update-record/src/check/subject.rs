//! The message as the rules look at it: its resources with their places.

use fhir::{Bundle, Element};
use itk3::Message;

use super::found::At;

pub(crate) struct Subject<'a> {
    pub root: &'a Element,
    pub message: Option<Message<'a>>,
    pub document: Option<Carried<'a>>,
}

/// The bundle inside the message.
pub(crate) struct Carried<'a> {
    pub bundle: Bundle<'a>,
    pub path: String,
    pub resources: Vec<Resource<'a>>,
}

/// A resource of the bundle inside.
pub(crate) struct Resource<'a> {
    pub element: &'a Element,
    pub entry: &'a Element,
    pub path: String,
}

impl<'a> Subject<'a> {
    pub fn of(root: &'a Element) -> Self {
        let message = Message::of(root);
        let document = message.as_ref().and_then(|message| {
            let payload = message.payload()?;
            let place = message.place_of(payload)?;
            Carried::of(payload, format!("Bundle.entry[{place}].resource.Bundle"))
        });
        Self {
            root,
            message,
            document,
        }
    }
}

impl<'a> Carried<'a> {
    fn of(payload: &'a Element, path: String) -> Option<Self> {
        let bundle = Bundle::of(payload)?;
        let resource = |(place, entry): (usize, &'a Element)| {
            let element = entry.resource()?;
            let path = format!("{path}.entry[{place}].resource.{}", element.name());
            Some(Resource {
                element,
                entry,
                path,
            })
        };
        Some(Self {
            resources: bundle.entries().enumerate().filter_map(resource).collect(),
            bundle,
            path,
        })
    }

    /// A place in the bundle itself: `.identifier`.
    pub fn at(&self, below: &str) -> At {
        let element = self.bundle.element();
        let child = below.strip_prefix('.').and_then(|below| element.at(below));
        At::element(format!("{}{below}", self.path), child.or(Some(element)))
    }

    pub fn all<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = &'s Resource<'a>> + 's {
        let resources = self.resources.iter();
        resources.filter(move |resource| resource.element.name() == kind)
    }

    pub fn composition(&self) -> Option<&Resource<'a>> {
        self.all("Composition").next()
    }

    /// The patient: whom the composition names, else the first.
    pub fn patient(&self) -> Option<&'a Element> {
        let composition = self.composition();
        let named = composition.and_then(|it| self.bundle.follow(it.element.at("subject")));
        let first = || self.all("Patient").next().map(|it| it.element);
        named.filter(|it| it.name() == "Patient").or_else(first)
    }

    /// What an element of a resource refers to, when it is of this type.
    pub fn refers_to(&self, reference: Option<&Element>, kind: &str) -> bool {
        let target = self.bundle.follow(reference);
        target.is_some_and(|target| target.name() == kind)
    }
}

impl<'a> Resource<'a> {
    /// A place in the resource: `code.coding`.
    pub fn at(&self, below: &str) -> At {
        let element = self.element.at(below).or(Some(self.element));
        At::element(format!("{}.{below}", self.path), element)
    }

    /// A value on a path that is not blank.
    pub fn value(&self, path: &str) -> Option<&'a str> {
        value(self.element, path)
    }

    /// The codes of a CodeableConcept, of this system.
    pub fn codes<'s>(&'s self, path: &str, system: &'s str) -> impl Iterator<Item = &'a str> + 's {
        codings(self.element.at(path))
            .filter(move |coding| value(coding, "system") == Some(system))
            .filter_map(|coding| value(coding, "code"))
    }

    /// Whether the concept has a coding of this system with a code and a display.
    pub fn is_coded(&self, path: &str, system: &str) -> bool {
        codings(self.element.at(path)).any(|coding| {
            value(coding, "system") == Some(system)
                && value(coding, "code").is_some()
                && value(coding, "display").is_some()
        })
    }

    /// Whether a meta.tag of one of the systems has this code.
    pub fn has_tag(&self, systems: &[&str], code: &str) -> bool {
        self.tags(systems).any(|tag| tag == code)
    }

    /// The codes of meta.tag of these systems.
    pub fn tags<'s>(&'s self, systems: &'s [&str]) -> impl Iterator<Item = &'a str> + 's {
        let tags = self
            .element
            .at("meta")
            .into_iter()
            .flat_map(|meta| meta.all("tag"));
        tags.filter(move |tag| value(tag, "system").is_some_and(|it| systems.contains(&it)))
            .filter_map(|tag| value(tag, "code"))
    }
}

/// A value on a path that is not blank, trimmed.
pub(crate) fn value<'a>(element: &'a Element, path: &str) -> Option<&'a str> {
    let value = element.value_at(path)?.trim();
    (!value.is_empty()).then_some(value)
}

/// The codings of a CodeableConcept.
pub(crate) fn codings(concept: Option<&Element>) -> impl Iterator<Item = &Element> + Clone {
    concept
        .into_iter()
        .flat_map(|concept| concept.all("coding"))
}
