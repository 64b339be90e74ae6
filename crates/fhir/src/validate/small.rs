//! The invariants that concern one element and its children.

use jiff::Timestamp;

use super::Check;
use crate::Element;

pub(super) fn check(check: &mut Check<'_>, element: &Element, kind: &str) {
    match kind {
        "Extension" => extension(check, element),
        "Composition.section" => section(check, element),
        "Period" => period(check, element),
        "Attachment" => needs(check, element, "data", "contentType", "att-1"),
        "ContactPoint" => needs(check, element, "value", "system", "cpt-2"),
        "Quantity" => needs(check, element, "code", "system", "qty-3"),
        "Patient.contact" => contact(check, element),
        "Organization" => organization(check, element),
        _ => {}
    }
}

fn extension(check: &mut Check<'_>, element: &Element) {
    let parts = element.at("extension").is_some();
    let value = element.extension_value().is_some();
    if parts == value {
        check.error(
            element,
            "ext-1",
            "expected either extensions or a value, not both, not neither",
        );
    }
}

fn section(check: &mut Check<'_>, element: &Element) {
    let has = |name: &str| element.at(name).is_some();
    if !has("text") && !has("entry") && !has("section") {
        check.error(element, "cmp-1", "expected text, entries or sub-sections");
    }
    if has("emptyReason") && has("entry") {
        check.error(
            element,
            "cmp-2",
            "expected emptyReason only in a section without entries",
        );
    }
}

fn period(check: &mut Check<'_>, element: &Element) {
    let (Some(start), Some(end)) = (element.value_at("start"), element.value_at("end")) else {
        return;
    };
    let late = match (start.parse::<Timestamp>(), end.parse::<Timestamp>()) {
        (Ok(start), Ok(end)) => start > end,
        // Dates of one precision sort as they are written; others cannot be compared.
        _ => start.len() == end.len() && start.len() <= 10 && start > end,
    };
    if late {
        check.error(
            element,
            "per-1",
            "expected a start that is not after the end",
        );
    }
}

fn needs(check: &mut Check<'_>, element: &Element, name: &str, other: &str, id: &'static str) {
    if element.at(name).is_some() && element.at(other).is_none() {
        check.error(element, id, format!("expected {other} beside {name}"));
    }
}

fn contact(check: &mut Check<'_>, element: &Element) {
    let details = ["name", "telecom", "address", "organization"];
    if details.iter().all(|name| element.at(name).is_none()) {
        check.error(
            element,
            "pat-1",
            "expected a contact's details or organisation",
        );
    }
}

fn organization(check: &mut Check<'_>, element: &Element) {
    if element.at("identifier").is_none() && element.at("name").is_none() {
        check.error(element, "org-1", "expected an identifier or a name");
    }
    for (name, id) in [("address", "org-2"), ("telecom", "org-3")] {
        if element
            .all(name)
            .any(|contact| contact.value_at("use") == Some("home"))
        {
            check.error(element, id, format!("expected no {name} of use home"));
        }
    }
}
