//! The STU3 types in use: the resources that occur in published ITK3 messages, and the datatypes
//! they need, with order, cardinality, types and required bindings.
//!
//! The tables are lists of fields, one file a family; a type more is a few lines there. Facts from
//! the FHIR 3.0.1 specification. A resource type that is not here is carried in XML as it is.

mod care;
mod clinical;
mod datatypes;
mod messaging;
mod people;
mod primitive;
mod table;

use std::collections::HashMap;
use std::sync::LazyLock;

pub(crate) use primitive::{JsonForm, Primitive, is_decimal};
use table::{Base, Field, Kind, Type, many, opt};

/// A type, ready for looking up its elements.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) name: &'static str,
    pub(crate) base: Rank,
    /// In the order of the XML.
    pub(crate) slots: Vec<Slot>,
    by_name: HashMap<String, usize>,
}

/// What sort of type it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rank {
    /// A resource.
    Resource,
    /// `Extension`, whose url is an attribute.
    Extension,
    /// Anything else: a datatype or a part of a resource.
    Element,
}

/// A named place for an element in a type. A choice has one slot for each of its types.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) name: String,
    /// The field's place in the order of the XML; slots of one choice share it.
    pub(crate) order: usize,
    /// The field's name: `value` for `valueBoolean`.
    pub(crate) field: &'static str,
    pub(crate) content: Content,
    pub(crate) required: bool,
    pub(crate) many: bool,
    pub(crate) codes: &'static [&'static str],
}

/// What a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// A value.
    Primitive(Primitive),
    /// Elements of this type.
    Complex(&'static str),
    /// A resource of any type.
    Resource,
    /// The `div` of a narrative.
    Xhtml,
}

impl Definition {
    /// The slot of an element's name.
    pub(crate) fn slot(&self, name: &str) -> Option<&Slot> {
        self.by_name
            .get(name)
            .and_then(|index| self.slots.get(*index))
    }
}

impl Slot {
    /// The type of what the slot holds, when it has elements of its own.
    pub(crate) fn definition(&self) -> Option<&'static Definition> {
        match self.content {
            Content::Complex(name) => definition(name),
            _ => None,
        }
    }
}

/// The datatype, or part of a resource, of this name.
pub(crate) fn definition(name: &str) -> Option<&'static Definition> {
    DEFINITIONS.get(name)
}

/// The resource type of this name.
pub(crate) fn resource(name: &str) -> Option<&'static Definition> {
    definition(name).filter(|found| found.base == Rank::Resource)
}

/// Whether this resource type is in the table, so that it can be checked and written as JSON.
pub fn knows_resource(name: &str) -> bool {
    resource(name).is_some()
}

static DEFINITIONS: LazyLock<HashMap<&'static str, Definition>> = LazyLock::new(|| {
    let tables = [
        datatypes::DATATYPES,
        messaging::MESSAGING,
        people::PEOPLE,
        clinical::CLINICAL,
        care::CARE,
    ];
    let types = tables.iter().flat_map(|table| table.iter());
    types.map(|kind| (kind.name, define(kind))).collect()
});

const RESOURCE: [Field; 4] = [
    opt("id", "id"),
    opt("meta", "Meta"),
    opt("implicitRules", "uri"),
    opt("language", "code"),
];
const DOMAIN_RESOURCE: [Field; 4] = [
    opt("text", "Narrative"),
    many("contained", "Resource"),
    many("extension", "Extension"),
    many("modifierExtension", "Extension"),
];
const ELEMENT: [Field; 1] = [many("extension", "Extension")];
const MODIFIER: [Field; 1] = [many("modifierExtension", "Extension")];

fn define(kind: &Type) -> Definition {
    let inherited: &[&[Field]] = match kind.base {
        Base::DomainResource => &[&RESOURCE, &DOMAIN_RESOURCE],
        Base::Resource => &[&RESOURCE],
        Base::Backbone => &[&ELEMENT, &MODIFIER],
        Base::Element => &[&ELEMENT],
    };
    let fields = inherited.iter().copied().flatten().chain(kind.fields);
    let slots: Vec<Slot> = fields
        .enumerate()
        .flat_map(|(order, field)| slots_of(order, field))
        .collect();
    let by_name = slots
        .iter()
        .enumerate()
        .map(|(index, slot)| (slot.name.clone(), index));
    let base = match kind.base {
        Base::DomainResource | Base::Resource => Rank::Resource,
        _ if kind.name == "Extension" => Rank::Extension,
        _ => Rank::Element,
    };
    Definition {
        name: kind.name,
        base,
        by_name: by_name.collect(),
        slots,
    }
}

fn slots_of(order: usize, field: &Field) -> Vec<Slot> {
    let slot = |name: String, kind: &'static str| Slot {
        name,
        order,
        field: field.name,
        content: content(kind),
        required: field.required,
        many: field.many,
        codes: field.codes,
    };
    match field.kind {
        Kind::Single(kind) => vec![slot(field.name.to_owned(), kind)],
        Kind::Choice(kinds) => kinds
            .iter()
            .map(|kind| slot(choice_name(field.name, kind), kind))
            .collect(),
    }
}

/// `value` and `dateTime` make `valueDateTime`.
fn choice_name(field: &str, kind: &str) -> String {
    let mut letters = kind.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    field.chars().chain(first).chain(letters).collect()
}

fn content(kind: &'static str) -> Content {
    if let Some(primitive) = Primitive::parse(kind) {
        return Content::Primitive(primitive);
    }
    match kind {
        "Resource" => Content::Resource,
        "xhtml" => Content::Xhtml,
        // These five have the elements of a quantity.
        "Age" | "Count" | "Distance" | "Duration" | "Money" => Content::Complex("Quantity"),
        kind => Content::Complex(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_a_field_names_is_in_the_table() {
        for definition in DEFINITIONS.values() {
            for slot in &definition.slots {
                if let Content::Complex(name) = slot.content {
                    assert!(
                        DEFINITIONS.contains_key(name),
                        "{} of {}",
                        name,
                        definition.name
                    );
                }
            }
            assert_eq!(
                definition.by_name.len(),
                definition.slots.len(),
                "{}",
                definition.name
            );
        }
    }

    #[test]
    fn choices_are_named_after_their_type() {
        let extension = definition("Extension").unwrap();
        assert!(extension.slot("valueDateTime").is_some());
        assert!(extension.slot("valueCodeableConcept").is_some());
        assert!(extension.slot("value").is_none());
        assert_eq!(
            extension.slot("valueAge").unwrap().content,
            Content::Complex("Quantity")
        );
    }

    #[test]
    fn resources_are_told_from_datatypes() {
        assert!(knows_resource("Patient"));
        assert!(!knows_resource("HumanName"));
        assert!(!knows_resource("Bundle.entry"));
        assert!(!knows_resource("Unheard"));
    }
}
