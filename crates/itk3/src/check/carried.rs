//! A message of any payload against its control file or Mex headers.

use fhir::{Bundle, Element, Severity};
use nhs::{DateOfBirth, DateOrder, FamilyName, NhsNumber, PatientAddress};

use super::{At, Finding, Findings};
use crate::payload::{Kind, Stage, TransportMetadata};
use crate::{IssueType, Message, View, names};

const WORKFLOW: &str = "transport.workflow";

/// The workflow, the mailbox it came from, and before it is sent the patient address.
pub fn carried(root: &Element, kind: &Kind, transport: &TransportMetadata<'_>) -> Vec<Finding> {
    let mut found = Findings::of(View::Receiver);
    workflow(kind, transport, &mut found);
    let message = Message::of(root);
    let endpoint = message.as_ref().and_then(Message::endpoint).map(str::trim);
    if endpoint.is_some_and(|endpoint| !endpoint.eq_ignore_ascii_case(transport.from.trim())) {
        let what = "expected the mailbox of MessageHeader.source.endpoint";
        found.warning("itk3-from", place("transport.from"), what);
    }
    if transport.stage == Stage::Sent && PatientAddress::is_meant(transport.to) {
        address(message.as_ref(), transport.to, &mut found);
    }
    found.into_list()
}

fn place(path: &str) -> At<'_> {
    At {
        path,
        element: None,
    }
}

/// The finding of a message on the workflow of another payload: refused as that payload's row says. For
/// a payload whose own rules say the rest of [`carried`].
pub fn on_workflow_of_another(kind: &Kind, transport: &TransportMetadata<'_>) -> Vec<Finding> {
    let mut found = Findings::of(View::Receiver);
    if let Some(other) = owner(kind, transport.workflow.trim()) {
        refuse_workflow(kind, other, &mut found);
    }
    found.into_list()
}

/// Another payload's workflow is refused; another of its own payload, or one we do not know, is told.
fn workflow(kind: &Kind, transport: &TransportMetadata<'_>, found: &mut Findings) {
    let workflow = transport.workflow.trim();
    if kind.workflows.contains(&workflow) || *kind == Kind::UNKNOWN {
        return;
    }
    match (owner(kind, workflow), kind.workflows.first()) {
        (Some(other), _) => refuse_workflow(kind, other, found),
        (None, Some(own)) => {
            let what = format!("expected {own}, found another workflow");
            found.warning("itk3-workflow", place(WORKFLOW), what);
        }
        (None, None) => {}
    }
}

/// The first row that a workflow carries, where all it carries is of other payloads.
fn owner(kind: &Kind, workflow: &str) -> Option<&'static Kind> {
    let mut there = Kind::of_workflow(workflow).peekable();
    let first = there.peek().copied();
    first.filter(|_| there.all(|other| other.family != kind.family))
}

fn refuse_workflow(kind: &Kind, other: &Kind, found: &mut Findings) {
    let (event, wanted) = (kind.event.code(), other.event.code());
    let what = format!("expected {wanted}, which this workflow carries; found {event}");
    let (code, issue) = (other.other_event, IssueType::Processing);
    found.error("itk3-workflow", place(WORKFLOW), what, code, issue);
}

/// GPPROVIDER_{NHS number}_{date of birth}_{family name}, of the document's patient.
fn address(message: Option<&Message<'_>>, to: &str, found: &mut Findings) {
    let path = "transport.to";
    let wrong = |found: &mut Findings, what: &str| {
        found.push(
            "itk3-address",
            Severity::Error,
            place(path),
            what.to_owned(),
            None,
        );
    };
    let Ok((address, order)) = PatientAddress::parse_with_order(to) else {
        let what = "expected GPPROVIDER_{NHS number}_{date of birth}_{family name}";
        return wrong(found, what);
    };
    if order == DateOrder::DayMonthYear {
        let what = "expected the date of birth as YYYYMMDD, found DDMMYYYY";
        found.warning("itk3-address-date", place(path), what);
    }
    let payload = message.and_then(Message::payload).and_then(Bundle::of);
    let Some(patient) = payload.as_ref().and_then(patient) else {
        return;
    };
    let mut numbers = patient
        .all("identifier")
        .filter(|it| it.value_at("system") == Some(names::NHS_NUMBER));
    let number = numbers.find_map(|it| NhsNumber::parse(it.value_at("value")?.trim()).ok());
    let born = patient.value_at("birthDate");
    let born = born.and_then(|date| DateOfBirth::parse_iso(date).ok());
    let families = patient
        .all("name")
        .filter_map(|name| name.value_at("family"));
    let families: Vec<_> = families
        .filter_map(|family| FamilyName::parse(family).ok())
        .collect();
    if number.is_some_and(|number| number != address.nhs_number) {
        wrong(found, "expected the NHS number of the document's patient");
    }
    if born.is_some_and(|born| born != address.date_of_birth) {
        wrong(
            found,
            "expected the date of birth of the document's patient",
        );
    }
    let matches = |family: &FamilyName| family.matches(&address.family_name);
    if !families.is_empty() && !families.iter().any(matches) {
        wrong(found, "expected the family name of the document's patient");
    }
}

/// Whom the composition is about.
fn patient<'a>(document: &Bundle<'a>) -> Option<&'a Element> {
    let first = document.first().filter(|it| it.name() == "Composition")?;
    let subject = document.follow(first.at("subject"))?;
    Some(subject).filter(|subject| subject.name() == "Patient")
}
