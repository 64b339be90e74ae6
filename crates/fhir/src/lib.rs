//! FHIR STU3 (3.0.1): reading and writing XML and JSON, checking the base rules, safe against
//! hostile input.
//!
//! A document is a tree of [`Element`]s in the shape of FHIR's XML, driven by a table of the STU3
//! types in use ([`stu3`]). [`xml::read`] and [`json::read`] give a [`Document`]; [`xml::write`] and
//! [`json::write`] put any tree into STU3 order; [`validate::base`] finds what breaks STU3 itself.
//! Profiles (ITK3, CareConnect) are the business of the crates above.

mod budget;
mod bundle;
mod document;
mod element;
mod error;
mod findings;
pub mod json;
pub mod narrative;
mod path;
mod read;
pub mod stu3;
mod text;
pub mod validate;
pub mod visits;
pub mod xml;

pub use budget::Budget;
pub use bundle::Bundle;
pub use document::{Document, Finding, Limits, Severity};
pub use element::{Element, Position, encode_base64};
pub use error::FhirError;
pub(crate) use findings::Findings;
pub use findings::{Tallied, Tally};
pub use read::read;
pub use text::Text;

/// The namespace of FHIR's XML.
pub const NAMESPACE: &str = "http://hl7.org/fhir";

/// The namespace of a narrative's `div`.
pub const XHTML_NAMESPACE: &str = "http://www.w3.org/1999/xhtml";
