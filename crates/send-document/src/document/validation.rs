//! The rules of a document record's fields.

use std::sync::LazyLock;

use itk3::payload::record::{FieldError, Record};
use nhs::is_sctid;
use serde_json::Value;

use super::{DocumentRecord, Organisation};
use crate::fields::{Fields, SUBJECT};

/// Most files.
const FILES: usize = 100;

static EXAMPLE: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../examples/document.json")).unwrap_or_default()
});

impl Record for DocumentRecord {
    const FORMAT: &'static str = "document";

    fn example() -> &'static Value {
        &EXAMPLE
    }

    /// In the order of the format; what the files contain is not looked at.
    fn wrong_fields(&self) -> Vec<FieldError> {
        let mut fields = Fields::default();
        self.check_document(&mut fields);
        self.check_people(&mut fields);
        self.check_files(&mut fields);
        if fields.errors.is_empty() {
            self.check_subject(&mut fields);
        }
        fields.errors
    }
}

impl DocumentRecord {
    fn check_document(&self, fields: &mut Fields) {
        if (self.version.unwrap_or(1) > 1) != self.replaces.is_some() || self.version == Some(0) {
            let expected = "version 1 (or none) that replaces nothing, or a later version with the \
                            identifier of the document it replaces";
            fields.wrong("version", expected);
        }
        fields.snomed("type", &self.kind.code, &self.kind.display);
        fields.short("title", &self.title);
        if let Some(setting) = &self.care_setting {
            fields.snomed("care_setting", &setting.code, &setting.display);
        }
        if let Some(event) = &self.event {
            fields.snomed("event", &event.code, &event.display);
            if event
                .start
                .zip(event.end)
                .is_some_and(|(start, end)| end < start)
            {
                fields.wrong("event.end", "a day that is not before the start");
            }
        }
        if self.confidential {
            let expected = "false, for Send Document carries no confidential document; tell the \
                            practice by another way";
            fields.wrong("confidential", expected);
        }
    }

    fn check_people(&self, fields: &mut Fields) {
        let patient = &self.patient;
        fields.addressed("patient.family_name", &patient.family_name);
        fields.names("patient.given_names", &patient.given_names);
        fields.optional("patient.title", patient.title.as_deref());
        if let Some(who) = &self.practitioner {
            fields.optional("practitioner.sds_user_id", who.sds_user_id.as_deref());
            fields.short("practitioner.family_name", &who.family_name);
            fields.names("practitioner.given_names", &who.given_names);
            fields.optional("practitioner.title", who.title.as_deref());
            fields.optional("practitioner.phone", who.phone.as_deref());
        }
        fields.organisation("organisation", &self.organisation);
        if let Some(author) = &self.author_organisation {
            fields.organisation("author_organisation", author);
        }
    }

    fn check_files(&self, fields: &mut Fields) {
        if self.files.is_empty() {
            fields.wrong("files", "at least one file");
        }
        fields.count("files", self.files.len(), FILES);
        for (n, file) in self.files.iter().enumerate().take(FILES) {
            fields.short(&format!("files[{n}].title"), &file.title);
            if let Some(text) = &file.text {
                fields.long(&format!("files[{n}].text"), text);
            }
        }
    }

    /// The subject has an end, and receivers take it apart again (GPCM-SD-061).
    fn check_subject(&self, fields: &mut Fields) {
        let length = crate::build::longest_document_subject(self);
        if length > SUBJECT {
            let expected = format!(
                "a title that, with the patient's and the organisation's names, leaves the message's \
                 subject at most {SUBJECT} characters, found {length}"
            );
            fields.wrong("title", expected);
        }
        if !crate::build::is_subject_readable(self) {
            let expected = "a title and names without the words that part a message's subject: \
                            \"NHS Number\", \"seen at\", \"ODS Code\", \"Version\"";
            fields.wrong("title", expected);
        }
    }
}

impl Fields {
    fn snomed(&mut self, path: &str, code: &str, display: &str) {
        if !is_sctid(code) {
            let expected = "a SNOMED CT code, 6 to 18 digits with a good check digit";
            self.wrong(&format!("{path}.code"), expected);
        }
        self.short(&format!("{path}.display"), display);
    }

    fn organisation(&mut self, path: &str, organisation: &Organisation) {
        self.short(&format!("{path}.name"), &organisation.name);
        self.short(&format!("{path}.phone"), &organisation.phone);
    }
}
