//! What reading gives: the document, the findings tolerated on the way, and the limits of both.

use crate::{Element, Position};

/// What a reader accepts before it refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole document.
    pub bytes: usize,
    /// Nesting of elements. Published messages reach 18.
    pub depth: usize,
    /// Elements (in JSON: values) of the whole document.
    pub elements: usize,
}

impl Default for Limits {
    /// 64 MiB, 64 levels, 200,000 elements.
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: 64,
            elements: 200_000,
        }
    }
}

/// A document that was read: its root resource, and what the reader tolerated on the way.
#[derive(Debug, Clone)]
pub struct Document {
    /// The root resource.
    pub root: Element,
    /// What was read although it is not as it should be: element order, unknown attributes, text
    /// between elements. Patient data is never in it.
    pub findings: Vec<Finding>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Tolerable: readers get along with it, a builder must not produce it.
    Warning,
    /// Breaks a rule of FHIR.
    Error,
}

/// One departure from the rules of FHIR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule: an invariant's own key (`bdl-7`, `ext-1`) or one of ours (`order`, `cardinality`,
    /// `type`, `unknown-element`, `binding`, `reference`, …; listed in [`crate::validate`]).
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where in the tree: `Bundle.entry[2].resource.Patient.name[0].use`.
    pub path: String,
    /// Where in the XML, when read from XML.
    pub position: Option<Position>,
    /// What was expected and what was found, without any value of the document.
    pub what: String,
}
