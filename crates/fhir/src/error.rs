//! Why bytes are refused as a FHIR document.

use thiserror::Error;

/// Why bytes are not a FHIR document. None carries a value from the document, and reading the same
/// bytes again gives the same error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FhirError {
    /// More bytes than [`crate::Limits::bytes`].
    #[error("document has {found} bytes, expected at most {limit}")]
    TooLarge {
        /// The limit.
        limit: usize,
        /// The size found.
        found: usize,
    },
    /// Deeper than [`crate::Limits::depth`].
    #[error("elements are nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// More elements than [`crate::Limits::elements`].
    #[error("document has more than {limit} elements")]
    TooManyElements {
        /// The limit.
        limit: usize,
    },
    /// More attributes on one XML element than FHIR could use.
    #[error("an XML element has more than {limit} attributes")]
    TooManyAttributes {
        /// The limit.
        limit: usize,
    },
    /// More namespace prefixes than FHIR could use.
    #[error("an XML document has more than {limit} namespace prefixes")]
    TooManyPrefixes {
        /// The limit.
        limit: usize,
    },
    /// Not UTF-8, the only encoding of FHIR.
    #[error(
        "expected UTF-8, found another byte sequence at line {line}, column {column} (offset {offset})"
    )]
    NotUtf8 {
        /// Offset of the first bad byte, a byte order mark not counted.
        offset: usize,
        /// Its line, from 1.
        line: usize,
        /// Its column in characters, from 1.
        column: usize,
    },
    /// Another encoding, by its byte order mark or its XML declaration.
    #[error("expected UTF-8, the only encoding of FHIR, found {found}")]
    Encoding {
        /// The encoding.
        found: String,
    },
    /// Neither XML nor JSON.
    #[error("expected a FHIR message in XML or JSON, found {found}")]
    Foreign {
        /// What it is.
        found: &'static str,
    },
    /// A document type declaration, which FHIR has no use for and attackers have.
    #[error("expected an XML document without a document type declaration, found one")]
    DocumentType,
    /// Not well-formed XML or JSON.
    #[error("not well-formed {format} at line {line}, column {column}")]
    Malformed {
        /// `XML` or `JSON`.
        format: &'static str,
        /// Line from 1.
        line: u64,
        /// Column from 1.
        column: u64,
    },
    /// Well-formed, but not a FHIR resource: wrong namespace or no `resourceType`.
    #[error("expected a FHIR resource, found {found}")]
    NotFhir {
        /// What was found instead.
        found: &'static str,
    },
    /// A name twice in one JSON object.
    #[error("a JSON object has the same name twice, in {path}")]
    DuplicateName {
        /// Path of the object.
        path: String,
    },
    /// A JSON value of a shape that FHIR does not have at this place.
    #[error("expected {expected} at {path}")]
    Shape {
        /// Path of the value.
        path: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// A resource type that is not in our table: XML carries it, JSON cannot (the form of its
    /// elements is not known).
    #[error("{resource_type} is not among the resource types whose JSON form is known")]
    UnknownType {
        /// The type.
        resource_type: String,
    },
    /// Not a base64 value.
    #[error("expected base64, found another text or nothing")]
    Base64,
}

impl FhirError {
    /// A stable code, for logs and reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "fhir-too-large",
            Self::TooDeep { .. } => "fhir-too-deep",
            Self::TooManyElements { .. } => "fhir-too-many-elements",
            Self::TooManyAttributes { .. } => "fhir-too-many-attributes",
            Self::TooManyPrefixes { .. } => "fhir-too-many-prefixes",
            Self::NotUtf8 { .. } => "fhir-not-utf8",
            Self::DocumentType => "fhir-document-type",
            Self::Encoding { .. } => "fhir-encoding",
            Self::Foreign { .. } => "fhir-foreign",
            Self::Malformed { .. } => "fhir-malformed",
            Self::NotFhir { .. } => "fhir-not-fhir",
            Self::DuplicateName { .. } => "fhir-duplicate-name",
            Self::Shape { .. } => "fhir-shape",
            Self::UnknownType { .. } => "fhir-unknown-type",
            Self::Base64 => "fhir-base64",
        }
    }
}
