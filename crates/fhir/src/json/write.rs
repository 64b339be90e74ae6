//! Writing the element tree as FHIR JSON.

use std::io;

use json_event_parser::{JsonEvent, WriterJsonSerializer};

use crate::path::Place;
use crate::stu3::{Content, JsonForm, Slot, is_decimal};
use crate::xml::in_order;
use crate::{Element, FhirError};

/// Writes a resource as a FHIR JSON document, compact, names in STU3 order.
///
/// A number or boolean that is none is written as a string. Elements that STU3 does not know are
/// written, too, and each becomes an array when there are several.
///
/// # Errors
/// [`FhirError::UnknownType`] for a resource type that is not in the table, at any depth.
pub fn write(root: &Element) -> Result<Vec<u8>, FhirError> {
    let mut writer = Writer {
        out: WriterJsonSerializer::new(Vec::new()),
    };
    writer.resource(root)?;
    writer.out.finish().map_err(no_json)
}

/// Never met: a vector takes every byte, and the events are always in a legal order.
fn no_json(_: io::Error) -> FhirError {
    FhirError::NotFhir {
        found: "a tree that is no JSON",
    }
}

struct Writer {
    out: WriterJsonSerializer<Vec<u8>>,
}

type Written = Result<(), FhirError>;

impl Writer {
    fn event(&mut self, event: JsonEvent<'_>) -> Written {
        self.out.serialize_event(event).map_err(no_json)
    }

    fn key(&mut self, name: &str) -> Written {
        self.event(JsonEvent::ObjectKey(name.into()))
    }

    fn string(&mut self, text: &str) -> Written {
        self.event(JsonEvent::String(text.into()))
    }

    fn resource(&mut self, resource: &Element) -> Written {
        let place = Place::of_root(resource);
        if place.unknown {
            let resource_type = resource.name().chars().take(64).collect();
            return Err(FhirError::UnknownType { resource_type });
        }
        self.event(JsonEvent::StartObject)?;
        self.key("resourceType")?;
        self.string(resource.name())?;
        self.children(resource, place)?;
        self.event(JsonEvent::EndObject)
    }

    /// An element that is no primitive and no holder of a resource.
    fn object(&mut self, element: &Element, place: Place) -> Written {
        self.event(JsonEvent::StartObject)?;
        for (name, value) in [("id", element.id()), ("url", element.url())] {
            if let Some(value) = value {
                self.key(name)?;
                self.string(value)?;
            }
        }
        self.children(element, place)?;
        self.event(JsonEvent::EndObject)
    }

    fn children(&mut self, element: &Element, place: Place) -> Written {
        let children = in_order(element, place);
        let mut groups: Vec<Vec<(&Element, Place)>> = Vec::new();
        let mut at = std::collections::HashMap::new();
        for (child, place) in children {
            let index = *at.entry(child.name()).or_insert(groups.len());
            match groups.get_mut(index) {
                Some(group) => group.push((child, place)),
                None => groups.push(vec![(child, place)]),
            }
        }
        groups.iter().try_for_each(|group| self.group(group))
    }

    /// All children of one name.
    fn group(&mut self, group: &[(&Element, Place)]) -> Written {
        let Some((first, place)) = group.first() else {
            return Ok(());
        };
        let array = place
            .slot
            .map_or(group.len() > 1, |slot| slot.many || group.len() > 1);
        if is_primitive(group) {
            if group.iter().any(|(element, _)| element.value().is_some()) {
                self.key(first.name())?;
                self.list(array, group, |writer, element, place| {
                    writer.value(element, place)
                })?;
            }
            if group.iter().any(|(element, _)| has_extension(element)) {
                self.key(&format!("_{}", first.name()))?;
                self.list(array, group, |writer, element, place| {
                    if has_extension(element) {
                        writer.object(element, place)
                    } else {
                        writer.event(JsonEvent::Null)
                    }
                })?;
            }
            return Ok(());
        }
        self.key(first.name())?;
        self.list(array, group, |writer, element, place| {
            match element.xhtml() {
                Some(xhtml) => writer.string(xhtml),
                None if place.holds_resource() => match element.children().first() {
                    Some(resource) => writer.resource(resource),
                    None => writer.event(JsonEvent::Null),
                },
                None => writer.object(element, place),
            }
        })
    }

    fn list(
        &mut self,
        array: bool,
        group: &[(&Element, Place)],
        mut each: impl FnMut(&mut Self, &Element, Place) -> Written,
    ) -> Written {
        if array {
            self.event(JsonEvent::StartArray)?;
        }
        group
            .iter()
            .try_for_each(|(element, place)| each(self, element, *place))?;
        if array {
            self.event(JsonEvent::EndArray)?;
        }
        Ok(())
    }

    fn value(&mut self, element: &Element, place: Place) -> Written {
        let Some(value) = element.value() else {
            return self.event(JsonEvent::Null);
        };
        let form = match place.slot.map(|slot: &Slot| slot.content) {
            Some(Content::Primitive(primitive)) => primitive.json_form(),
            _ => JsonForm::String,
        };
        match (form, value) {
            (JsonForm::Boolean, "true") => self.event(JsonEvent::Boolean(true)),
            (JsonForm::Boolean, "false") => self.event(JsonEvent::Boolean(false)),
            (JsonForm::Number, number) if is_decimal(number) => {
                self.event(JsonEvent::Number(number.into()))
            }
            (_, text) => self.string(text),
        }
    }
}

/// Whether the children of one name are values: by the table, or, unknown, by what they hold.
fn is_primitive(group: &[(&Element, Place)]) -> bool {
    group.iter().any(|(element, place)| match place.slot {
        Some(slot) => matches!(slot.content, Content::Primitive(_)),
        None => element.value().is_some(),
    })
}

fn has_extension(element: &Element) -> bool {
    element.id().is_some() || !element.children().is_empty()
}
