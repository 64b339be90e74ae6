//! Types, cardinalities and bindings, as the table has them.

use std::collections::HashMap;

use super::Check;
use crate::Element;
use crate::path::Place;
use crate::stu3::{Content, Definition, Slot};

pub(super) fn check(check: &mut Check<'_>, element: &Element, place: Place) {
    if place.is_extension() {
        if element.url().is_none_or(str::is_empty) {
            check.error(element, "extension-url", "expected a url");
        }
    } else if element.url().is_some() {
        check.error(
            element,
            "attribute",
            "expected no url attribute outside an extension",
        );
    }
    match place.slot.map(|slot| (slot, slot.content)) {
        Some((slot, Content::Primitive(_))) => primitive(check, element, slot),
        Some((_, Content::Xhtml)) => {
            if element.xhtml().is_none() {
                check.error(element, "type", "expected an XHTML div in its namespace");
            }
        }
        Some((_, Content::Resource)) => {
            no_value(check, element);
            if element.children().len() != 1 {
                check.error(element, "cardinality", "expected one resource");
            }
        }
        _ => complex(check, element, place.definition),
    }
}

fn primitive(check: &mut Check<'_>, element: &Element, slot: &Slot) {
    let Content::Primitive(kind) = slot.content else {
        return;
    };
    match element.value() {
        None if element.children().is_empty() => {
            check.error(
                element,
                "ele-1",
                "expected a value or children, found neither",
            );
        }
        None => {}
        Some(value) if !kind.admits(value) => {
            check.error(element, "type", format!("expected {}", kind.form()));
        }
        Some(value) if !slot.codes.is_empty() && !slot.codes.contains(&value) => {
            let codes = slot.codes.join(", ");
            check.error(
                element,
                "binding",
                format!("expected one of the codes {codes}"),
            );
        }
        Some(_) => {}
    }
}

fn no_value(check: &mut Check<'_>, element: &Element) {
    if element.value().is_some() {
        check.error(element, "type", "expected elements, found a value");
    }
}

fn complex(check: &mut Check<'_>, element: &Element, definition: Option<&Definition>) {
    no_value(check, element);
    if element.xhtml().is_some() {
        check.error(element, "type", "expected FHIR elements, found XHTML");
    } else if element.children().is_empty() {
        check.error(
            element,
            "ele-1",
            "expected a value or children, found neither",
        );
    }
    if let Some(definition) = definition {
        cardinality(check, element, definition);
    }
}

fn cardinality(check: &mut Check<'_>, element: &Element, definition: &Definition) {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for slot in element
        .children()
        .iter()
        .filter_map(|child| definition.slot(child.name()))
    {
        *counts.entry(slot.field).or_insert(0) += 1;
    }
    let mut latest = None;
    for slot in &definition.slots {
        // The slots of one choice stand together and count together.
        if latest == Some(slot.order) {
            continue;
        }
        latest = Some(slot.order);
        match counts.get(slot.field).copied().unwrap_or(0) {
            0 if slot.required => {
                check.error(
                    element,
                    "required",
                    format!("expected the element {}", slot.field),
                );
            }
            0 | 1 => {}
            found if !slot.many => {
                let what = format!("expected at most one {}, found {found}", slot.field);
                check.error(element, "cardinality", what);
            }
            _ => {}
        }
    }
}
