//! GP Connect Send Document: from a consultation or a document to a message, from a message to a checked
//! document.
//!
//! [`build()`] turns a [`CheckedConsultation`] into the ITK3 message with its PDF report, subject and
//! patient address; [`build_document`] does it with any document and its files ([`CheckedDocument`]).
//! [`check()`] applies every rule that a machine can check, each named by its
//! requirement id ([`requirements`] lists them all); [`response_for`] picks the one answer a
//! receiver gives. [`read()`] takes out what a receiving practice works with. Two releases are known:
//! 1.3, and 2.0.2 ([`Ruleset`]); each is an [`itk3::Payload`] ([`SendDocument`]).

#[macro_use]
mod redacted;

mod build;
mod check;
mod consultation;
pub mod document;
mod error;
mod fields;
mod names;
mod payload;
mod pdf;
mod read;
mod ruleset;
mod sentence;

pub use build::{BuiltReport, build, build_document};
pub use check::{
    Checking, Enforced, Party, Requirement, check, check_as, requirements, unreadable,
};
pub use consultation::{
    Address, Attachment, CheckedConsultation, Coding, Consultation, Encounter, Item, NumberStatus,
    Patient, Practice, Practitioner, Section,
};
pub use document::CheckedDocument;
pub use error::SendDocumentError;
pub use fhir::{Budget, Severity};
pub use itk3::payload::record::FieldError;
pub use itk3::payload::{BuildParams, Built};
pub use itk3::{Finding, Rejection, Stage, TransportMetadata, View, response_for};
pub use payload::SendDocument;
pub use read::read;
pub use ruleset::{Ruleset, RulesetError};
