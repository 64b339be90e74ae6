//! Paths of elements as text, and what the STU3 table says about each place on the way.

use std::collections::HashMap;

use crate::Element;
use crate::stu3::{self, Content, Definition, Rank, Slot};

/// Longest element name that a path repeats; longer ones are cut.
const NAME: usize = 64;

/// A place in the tree as text: `Bundle.entry[2].resource.Patient.name[0].use`.
#[derive(Debug, Default)]
pub(crate) struct Path(String);

impl Path {
    pub(crate) fn of(root: &Element) -> Self {
        let mut path = Self::default();
        path.push(root.name(), None);
        path
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Goes one step down; hand the result to [`Path::back`].
    pub(crate) fn push(&mut self, name: &str, index: Option<usize>) -> usize {
        let length = self.0.len();
        if length > 0 {
            self.0.push('.');
        }
        self.0.extend(name.chars().take(NAME));
        if let Some(index) = index {
            self.0.push_str(&format!("[{index}]"));
        }
        length
    }

    pub(crate) fn back(&mut self, length: usize) {
        self.0.truncate(length);
    }
}

/// What the table says about an element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// The slot it sits in; `None` for a root, a resource, and the unknown.
    pub(crate) slot: Option<&'static Slot>,
    /// The type of its own children; `None` for primitives, holders of resources, the unknown.
    pub(crate) definition: Option<&'static Definition>,
    /// Whether its children cannot be known: a resource type that is not in the table, or within.
    pub(crate) unknown: bool,
}

impl Place {
    pub(crate) fn of_root(root: &Element) -> Self {
        Self::of_resource(root.name())
    }

    fn of_resource(name: &str) -> Self {
        let definition = stu3::resource(name);
        Self {
            slot: None,
            definition,
            unknown: definition.is_none(),
        }
    }

    /// The place of a child of an element in this place.
    pub(crate) fn child(self, name: &str) -> Self {
        if self.unknown {
            return self;
        }
        if self.holds_resource() {
            return Self::of_resource(name);
        }
        let slot = match (self.definition, self.slot.map(|slot| slot.content)) {
            (Some(definition), _) => definition.slot(name),
            // A primitive has extensions only.
            (None, Some(Content::Primitive(_))) => extension_slot(name),
            _ => None,
        };
        let definition = slot.and_then(Slot::definition);
        Self {
            slot,
            definition,
            unknown: slot.is_none(),
        }
    }

    pub(crate) fn holds_resource(self) -> bool {
        self.slot
            .is_some_and(|slot| slot.content == Content::Resource)
    }

    pub(crate) fn is_extension(self) -> bool {
        self.definition
            .is_some_and(|definition| definition.base == Rank::Extension)
    }

    pub(crate) fn is_resource(self) -> bool {
        self.definition
            .is_some_and(|definition| definition.base == Rank::Resource)
    }
}

fn extension_slot(name: &str) -> Option<&'static Slot> {
    stu3::definition("Extension")
        .and_then(|any| any.slot(name))
        .filter(|_| name == "extension")
}

/// Counts the children of each name.
#[derive(Default)]
pub(crate) struct Siblings<'a>(HashMap<&'a str, usize>);

impl<'a> Siblings<'a> {
    /// The index of the next child of this name, when it may repeat.
    pub(crate) fn index(&mut self, name: &'a str, place: Place) -> Option<usize> {
        let count = self.0.entry(name).or_insert(0);
        let index = *count;
        *count += 1;
        place
            .slot
            .map_or(index > 0, |slot| slot.many)
            .then_some(index)
    }
}

/// The children with their place, and their index among those of their name when they may repeat.
pub(crate) fn children(
    element: &Element,
    place: Place,
) -> impl Iterator<Item = (&Element, Place, Option<usize>)> {
    let mut siblings = Siblings::default();
    element.children().iter().map(move |child| {
        let place = place.child(child.name());
        (child, place, siblings.index(child.name(), place))
    })
}
