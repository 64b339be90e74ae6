//! What release 1.3 has no room for: it carries reports of consultations only.

use itk3::attachment_types;
use itk3::payload::record::FieldError;

use super::{CheckedDocument, Recipient, Status};
use crate::fields::Fields;
use crate::names;

/// Every field that 1.3 cannot carry.
pub(super) fn not_carried(document: &CheckedDocument) -> Vec<FieldError> {
    let mut fields = Fields::default();
    let mut unless = |holds: bool, path: &str, expected: String| {
        if !holds {
            fields.wrong(path, expected);
        }
    };
    let (code, display) = names::CLINICAL_REPORT;
    let nothing = || "nothing, for 1.3 has no place for it".to_owned();
    let is_report = document.kind.code == code;
    unless(is_report, "type.code", format!("{code} ({display})"));
    let is_titled = document.title == names::TITLE;
    unless(is_titled, "title", format!("\"{}\"", names::TITLE));
    let is_final = document.status == Status::Final;
    unless(is_final, "status", "final".to_owned());
    unless(document.care_setting.is_none(), "care_setting", nothing());
    unless(document.event.is_none(), "event", nothing());
    let is_for_action = document.recipient_type == Recipient::ForAction;
    unless(is_for_action, "recipient_type", "FA".to_owned());
    let is_signed = document.practitioner.is_some();
    unless(is_signed, "practitioner", "who saw the patient".to_owned());
    let is_own = document.author_organisation.is_none();
    unless(is_own, "author_organisation", nothing());
    let first = document.files().first();
    let is_pdf = first.is_some_and(|file| file.content_type == attachment_types::PDF);
    unless(is_pdf, "files[0]", "the report as a PDF".to_owned());
    fields.errors
}
