//! A document record with its files, and the proof that it keeps the rules of its format.

use std::ops::Deref;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use itk3::payload::record::{self, BASE64_EXPECTED, Record as _};

use super::{DocumentFile, DocumentRecord, file_type};
use crate::fields::Fields;
use crate::{Ruleset, SendDocumentError};

/// Most bytes of all files together: what base64 makes of them leaves a receiver's 64 MiB some room.
pub(super) const MOST_BYTES: usize = 40_000_000;

/// A document that may be built. Made by [`CheckedDocument::from_json`] only, and cannot be changed.
#[derive(Clone, PartialEq)]
pub struct CheckedDocument {
    record: DocumentRecord,
    files: Vec<CheckedFile>,
}

/// A file of a type that Send Document lists, which its contents were found to be.
#[derive(Clone, PartialEq)]
pub(crate) struct CheckedFile {
    pub title: String,
    pub content_type: &'static str,
    pub content: Vec<u8>,
    pub text: Option<String>,
}

redacted_debug!(CheckedDocument, CheckedFile);

impl CheckedDocument {
    /// Reads a document record from JSON, UTF-8 or UTF-16 with or without a byte order mark, and its
    /// files by `read`, which says what was expected and found where it cannot; then checks all of it.
    /// Of several blanks in a title or name one is kept, as narratives have it.
    ///
    /// # Errors
    /// [`SendDocumentError::InvalidDocument`] with the path of each field that is not as
    /// documented; never with its value.
    pub fn from_json(
        json: &[u8],
        read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Self, SendDocumentError> {
        let record: Result<DocumentRecord, _> = record::read(json);
        let mut record = record.map_err(SendDocumentError::InvalidDocument)?;
        for text in [&mut record.title, &mut record.organisation.name] {
            *text = text
                .split(' ')
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" ");
        }
        let mut fields = Fields {
            errors: record.wrong_fields(),
        };
        let files = files(std::mem::take(&mut record.files), &mut fields, read);
        if fields.errors.is_empty() {
            Ok(Self { record, files })
        } else {
            Err(SendDocumentError::InvalidDocument(fields.errors))
        }
    }

    /// The files; at least one.
    pub(crate) fn files(&self) -> &[CheckedFile] {
        &self.files
    }

    /// Whether a release has room for all that the document says.
    ///
    /// # Errors
    /// [`SendDocumentError::NotCarried`] with every field that 1.3 cannot carry.
    pub fn carried_by(&self, ruleset: Ruleset) -> Result<(), SendDocumentError> {
        let wrong = match ruleset {
            Ruleset::V1_3 => super::older::not_carried(self),
            Ruleset::V2_0 => Vec::new(),
        };
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(SendDocumentError::NotCarried(wrong))
        }
    }
}

/// The record, whose files are not in it any more.
impl Deref for CheckedDocument {
    type Target = DocumentRecord;

    fn deref(&self) -> &DocumentRecord {
        &self.record
    }
}

/// The files that are in order; what is wrong with the others goes to `fields`. Nothing more is read
/// once they are too long together.
fn files(
    listed: Vec<DocumentFile>,
    fields: &mut Fields,
    read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
) -> Vec<CheckedFile> {
    let mut files = Vec::new();
    let mut bytes = 0;
    for (place, file) in listed.into_iter().enumerate() {
        let path = format!("files[{place}]");
        let content = match content(&file, read) {
            Ok(content) => content,
            Err((field, expected)) => {
                fields.wrong(&format!("{path}.{field}"), expected);
                continue;
            }
        };
        bytes += content.len();
        if bytes > MOST_BYTES {
            let expected = format!("at most {MOST_BYTES} bytes in all files, found more");
            fields.wrong("files", expected);
            break;
        }
        let (stated, name) = (file.content_type.as_deref(), file.file.as_deref());
        match file_type::judge(&content, stated, name) {
            Ok(content_type) => files.push(CheckedFile {
                title: file.title,
                content_type,
                content,
                text: file.text,
            }),
            Err((field, expected)) => fields.wrong(&format!("{path}{field}"), expected),
        }
    }
    files
}

/// A file's contents, or which of its fields is wrong and what was expected.
fn content(
    file: &DocumentFile,
    read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
) -> Result<Vec<u8>, (&'static str, String)> {
    match (&file.file, &file.content) {
        (Some(name), None) => read(name).map_err(|expected| ("file", expected)),
        (None, Some(base64)) => {
            let base64: String = base64
                .chars()
                .filter(|c| !c.is_ascii_whitespace())
                .collect();
            let decoded = STANDARD.decode(base64);
            decoded.map_err(|_| ("content", BASE64_EXPECTED.to_owned()))
        }
        (Some(_), Some(_)) => Err(("content", "one of file and content, found both".to_owned())),
        (None, None) => Err(("file", "one of file and content, found none".to_owned())),
    }
}
