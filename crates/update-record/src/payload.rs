//! Update Record as one payload of many.

use fhir::Document;
use itk3::payload::{BuildParams, Built};
use itk3::{Checking, Finding, Kind, Payload, PayloadError, Received};

/// GP Connect Update Record, guide 1.2.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpdateRecord;

static KINDS: [Kind; 1] = [Kind::UPDATE_RECORD];

impl Payload for UpdateRecord {
    fn kinds(&self) -> &'static [Kind] {
        &KINDS
    }

    fn title(&self) -> &'static str {
        "Update Record 1.2"
    }

    fn check(&self, message: &Document, checking: &Checking<'_>) -> Vec<Finding> {
        crate::check(message, checking)
    }

    fn requirement(&self, id: &str) -> Option<&'static str> {
        crate::rules()
            .find(|rule| rule.id == id)
            .map(|rule| rule.text)
    }

    fn read(&self, message: &Document) -> Result<Received, PayloadError> {
        crate::record::received(message)
    }

    fn build(&self, input: &[u8], params: &BuildParams<'_>) -> Result<Built, PayloadError> {
        let consultation = crate::CheckedConsultation::from_json(input)?;
        Ok(crate::build(&consultation, params)?)
    }
}
