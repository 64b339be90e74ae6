//! Whom a message is about: exactly one Patient with exactly one NHS number, wherever they stand. Of
//! two, one system files the document to the first and another to the last.

use fhir::Element;

/// The resources of type Patient in a message, in its order, at any depth: entries, and what
/// resources contain.
pub fn patients(root: &Element) -> impl Iterator<Item = &Element> {
    let mut ahead = vec![root];
    std::iter::from_fn(move || {
        loop {
            let element = ahead.pop()?;
            ahead.extend(element.children().iter().rev());
            // Elements begin with a small letter; only a resource is called so.
            if element.name() == "Patient" {
                return Some(element);
            }
        }
    })
}

/// A patient's NHS numbers: identifiers of its system, in whatever spelling other receivers may
/// know it by.
pub fn nhs_numbers(patient: &Element) -> impl Iterator<Item = &Element> {
    patient.all("identifier").filter(|identifier| {
        let system = identifier.value_at("system").unwrap_or_default().trim();
        let name = system.rsplit(['/', ':']).next().unwrap_or_default();
        let name = name.replace(['-', '_'], "");
        name.eq_ignore_ascii_case("nhsnumber")
    })
}

/// Whether a message is about one patient who has one NHS number.
pub fn is_certain(root: &Element) -> bool {
    let mut patients = patients(root);
    let one = patients
        .next()
        .is_some_and(|patient| nhs_numbers(patient).nth(1).is_none());
    one && patients.next().is_none()
}
