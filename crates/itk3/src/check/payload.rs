//! The bundle inside the message, as far as it is the same for every payload: what is wrong with it is
//! answered 20009, an attachment nobody can open 20005.

use fhir::{Budget, Bundle, Element};
use nhs::{DateOfBirth, NhsNumber};

use super::{At, Finding, Findings};
use crate::payload::{Inner, SECTIONS, sections};
use crate::{IssueType, Message, ResponseCode, View, attachment_types, identity};

/// Checks the bundle that the header's focus names, as far as the budget goes. FHIR's own rules are
/// [`base`](super::base()); what a payload adds is its crate's business.
pub fn payload_within(root: &Element, inner: Inner, budget: &Budget<'_>) -> Vec<Finding> {
    let mut found = Findings::of(View::Receiver);
    let message = Message::of(root);
    let carried = message
        .as_ref()
        .and_then(|message| Some((message.place_of(message.payload()?)?, message.payload()?)));
    if let Some((place, payload)) = carried
        && inner != Inner::Nothing
    {
        let path = format!("Bundle.entry[{place}].resource.{}", payload.name());
        let mut check = Check {
            found: &mut found,
            path,
            budget,
        };
        match Bundle::of(payload) {
            Some(bundle) => check.bundle(root, &bundle, inner),
            None => check.error(
                "itk3-payload",
                "",
                Some(payload),
                "expected a Bundle as the focus of the header",
                IssueType::Structure,
            ),
        }
    }
    found.into_list()
}

struct Check<'a, 'b> {
    found: &'a mut Findings,
    /// Of the inner bundle.
    path: String,
    budget: &'a Budget<'b>,
}

impl Check<'_, '_> {
    fn error(
        &mut self,
        id: &'static str,
        below: &str,
        element: Option<&Element>,
        what: &str,
        issue: IssueType,
    ) {
        let path = format!("{}{below}", self.path);
        let at = At {
            path: &path,
            element,
        };
        self.found
            .error(id, at, what, ResponseCode::PayloadInvalid, issue);
    }

    fn bundle(&mut self, root: &Element, bundle: &Bundle<'_>, inner: Inner) {
        let element = bundle.element();
        let (wanted, what) = match inner {
            Inner::Document => ("document", "expected a bundle of type document"),
            Inner::Message => ("message", "expected a bundle of type message"),
            Inner::Bundle | Inner::Nothing => ("", ""),
        };
        if !wanted.is_empty() && element.value_at("type") != Some(wanted) {
            let kind = element.at("type").or(Some(element));
            self.error("itk3-payload-type", ".type", kind, what, IssueType::Value);
        }
        if inner == Inner::Document {
            self.identifier(element, "itk3-payload-identifier", ".identifier");
            self.document(root, bundle);
        }
        self.attachments(bundle);
    }

    fn identifier(&mut self, holder: &Element, id: &'static str, below: &str) {
        let value = holder.value_at("identifier.value").map(str::trim);
        if value.is_none_or(str::is_empty) {
            let what =
                "expected an identifier with a value: it tells a duplicate, and what is replaced";
            self.error(id, below, Some(holder), what, IssueType::Required);
        }
    }

    fn document(&mut self, root: &Element, bundle: &Bundle<'_>) {
        let first = bundle.first();
        let Some(composition) = first.filter(|first| first.name() == "Composition") else {
            let what = "expected a Composition in the first entry of the document";
            let issue = IssueType::Structure;
            return self.error("itk3-composition", ".entry[0]", first, what, issue);
        };
        let below = ".entry[0].resource.Composition";
        let holder = format!("{below}.identifier");
        self.identifier(composition, "itk3-composition-identifier", &holder);
        self.section_count(composition, below);
        let subject = bundle.follow(composition.at("subject"));
        let place = format!("{below}.subject");
        if identity::patients(root).nth(1).is_some() {
            let what = "expected one Patient in the message, found another";
            let issue = IssueType::Structure;
            self.error(
                "itk3-patient-second",
                &place,
                composition.at("subject"),
                what,
                issue,
            );
        }
        match subject.filter(|subject| subject.name() == "Patient") {
            Some(patient) => self.patient(patient, &place),
            None => self.error(
                "itk3-patient",
                &place,
                composition.at("subject").or(Some(composition)),
                "expected a reference to a Patient of the document",
                IssueType::Required,
            ),
        }
    }

    fn section_count(&mut self, composition: &Element, below: &str) {
        if sections(composition).nth(SECTIONS).is_some() {
            let what = "expected two hundred sections at most, for more are not read";
            let place = format!("{below}.section");
            let issue = IssueType::Structure;
            self.error("itk3-section-count", &place, Some(composition), what, issue);
        }
    }

    /// Without these nobody can be matched, and with two of them somebody else may be.
    fn patient(&mut self, patient: &Element, place: &str) {
        let numbers: Vec<_> = identity::nhs_numbers(patient).take(2).collect();
        let number = numbers
            .first()
            .and_then(|it| it.value_at("value"))
            .is_some_and(|number| numbers.len() == 1 && NhsNumber::parse(number.trim()).is_ok());
        let family = patient
            .all("name")
            .filter_map(|name| name.value_at("family"))
            .any(|family| !family.trim().is_empty());
        let born = patient
            .value_at("birthDate")
            .is_some_and(|date| DateOfBirth::parse_iso(date).is_ok());
        for (holds, id, what) in [
            (
                number,
                "itk3-patient-number",
                "expected one NHS number of ten digits with a good check digit",
            ),
            (family, "itk3-patient-name", "expected a family name"),
            (
                born,
                "itk3-patient-born",
                "expected a full date of birth, YYYY-MM-DD",
            ),
        ] {
            if !holds {
                self.error(id, place, Some(patient), what, IssueType::Required);
            }
        }
    }

    fn attachments(&mut self, bundle: &Bundle<'_>) {
        for (place, entry) in bundle.entries().enumerate() {
            if !self.budget.step() {
                return;
            }
            let resource = entry.resource();
            let Some(binary) = resource.filter(|resource| resource.name() == "Binary") else {
                continue;
            };
            let below = format!(".entry[{place}].resource.Binary");
            let kind = binary.value_at("contentType");
            if kind.is_some_and(|kind| attachment_types::known(kind).is_none()) {
                let path = format!("{}{below}.contentType", self.path);
                let at = At {
                    path: &path,
                    element: binary.at("contentType"),
                };
                self.found.error(
                    "itk3-attachment-type",
                    at,
                    "expected a media type of the list for attachments",
                    ResponseCode::AttachmentUnsupported,
                    IssueType::Security,
                );
            }
        }
    }
}
