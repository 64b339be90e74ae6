//! A consultation that can be built: what its types cannot tell is checked here, once.

use std::fmt;
use std::ops::Deref;
use std::sync::LazyLock;

use fhir::Element;
use itk3::payload::record::{self, FieldError, Record};
use jiff::Timestamp;
use jiff::civil::Date;
use nhs::{OdsCode, WorkflowId};
use serde_json::Value;

use super::{Abpm, Consultation, Measure, Observation, Supplied};
use crate::{BuildError, is_sctid};

// XML carries no control characters but line ends and tabs: they are refused, for what is written in their
// place is not what the clinician wrote.

/// Characters of a name or title.
const SHORT: usize = 255;
/// Characters of a clinical text.
const LONG: usize = 100_000;
/// Entries of a list.
const LIST: usize = 100;

/// A consultation whose message will be taken.
#[derive(Clone, PartialEq)]
pub struct CheckedConsultation {
    consultation: Consultation,
    pub(crate) start: Timestamp,
    pub(crate) end: Option<Timestamp>,
    /// The day of `start`, as it was written there.
    pub(crate) day: Date,
}

impl Deref for CheckedConsultation {
    type Target = Consultation;

    fn deref(&self) -> &Consultation {
        &self.consultation
    }
}

impl fmt::Debug for CheckedConsultation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckedConsultation(redacted)")
    }
}

impl CheckedConsultation {
    /// Reads a consultation from JSON, UTF-8 or UTF-16 with or without a byte order mark, and checks it.
    ///
    /// # Errors
    /// [`BuildError::Consultation`] with the path of each field that is not as documented; never with its
    /// value.
    pub fn from_json(json: &[u8]) -> Result<Self, BuildError> {
        let read: Result<Consultation, _> = record::read(json);
        read.map_err(BuildError::Consultation)?.check()
    }

    /// The pharmacy's ODS code.
    pub fn ods(&self) -> &OdsCode {
        &self.pharmacy.ods
    }

    /// The workflow of its message.
    ///
    /// # Errors
    /// Never in fact: the id is a constant.
    pub(crate) fn workflow() -> Result<WorkflowId, nhs::IdError> {
        WorkflowId::parse(crate::names::WORKFLOW)
    }
}

#[derive(Default)]
struct Wrong(Vec<FieldError>);

impl Wrong {
    fn unless(&mut self, holds: bool, path: impl Into<String>, expected: &str) {
        if !holds && self.0.len() < LIST {
            self.0.push(FieldError {
                path: path.into(),
                expected: format!("expected {expected}"),
            });
        }
    }

    fn short(&mut self, text: &str, path: impl Into<String>) {
        let is_line = !text.trim().is_empty() && !text.contains(char::is_control);
        self.unless(
            is_line && text.chars().count() <= SHORT,
            path,
            "1 to 255 characters in one line, none a control character",
        );
    }

    fn long(&mut self, text: &str, path: impl Into<String>) {
        let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        let is_text = !text.trim().is_empty() && !text.contains(is_odd);
        self.unless(
            is_text && text.chars().count() <= LONG,
            path,
            "1 to 100,000 characters, of control characters only line breaks and tabs",
        );
    }

    fn code(&mut self, code: &str, path: impl Into<String>) {
        self.unless(
            is_sctid(code),
            path,
            "a SNOMED CT or dm+d code with a good check digit",
        );
    }

    fn list<T>(&mut self, list: &[T], path: &str) {
        self.unless(list.len() <= LIST, path, "at most 100 entries");
    }
}

static EXAMPLE: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../examples/minor-illness.json")).unwrap_or_default()
});

impl Record for Consultation {
    const FORMAT: &'static str = "consultation";

    fn example() -> &'static Value {
        &EXAMPLE
    }

    fn wrong_fields(&self) -> Vec<FieldError> {
        let mut wrong = Wrong::default();
        let moment = "a moment with its zone, 2026-03-02T10:05:00+00:00";
        wrong.unless(self.beginning().is_some(), "start", moment);
        let end = self.end.as_deref().map(moment_of);
        let start = moment_of(&self.start);
        let is_after = end.is_none_or(|end| end.is_some_and(|end| Some(end) >= start));
        wrong.unless(
            is_after,
            "end",
            "a moment with its zone, not before the start",
        );
        self.people(&mut wrong);
        self.texts(&mut wrong);
        self.clinical(&mut wrong);
        wrong.0
    }
}

fn moment_of(text: &str) -> Option<Timestamp> {
    text.trim().parse().ok()
}

impl Consultation {
    /// Checks what the types cannot tell.
    ///
    /// # Errors
    /// [`BuildError::Consultation`] with every field that is not as documented.
    pub fn check(self) -> Result<CheckedConsultation, BuildError> {
        let wrong = self.wrong_fields();
        match self.beginning() {
            Some((start, day)) if wrong.is_empty() => Ok(CheckedConsultation {
                start,
                end: self.end.as_deref().and_then(moment_of),
                day,
                consultation: self,
            }),
            _ => Err(BuildError::Consultation(wrong)),
        }
    }

    /// When it began, and the day of it as it is written.
    fn beginning(&self) -> Option<(Timestamp, Date)> {
        let day = self.start.trim().get(..10)?.parse().ok()?;
        Some((moment_of(&self.start)?, day))
    }

    fn people(&self, wrong: &mut Wrong) {
        wrong.short(&self.pharmacy.name, "pharmacy.name");
        wrong.short(&self.clinician.family, "clinician.family");
        for (text, path) in [
            (&self.clinician.given, "clinician.given"),
            (&self.clinician.prefix, "clinician.prefix"),
            (&self.clinician.gphc, "clinician.gphc"),
            (&self.patient.postcode, "patient.postcode"),
        ] {
            if let Some(text) = text {
                wrong.short(text, path);
            }
        }
        if let Some(role) = &self.clinician.role {
            wrong.short(&role.code, "clinician.role.code");
            wrong.short(&role.display, "clinician.role.display");
        }
        let names = (1..=20).contains(&self.patient.given.len());
        wrong.unless(names, "patient.given", "1 to 20 names");
        for (place, name) in self.patient.given.iter().enumerate() {
            wrong.short(name, format!("patient.given[{place}]"));
        }
    }

    fn texts(&self, wrong: &mut Wrong) {
        wrong.long(&self.clinical_summary, "clinical_summary");
        for (texts, path) in [
            (&self.history, "history"),
            (&self.red_flags, "red_flags"),
            (&self.advice, "advice"),
            (&self.plan, "plan"),
            (&self.signposting, "signposting"),
        ] {
            wrong.list(texts, path);
            for (place, text) in texts.iter().enumerate().take(LIST) {
                wrong.long(text, format!("{path}[{place}]"));
            }
        }
    }

    fn clinical(&self, wrong: &mut Wrong) {
        wrong.list(&self.presenting_complaint, "presenting_complaint");
        for (place, complaint) in self.presenting_complaint.iter().enumerate().take(LIST) {
            let path = format!("presenting_complaint[{place}]");
            wrong.code(&complaint.code, format!("{path}.code"));
            wrong.short(&complaint.display, format!("{path}.display"));
        }
        wrong.list(&self.observations, "observations");
        for (place, observation) in self.observations.iter().enumerate().take(LIST) {
            observation.check(&format!("observations[{place}]"), wrong);
        }
        match &self.abpm {
            Some(Abpm::Declined(reason)) => wrong.long(reason, "abpm.declined"),
            Some(Abpm::Report(report)) => {
                wrong.short(&report.title, "abpm.report.title");
                let data = Element::primitive("data", report.content.as_str()).decode_base64();
                let is_pdf = data.is_ok_and(|data| data.starts_with(b"%PDF-"));
                wrong.unless(is_pdf, "abpm.report.content", "a PDF in base64");
            }
            None => {}
        }
        for (supplies, path) in [
            (&self.supplies, "supplies"),
            (&self.declined_supplies, "declined_supplies"),
        ] {
            wrong.list(supplies, path);
            for (place, supply) in supplies.iter().enumerate().take(LIST) {
                supply.check(&format!("{path}[{place}]"), wrong);
            }
        }
    }
}

impl Observation {
    fn check(&self, path: &str, wrong: &mut Wrong) {
        let (measure, units, can_be_told): (&Measure, &[&str], bool) = match self {
            Self::BloodPressure { site, .. } => {
                if let Some(site) = site {
                    wrong.code(&site.code, format!("{path}.site.code"));
                    wrong.short(&site.display, format!("{path}.site.display"));
                }
                return;
            }
            Self::Pulse(measure) => (measure, &["{beats}/min"], false),
            Self::Temperature(measure) => (measure, &["Cel", "[degF]"], false),
            Self::Height(measure) => (measure, &["cm", "[in_i]"], true),
            Self::Weight(measure) => (measure, &["kg", "g", "[lb_av]"], true),
            Self::Bmi(measure) => (measure, &["kg/m2"], false),
        };
        let is_known = units.contains(&measure.unit.as_str());
        wrong.unless(
            is_known,
            format!("{path}.unit"),
            &format!("one of {}", units.join(", ")),
        );
        let is_told = !measure.self_reported || can_be_told;
        let path = format!("{path}.self_reported");
        wrong.unless(
            is_told,
            path,
            "true for height and weight only, which have a code for it",
        );
    }
}

impl Supplied {
    fn check(&self, path: &str, wrong: &mut Wrong) {
        wrong.code(&self.amp, format!("{path}.amp"));
        for (text, field) in [
            (&self.name, "name"),
            (&self.quantity.unit, "quantity.unit"),
            (&self.quantity.system, "quantity.system"),
            (&self.quantity.code, "quantity.code"),
        ] {
            wrong.short(text, format!("{path}.{field}"));
        }
        wrong.long(&self.dose_text, format!("{path}.dose_text"));
        wrong.long(
            &self.patient_instruction,
            format!("{path}.patient_instruction"),
        );
        if let Some(supply_type) = &self.supply_type {
            wrong.short(supply_type, format!("{path}.supply_type"));
        }
    }
}
