//! Who saw the patient: one of the clinicians this user used before, or somebody entered anew.

use maud::{Markup, html};
use pages::components::{Errors, Field};
use send_document::{Consultation, Practitioner};

use super::fields::Fields;
use crate::web::context::View;

/// The field that chooses among those remembered; empty for somebody entered anew.
const CHOSEN: &str = "clinician";
/// The fields of somebody entered anew: name, label, hint, characters, and what to enter where it is needed.
const ENTERED: [(&str, &str, &str, u8, Option<&str>); 6] = [
    (
        "clinician_id",
        "Clinician's SDS user id",
        "",
        20,
        Some("Enter the clinician's SDS user id"),
    ),
    (
        "clinician_family_name",
        "Clinician's family name",
        "",
        30,
        Some("Enter the clinician's family name"),
    ),
    (
        "clinician_given_names",
        "Clinician's given names",
        "Optional",
        30,
        None,
    ),
    ("clinician_title", "Clinician's title", "Optional", 10, None),
    (
        "clinician_role",
        "Clinician's role",
        "Such as General practitioner",
        30,
        Some("Enter the clinician's role"),
    ),
    (
        "clinician_phone",
        "Clinician's telephone number",
        "Optional",
        20,
        None,
    ),
];

/// Chooses the one used last.
pub(super) fn choose_latest(fields: &mut Fields, known: &[Practitioner]) {
    if let Some(latest) = known.first() {
        fields.set(CHOSEN, &latest.sds_user_id);
    }
}

/// Chooses the consultation's own: among those remembered where it is as it is remembered.
pub(super) fn fill(fields: &mut Fields, consultation: &Consultation, known: &[Practitioner]) {
    let own = &consultation.practitioner;
    if known.contains(own) {
        fields.set(CHOSEN, &own.sds_user_id);
        return;
    }
    for (name, value) in [
        ("clinician_id", own.sds_user_id.clone()),
        ("clinician_family_name", own.family_name.clone()),
        ("clinician_given_names", own.given_names.join(" ")),
        ("clinician_title", own.title.clone().unwrap_or_default()),
        ("clinician_role", own.role.clone()),
        ("clinician_phone", own.phone.clone().unwrap_or_default()),
    ] {
        fields.set(name, &value);
    }
}

fn is_entered(fields: &Fields) -> bool {
    ENTERED
        .iter()
        .any(|(name, ..)| !fields.get(name).is_empty())
}

fn chosen<'a>(fields: &Fields, known: &'a [Practitioner]) -> Option<&'a Practitioner> {
    let id = fields.get(CHOSEN);
    known.iter().find(|clinician| clinician.sds_user_id == id)
}

/// Who saw the patient, or what to correct.
pub(super) fn read(fields: &Fields, known: &[Practitioner], errors: &mut Errors) -> Practitioner {
    if let Some(clinician) = chosen(fields, known) {
        if is_entered(fields) {
            let name = short(clinician);
            errors.add(
                CHOSEN,
                format!(
                    "{name} is chosen and somebody else is entered: choose Somebody else, or empty the fields of \
                     the other clinician"
                ),
            );
        }
        return clinician.clone();
    }
    if !fields.get(CHOSEN).is_empty() {
        errors.add(
            CHOSEN,
            "Choose who saw the patient: the clinician is no longer remembered",
        );
    }
    for (name, .., needed) in ENTERED {
        if let Some(words) = needed.filter(|_| fields.get(name).is_empty()) {
            errors.add(name, words);
        }
    }
    Practitioner {
        sds_user_id: fields.get("clinician_id").to_owned(),
        family_name: fields.get("clinician_family_name").to_owned(),
        given_names: fields.words("clinician_given_names"),
        title: fields.optional("clinician_title"),
        role: fields.get("clinician_role").to_owned(),
        phone: fields.optional("clinician_phone"),
    }
}

/// Who it is in a few words, once enough is entered: `Dr Helen Marsh, General practitioner`.
pub(super) fn summary(fields: &Fields, known: &[Practitioner]) -> Option<String> {
    let mut errors = Errors::new();
    let clinician = read(fields, known, &mut errors);
    errors.is_empty().then(|| short(&clinician))
}

/// `Dr Helen Marsh, General practitioner`.
pub(super) fn short(clinician: &Practitioner) -> String {
    let name = clinician
        .title
        .iter()
        .chain(&clinician.given_names)
        .chain([&clinician.family_name]);
    let name: Vec<&str> = name.map(String::as_str).collect();
    format!("{}, {}", name.join(" "), clinician.role)
}

/// Whether something is wrong in these fields.
pub(super) fn is_wrong(errors: &Errors) -> bool {
    let names = ENTERED.iter().map(|(name, ..)| *name).chain([CHOSEN]);
    names.into_iter().any(|name| errors.of(name).is_some())
}

/// The fields: a choice where somebody is remembered, and those of somebody entered anew.
pub(super) fn show(
    view: &View,
    fields: &Fields,
    known: &[Practitioner],
    errors: &Errors,
) -> Markup {
    let entered = html! {
        @for (name, label, hint, width, _) in ENTERED {
            (Field::new(name, label)
                .hint(hint)
                .value(fields.get(name))
                .errors(errors)
                .width(width)
                .input("text"))
        }
    };
    if known.is_empty() {
        return entered;
    }
    let options: Vec<(&str, String)> = known
        .iter()
        .map(|clinician| {
            let words = format!("{} ({})", short(clinician), clinician.sds_user_id);
            (clinician.sds_user_id.as_str(), words)
        })
        .chain([("", "Somebody else, entered below".to_owned())])
        .collect();
    let options: Vec<(&str, &str)> = options
        .iter()
        .map(|(value, words)| (*value, words.as_str()))
        .collect();
    let is_open = chosen(fields, known).is_none() || is_entered(fields) || is_wrong(errors);
    html! {
        (Field::new(CHOSEN, "Who saw the patient")
            .value(fields.get(CHOSEN))
            .errors(errors)
            .select(&options))
        details.nhsuk-details open[is_open] {
            summary.nhsuk-details__summary {
                span.nhsuk-details__summary-text { "Somebody else" }
            }
            div.nhsuk-details__text { (entered) }
        }
        p { a href=(view.link("/new/clinicians")) { "Clinicians remembered for you" } }
    }
}
