//! Supplies, complaints and texts.

use fhir::Element;

use super::context::{Context, concept, quantity, refer};
use crate::consultation::{ComplaintStatus, Supplied};
use crate::{Heading, names};

pub(super) fn supplies(context: &Context<'_>) -> Vec<Element> {
    let consultation = context.consultation;
    let supplied = consultation
        .supplies
        .iter()
        .map(|it| supply(context, it, "completed"));
    let declined = consultation
        .declined_supplies
        .iter()
        .map(|it| supply(context, it, "stopped"));
    supplied.chain(declined).collect()
}

fn supply(context: &Context<'_>, supply: &Supplied, status: &'static str) -> Element {
    let amount = &supply.quantity;
    let value = amount.value.to_string();
    let of = quantity(
        "quantity",
        &value,
        amount.unit.trim(),
        amount.system.trim(),
        amount.code.trim(),
    );
    let days = supply
        .days
        .map(|days| quantity("daysSupply", &days.to_string(), "day", names::UCUM, "d"));
    let kind = supply.supply_type.as_deref().map(str::trim);
    let kind = kind.map(|kind| concept("type", names::SUPPLY_TYPES, kind, kind));
    let dosage = Element::new("dosageInstruction")
        .child("text", supply.dose_text.trim())
        .child("patientInstruction", supply.patient_instruction.trim());
    let (code, display) = names::COMMUNITY;
    context
        .clinical("MedicationDispense", None)
        .child("status", status)
        .with(concept(
            "category",
            names::DISPENSE_CATEGORIES,
            code,
            display,
        ))
        .with(concept(
            "medicationCodeableConcept",
            names::DMD,
            &supply.amp,
            supply.name.trim(),
        ))
        .with(Element::new("performer").with(refer("actor", context.clinician)))
        .with_all(kind)
        .with(of)
        .with_all(days)
        .child(
            "whenHandedOver",
            supply.handed_over.unwrap_or(context.consultation.day),
        )
        .with(dosage)
}

pub(super) fn complaints(context: &Context<'_>) -> Vec<Element> {
    let complaints = context.consultation.presenting_complaint.iter();
    let complaint = |it: &crate::consultation::Complaint| {
        let status = match it.status {
            ComplaintStatus::Active => "active",
            ComplaintStatus::Resolved => "resolved",
        };
        context
            .clinical("Condition", Some(Heading::PresentingComplaints))
            .child("clinicalStatus", status)
            .with(concept("code", names::SNOMED, &it.code, it.display.trim()))
            .child("assertedDate", context.consultation.day)
            .with(refer("asserter", context.clinician))
    };
    complaints.map(complaint).collect()
}

pub(super) fn texts(context: &Context<'_>) -> Vec<Element> {
    let consultation = context.consultation;
    let summary = std::slice::from_ref(&consultation.clinical_summary);
    let headings: [(Heading, &[String]); 6] = [
        (Heading::ClinicalSummary, summary),
        (Heading::History, &consultation.history),
        (Heading::RedFlags, &consultation.red_flags),
        (Heading::Advice, &consultation.advice),
        (Heading::Plan, &consultation.plan),
        (Heading::Signposting, &consultation.signposting),
    ];
    let texts = headings
        .into_iter()
        .flat_map(|(heading, texts)| texts.iter().map(move |it| (heading, it)));
    let text = |(heading, text): (Heading, &String)| {
        context
            .clinical("ClinicalImpression", Some(heading))
            .child("status", "completed")
            .child("date", consultation.start)
            .with(refer("assessor", context.clinician))
            .child("summary", text.trim())
    };
    texts.map(text).collect()
}
