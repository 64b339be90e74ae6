//! From a message to the provisional record, tolerantly: [`crate::check()`] says what is wrong.

use std::fmt;

use fhir::{Document, Element};
use itk3::payload::{self, Inner};
use itk3::{PayloadError, ReceivedPatient, names as itk3_names};
use serde::{Deserialize, Serialize};

use super::entry::{Attachment, Code, Content, Entry, Mark, Measured, Supply};
use super::marks;
use crate::check::subject::{Carried, Resource, Subject, codings, value};
use crate::vocabulary::{DAY_AND_NIGHT, UNITS};
use crate::{Heading, Service, names};

/// What a message would add to a record. As many entries as the message has; the limits of reading
/// ([`fhir::Limits`]) are those of their number and length. As JSON it is what a practice keeps of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Whom it is about.
    #[serde(with = "super::patient")]
    pub patient: ReceivedPatient,
    /// The service; none where its code is not known.
    pub service: Option<Service>,
    /// Composition.title.
    pub title: String,
    /// When the patient was seen: Encounter.period.start, as it is written.
    pub date: Option<String>,
    /// The pharmacy.
    pub pharmacy: Pharmacy,
    /// Who saw the patient.
    pub clinician: Clinician,
    /// Composition.meta.versionId, where it is a number.
    pub version: Option<u32>,
    /// What this one replaces: Composition.relatesTo.targetIdentifier.value.
    pub replaces: Option<String>,
    /// A resource is labelled NOPAT: not to be shown to the patient.
    pub is_hidden_from_patient: bool,
    /// The entries: texts by their headings first, then what is coded, in the order of the message.
    pub entries: Vec<Entry>,
}

/// A pharmacy.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pharmacy {
    /// ODS code, as it is written.
    pub ods: Option<String>,
    /// Name.
    pub name: Option<String>,
}

/// Who saw the patient.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Clinician {
    /// Prefix, given and family names.
    pub name: Option<String>,
    /// The first identifier: the registration number, where it is sent.
    pub identifier: Option<String>,
    /// The job role's display.
    pub role: Option<String>,
}

/// Reads what a message would add to a record.
///
/// # Errors
/// [`PayloadError::Unreadable`] when there is no header, no document, no composition or no id of it.
pub fn read_record(message: &Document) -> Result<Record, PayloadError> {
    let received = payload::read(message, Inner::Document)?;
    let subject = Subject::of(&message.root);
    let document = subject
        .document
        .ok_or(PayloadError::Unreadable("a document bundle"))?;
    let composition = document.composition();
    let mut services = composition
        .into_iter()
        .flat_map(|it| it.codes("type", names::SNOMED));
    let encounter = document.all("Encounter").next();
    let mut entries: Vec<Entry> = document
        .resources
        .iter()
        .filter_map(|it| entry(it, &document))
        .collect();
    entries.sort_by_key(|entry| (entry.content != Content::Text, entry.heading));
    Ok(Record {
        service: services.find_map(Service::of_code),
        title: received.title,
        date: encounter
            .and_then(|it| it.value("period.start"))
            .map(str::to_owned),
        pharmacy: pharmacy(&document),
        clinician: Clinician {
            name: received.practitioner_name,
            ..clinician(&document)
        },
        version: received.version,
        replaces: received.replaces,
        patient: received.patient,
        is_hidden_from_patient: document.resources.iter().any(is_hidden),
        entries,
    })
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn pharmacy(document: &Carried<'_>) -> Pharmacy {
    let encounter = document.all("Encounter").next();
    let named = encounter.and_then(|it| document.bundle.follow(it.element.at("serviceProvider")));
    let first = || document.all("Organization").next().map(|it| it.element);
    let Some(place) = named
        .filter(|it| it.name() == "Organization")
        .or_else(first)
    else {
        return Pharmacy::default();
    };
    let mut identifiers = place.all("identifier");
    let system = itk3_names::ODS_ORGANIZATION_CODE;
    let code = identifiers.find(|it| value(it, "system") == Some(system));
    Pharmacy {
        ods: owned(code.and_then(|it| value(it, "value"))),
        name: owned(value(place, "name")),
    }
}

fn clinician(document: &Carried<'_>) -> Clinician {
    let person = document.all("Practitioner").next();
    let role = document.all("PractitionerRole").next();
    Clinician {
        name: None,
        identifier: owned(person.and_then(|it| it.value("identifier.value"))),
        role: owned(role.and_then(|it| it.value("code.coding.display").or(it.value("code.text")))),
    }
}

fn is_hidden(resource: &Resource<'_>) -> bool {
    let metas = resource.element.all("meta");
    let mut labels = metas.flat_map(|meta| meta.all("security"));
    labels.any(|label| value(label, "code") == Some("NOPAT"))
}

/// The first coding, one of SNOMED CT or dm+d if there is one.
fn code(concept: Option<&Element>) -> Option<Code> {
    let is_listed = |it: &&Element| {
        let system = value(it, "system");
        system.is_some_and(|system| [names::SNOMED, names::DMD].contains(&system))
    };
    let all = codings(concept).filter(|it| value(it, "code").is_some());
    let coding = all.clone().find(is_listed).or_else(|| all.clone().next())?;
    Some(Code {
        system: owned(value(coding, "system")).unwrap_or_default(),
        code: owned(value(coding, "code"))?,
        display: owned(value(coding, "display")),
    })
}

fn entry(resource: &Resource<'_>, document: &Carried<'_>) -> Option<Entry> {
    let mut entry = match resource.element.name() {
        "ClinicalImpression" => text(resource),
        "Observation" => observation(resource, document),
        "MedicationDispense" => supply(resource),
        "Condition" => coded(
            resource,
            "code",
            "assertedDate",
            "clinicalStatus",
            Content::Complaint,
        ),
        _ => return None,
    };
    let mut tags = resource.tags(&names::HEADINGS).peekable();
    let is_tagged = tags.peek().is_some();
    entry.heading = tags.find_map(Heading::of_code);
    if is_tagged && entry.heading.is_none() {
        entry.marks.push(Mark::UnknownHeading);
    }
    if !marks::is_final(resource) {
        entry.marks.push(Mark::NotFinal);
    }
    if let Some(code) = &entry.code {
        entry
            .marks
            .extend(marks::of_code(code, entry.text.as_deref()));
    }
    entry.marks.sort_unstable();
    entry.marks.dedup();
    Some(entry)
}

fn text(resource: &Resource<'_>) -> Entry {
    Entry {
        text: owned(resource.value("summary")),
        ..coded(resource, "code", "date", "status", Content::Text)
    }
}

/// An entry whose code, date and status are at these places.
fn coded(
    resource: &Resource<'_>,
    code_at: &str,
    date: &str,
    status: &str,
    content: Content,
) -> Entry {
    let concept = resource.element.at(code_at);
    Entry {
        id: owned(resource.value("id")).unwrap_or_default(),
        heading: None,
        code: code(concept),
        text: owned(concept.and_then(|it| value(it, "text"))),
        date: owned(resource.value(date)),
        status: owned(resource.value(status)),
        content,
        marks: Vec::new(),
    }
}

fn observation(resource: &Resource<'_>, document: &Carried<'_>) -> Entry {
    let mut marks = Vec::new();
    let content = match resource.element.at("valueAttachment") {
        Some(attachment) => Content::Report(report(attachment, &mut marks)),
        None => Content::Observation(values(resource, &mut marks)),
    };
    let date = resource
        .value("effectiveDateTime")
        .map_or("effectivePeriod.start", |_| "effectiveDateTime");
    let mut entry = coded(resource, "code", date, "status", content);
    let known = entry.code.as_ref().map(|code| code.code.as_str());
    if known.is_some_and(marks::is_pregnancy_status)
        && document.patient().and_then(|it| value(it, "gender")) == Some("male")
    {
        marks.push(Mark::PregnancyOfMale);
    }
    if let (Some(header), Content::Observation(values)) = (known, &entry.content)
        && marks::is_mixed(header, values)
    {
        marks.push(Mark::MixedCodes);
    }
    entry.marks = marks;
    entry
}

fn report(attachment: &Element, marks: &mut Vec<Mark>) -> Attachment {
    let data = attachment
        .at("data")
        .and_then(|data| data.decode_base64().ok());
    if data.is_none() {
        marks.push(Mark::UnreadableReport);
    }
    Attachment {
        title: owned(value(attachment, "title")).unwrap_or_default(),
        content_type: owned(value(attachment, "contentType")).unwrap_or_default(),
        content: data.unwrap_or_default(),
    }
}

fn values(resource: &Resource<'_>, marks: &mut Vec<Mark>) -> Vec<Measured> {
    let own = measured(resource.element, None, marks);
    let parts = resource.element.all("component").filter_map(|component| {
        let part = code(component.at("code"));
        if let Some(part) = &part {
            marks.extend(marks::of_code(part, value(component, "code.text")));
            if DAY_AND_NIGHT.contains(&part.code.as_str()) {
                marks.push(Mark::NotFiled);
            }
        }
        measured(component, part, marks)
    });
    let parts: Vec<Measured> = parts.collect();
    own.into_iter().chain(parts).collect()
}

/// The `value[x]` of an observation or a component: a quantity with its unit, anything else as its text.
fn measured(holder: &Element, part: Option<Code>, marks: &mut Vec<Mark>) -> Option<Measured> {
    let mut children = holder.children().iter();
    let found = children.find(|it| it.name().starts_with("value"))?;
    if found.name() == "valueQuantity" {
        let unit_code = value(found, "code");
        if !unit_code.is_some_and(|unit| UNITS.contains(&unit)) {
            marks.push(Mark::UnknownUnit);
        }
        let number = [value(found, "comparator"), value(found, "value")];
        return Some(Measured {
            part,
            value: number.into_iter().flatten().collect::<Vec<_>>().join(" "),
            unit: owned(value(found, "unit").or(unit_code)).unwrap_or_default(),
            unit_code: owned(unit_code),
        });
    }
    let concept = || code(Some(found)).and_then(|code| code.display);
    let text = owned(found.value().or(value(found, "text"))).or_else(concept)?;
    Some(Measured {
        part,
        value: text,
        unit: String::new(),
        unit_code: None,
    })
}

fn supply(resource: &Resource<'_>) -> Entry {
    let of = |path| owned(resource.value(path));
    let dosages = || resource.element.all("dosageInstruction");
    let amount = [
        resource.value("quantity.value"),
        resource.value("quantity.unit"),
    ];
    let supply = Supply {
        is_declined: resource.value("status") == Some("stopped"),
        quantity: amount.into_iter().flatten().collect::<Vec<_>>().join(" "),
        days: of("daysSupply.value"),
        dosage: dosages()
            .filter_map(|it| owned(value(it, "text")))
            .collect(),
        patient_instruction: dosages()
            .filter_map(|it| owned(value(it, "patientInstruction")))
            .collect(),
        supply_type: of("type.coding.code").or_else(|| of("type.text")),
    };
    let date = resource
        .value("whenHandedOver")
        .map_or("whenPrepared", |_| "whenHandedOver");
    coded(
        resource,
        "medicationCodeableConcept",
        date,
        "status",
        Content::Supply(supply),
    )
}

impl Record {
    /// Whether a person must look at something before anything is filed.
    pub fn is_marked(&self) -> bool {
        self.entries.iter().any(|entry| !entry.marks.is_empty())
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("service", &self.service)
            .field("entries", &self.entries.len())
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Pharmacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pharmacy")
            .field("ods", &self.ods)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Clinician {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clinician(redacted)")
    }
}
