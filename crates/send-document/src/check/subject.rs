//! The message under check, with its parts found once.

use std::collections::HashMap;

use fhir::{Bundle, Element};
use itk3::{HandlingRead, View};

use crate::Ruleset;
use crate::sentence::Sentence;

/// An element and where it is.
#[derive(Clone)]
pub(super) struct Part<'a> {
    pub element: &'a Element,
    pub path: String,
}

impl<'a> Part<'a> {
    /// The path of something inside.
    pub(super) fn at(&self, inner: &str) -> String {
        format!("{}.{inner}", self.path)
    }

    pub(super) fn value(&self, path: &str) -> Option<&'a str> {
        self.element
            .value_at(path)
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }
}

/// Everything a rule looks at. A part that is missing is `None`; the rule that demands it reports
/// it, the rules about what is inside have nothing to say.
pub(super) struct Subject<'a> {
    /// The whole message.
    pub root: &'a Element,
    pub ruleset: Ruleset,
    pub view: View,
    pub header: Option<Part<'a>>,
    pub handling: Option<HandlingRead<'a>>,
    pub handling_path: String,
    /// The outer bundle's resources.
    pub outer: Vec<Part<'a>>,
    /// What the header's focus names.
    pub focus: Option<Part<'a>>,
    /// The resource the header names as sender.
    pub sender: Option<Part<'a>>,
    /// The focus when it is a Bundle, else the first Bundle of the message.
    pub document: Option<Part<'a>>,
    /// The document's resources.
    pub inner: Vec<Part<'a>>,
    inner_bundle: Option<Bundle<'a>>,
    /// Where each of them is in `inner`, by the element's address: a hostile message may refer to
    /// tens of thousands of resources as many times.
    places: HashMap<*const Element, usize>,
    /// The document's first resource when it is a Composition, else the first Composition.
    pub composition: Option<Part<'a>>,
    /// What the composition names as author, custodian and subject.
    pub author: Option<Part<'a>>,
    pub custodian: Option<Part<'a>>,
    pub patient: Option<Part<'a>>,
    /// The narrative's plain text.
    pub narrative: Option<String>,
}

impl<'a> Subject<'a> {
    pub(super) fn of(root: &'a Element, ruleset: Ruleset, view: View) -> Self {
        let outer_bundle = Bundle::of(root);
        let outer = outer_bundle
            .as_ref()
            .map(|b| parts(b, "Bundle"))
            .unwrap_or_default();
        let header = outer
            .first()
            .filter(|p| p.element.name() == "MessageHeader")
            .cloned();
        let follow = |name: &str| {
            let reference = header.as_ref()?.element.at(name);
            find(&outer, outer_bundle.as_ref()?.follow(reference)?)
        };
        let (focus, sender) = (follow("focus"), follow("sender"));
        let bundles = || {
            outer
                .iter()
                .find(|part| part.element.name() == "Bundle")
                .cloned()
        };
        let is_bundle = |part: &Part<'_>| part.element.name() == "Bundle";
        let document = focus.clone().filter(is_bundle).or_else(bundles);
        let inner_bundle = document.as_ref().and_then(|part| Bundle::of(part.element));
        let inner = match (&inner_bundle, &document) {
            (Some(bundle), Some(document)) => parts(bundle, &document.path),
            _ => Vec::new(),
        };
        let composition = inner
            .iter()
            .find(|p| p.element.name() == "Composition")
            .cloned();
        let named = |name: &str| {
            let reference = composition.as_ref()?.element.at(name);
            find(&inner, inner_bundle.as_ref()?.follow(reference)?)
        };
        let (author, custodian, patient) = (named("author"), named("custodian"), named("subject"));
        let numbered = inner.iter().enumerate();
        let places = numbered
            .map(|(n, part)| (std::ptr::from_ref(part.element), n))
            .collect();
        let narrative = composition
            .as_ref()
            .and_then(|c| c.element.at("text.div")?.xhtml_text());
        let handling = itk3::Message::of(root).map(|message| message.handling());
        let handling_path = header
            .as_ref()
            .map(|h| h.at("extension[ITKMessageHandling]"))
            .unwrap_or_default();
        Self {
            root,
            ruleset,
            view,
            header,
            handling,
            handling_path,
            outer,
            focus,
            sender,
            document,
            inner,
            inner_bundle,
            places,
            composition,
            author,
            custodian,
            patient,
            narrative,
        }
    }

    /// The handling extension, when there is one.
    pub(super) fn handling(&self) -> Option<&HandlingRead<'a>> {
        self.handling.as_ref().filter(|handling| handling.present)
    }

    /// The path of a handling key.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}.extension[{name}]", self.handling_path)
    }

    pub(super) fn sentence(&self) -> Option<Sentence<'_>> {
        Sentence::parse(self.narrative.as_deref()?)
    }

    pub(super) fn confidential(&self) -> bool {
        self.composition
            .as_ref()
            .and_then(|c| c.value("confidentiality"))
            == Some("R")
    }

    /// The resource of the document that a `Reference` element names.
    pub(super) fn resolve(&self, reference: &Element) -> Option<&Part<'a>> {
        let resource = self.inner_bundle.as_ref()?.follow(Some(reference))?;
        self.inner
            .get(*self.places.get(&std::ptr::from_ref(resource))?)
    }

    /// Where a resource is: its own place, or that of the entry it stands within.
    pub(super) fn place_of(&self, resource: &Element) -> String {
        let holds = |part: &&Part<'_>| {
            let mut ahead = vec![part.element];
            std::iter::from_fn(|| {
                let element = ahead.pop()?;
                ahead.extend(element.children());
                Some(element)
            })
            .any(|element| std::ptr::eq(element, resource))
        };
        let mut parts = self.inner.iter().chain(&self.outer);
        let place = parts.find(holds).map(|part| part.path.clone());
        place.unwrap_or_else(|| "Bundle".to_owned())
    }

    /// The identifiers of this system.
    pub(super) fn identifiers(part: &Part<'a>, system: &str) -> impl Iterator<Item = &'a Element> {
        part.element
            .all("identifier")
            .filter(move |i| i.value_at("system") == Some(system))
    }

    /// The first identifier of this system.
    pub(super) fn identifier(part: &Part<'a>, system: &str) -> Option<&'a Element> {
        Self::identifiers(part, system).next()
    }
}

fn parts<'a>(bundle: &Bundle<'a>, path: &str) -> Vec<Part<'a>> {
    let entries = bundle.entries().enumerate();
    let part = |(number, entry): (usize, &'a Element)| {
        let element = entry.resource()?;
        let path = format!("{path}.entry[{number}].resource.{}", element.name());
        Some(Part { element, path })
    };
    entries.filter_map(part).collect()
}

fn find<'a>(parts: &[Part<'a>], resource: &'a Element) -> Option<Part<'a>> {
    parts
        .iter()
        .find(|part| std::ptr::eq(part.element, resource))
        .cloned()
}
