//! Observations: vital signs, pregnancy, ambulatory monitoring.

use fhir::Element;
use serde_json::Number;

use super::context::{Context, concept, quantity, refer};
use crate::consultation::{Abpm, Measure, Named, Observation, Position, Pregnancy};
use crate::vocabulary::{self, TRIPLETS, Triplet};
use crate::{Heading, names};

const VITAL_SIGNS: &str = "vital-signs";
const SOCIAL_HISTORY: &str = "social-history";

pub(super) fn build(context: &Context<'_>) -> Vec<Element> {
    let consultation = context.consultation;
    let measured = consultation
        .observations
        .iter()
        .map(|it| observation(context, it));
    let mut all: Vec<Element> = measured.collect();
    if consultation.pulse_irregular {
        let coded = (vocabulary::IRREGULAR_PULSE, "Pulse irregular");
        all.push(coded_observation(context, coded, None, None));
    }
    all.extend(consultation.pregnancy.map(|status| {
        let coded = match status {
            Pregnancy::Pregnant => (vocabulary::PREGNANT, "Pregnant"),
            Pregnancy::NotPregnant => (vocabulary::NOT_PREGNANT, "Not pregnant"),
        };
        let heading = Some(Heading::PregnancyStatus);
        coded_observation(context, coded, Some(SOCIAL_HISTORY), heading)
    }));
    all.extend(
        consultation
            .abpm
            .as_ref()
            .map(|abpm| monitoring(context, abpm)),
    );
    all
}

/// An observation whose text is its display.
fn coded_observation(
    context: &Context<'_>,
    (code, display): (&str, &str),
    category: Option<&'static str>,
    heading: Option<Heading>,
) -> Element {
    let coded = concept("code", names::SNOMED, code, display);
    resource(context, coded, category, heading)
}

fn resource(
    context: &Context<'_>,
    code: Element,
    category: Option<&'static str>,
    heading: Option<Heading>,
) -> Element {
    let [system, _] = names::OBSERVATION_CATEGORIES;
    let category = category.map(|category| {
        let display = if category == VITAL_SIGNS {
            "Vital Signs"
        } else {
            "Social History"
        };
        concept("category", system, category, display)
    });
    context
        .clinical("Observation", heading)
        .child("status", "final")
        .with_all(category)
        .with(code)
        .child("effectiveDateTime", context.consultation.start)
        .child("issued", context.now)
        .with(refer("performer", context.clinician))
}

fn observation(context: &Context<'_>, observation: &Observation) -> Element {
    let (coded, measure) = match observation {
        Observation::BloodPressure {
            position,
            systolic,
            diastolic,
            site,
        } => {
            return blood_pressure(context, *position, [systolic, diastolic], site.as_ref());
        }
        Observation::Pulse(it) => (("78564009", "Pulse rate"), it),
        Observation::Temperature(it) => (("703421000", "Temperature"), it),
        Observation::Height(it) if it.self_reported => {
            (("1162419008", "Self reported body height"), it)
        }
        Observation::Height(it) => (("50373000", "Body height measure"), it),
        Observation::Weight(it) if it.self_reported => {
            (("784399000", "Self reported body weight"), it)
        }
        Observation::Weight(it) => (("27113001", "Body weight"), it),
        Observation::Bmi(it) => (("60621009", "Body mass index"), it),
    };
    coded_observation(context, coded, Some(VITAL_SIGNS), None).with(value(measure))
}

fn value(measure: &Measure) -> Element {
    let unit = match measure.unit.as_str() {
        "{beats}/min" => "beats per minute",
        "Cel" => "degrees Celsius",
        "[degF]" => "degrees Fahrenheit",
        "[in_i]" => "inch",
        "[lb_av]" => "pound",
        other => other,
    };
    let (number, code) = (measure.value.to_string(), &measure.unit);
    quantity("valueQuantity", &number, unit, names::UCUM, code)
}

/// The row to write for a position.
fn triplet(position: Position) -> Option<&'static Triplet> {
    let kind = match position {
        Position::OnExamination => "on examination",
        Position::Lying => "lying",
        Position::Standing => "standing",
        Position::Sitting => "sitting",
        Position::Baseline => "baseline",
        Position::AverageAmbulatory => "average ambulatory",
        Position::SelfMeasured => "self measured",
    };
    TRIPLETS.iter().find(|row| row.kind == kind)
}

fn blood_pressure(
    context: &Context<'_>,
    position: Position,
    [systolic, diastolic]: [&Number; 2],
    site: Option<&Named>,
) -> Element {
    let row = triplet(position);
    let [reading, upper, lower] = row.map_or(["", "", ""], Triplet::called);
    let codes = row.map_or(["", "", ""], |row| {
        [row.header, row.systolic, row.diastolic]
    });
    let [header, upper_code, lower_code] = codes;
    let part = |code, display, number: &Number| {
        let unit = "millimetre of mercury";
        Element::new("component")
            .with(concept("code", names::SNOMED, code, display))
            .with(quantity(
                "valueQuantity",
                &number.to_string(),
                unit,
                names::UCUM,
                "mm[Hg]",
            ))
    };
    let site = site.map(|it| concept("bodySite", names::SNOMED, &it.code, it.display.trim()));
    coded_observation(context, (header, reading), Some(VITAL_SIGNS), None)
        .with_all(site)
        .with(part(upper_code, upper, systolic))
        .with(part(lower_code, lower, diastolic))
}

fn monitoring(context: &Context<'_>, abpm: &Abpm) -> Element {
    match abpm {
        Abpm::Declined(reason) => {
            let display = "Ambulatory blood pressure monitoring declined";
            let code = Element::coding("coding", names::SNOMED, vocabulary::ABPM_DECLINED, display);
            // The text is the reason.
            let coded = Element::new("code").with(code).child("text", reason.trim());
            resource(context, coded, None, Some(Heading::Procedures))
        }
        Abpm::Report(report) => {
            let attachment = Element::new("valueAttachment")
                .child("contentType", itk3::attachment_types::PDF)
                .child(
                    "data",
                    report.content.split_whitespace().collect::<String>(),
                )
                .child("title", report.title.trim());
            let coded = (
                vocabulary::ABPM_REPORT,
                "Ambulatory blood pressure monitoring report",
            );
            coded_observation(context, coded, Some(VITAL_SIGNS), None).with(attachment)
        }
    }
}
