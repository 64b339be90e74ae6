//! The rules of a consultation's fields.

use std::sync::LazyLock;

use itk3::attachment_types;
use itk3::payload::record::{FieldError, Record};
use serde_json::Value;

use super::{Address, Attachment, Consultation, Item};
use crate::fields::{Fields, SUBJECT};

/// Most sections, and most entries in one section.
const MANY: usize = 1_000;
/// Most attachments.
const ATTACHMENTS: usize = 100;

static EXAMPLE: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../examples/consultation.json")).unwrap_or_default()
});

impl Record for Consultation {
    const FORMAT: &'static str = "consultation";

    fn example() -> &'static Value {
        &EXAMPLE
    }

    /// In the order of the format.
    fn wrong_fields(&self) -> Vec<FieldError> {
        let mut fields = Fields::default();
        self.check_people(&mut fields);
        self.check_notes(&mut fields);
        fields.errors
    }
}

impl Consultation {
    fn check_people(&self, fields: &mut Fields) {
        let patient = &self.patient;
        self.check_envelope(fields);
        fields.names("patient.given_names", &patient.given_names);
        fields.optional("patient.title", patient.title.as_deref());
        fields.address("patient.home_address", patient.home_address.as_ref());
        fields.optional("patient.home_phone", patient.home_phone.as_deref());
        fields.optional("patient.mobile_phone", patient.mobile_phone.as_deref());
        fields.address("patient.current_address", patient.current_address.as_ref());
        fields.optional("patient.current_phone", patient.current_phone.as_deref());
        let practitioner = &self.practitioner;
        fields.short("practitioner.sds_user_id", &practitioner.sds_user_id);
        fields.short("practitioner.family_name", &practitioner.family_name);
        fields.names("practitioner.given_names", &practitioner.given_names);
        fields.optional("practitioner.title", practitioner.title.as_deref());
        fields.short("practitioner.role", &practitioner.role);
        fields.optional("practitioner.phone", practitioner.phone.as_deref());
        let practice = &self.practice;
        fields.short("practice.name", &practice.name);
        fields.short("practice.phone", &practice.phone);
        fields.optional("practice.email", practice.email.as_deref());
        fields.optional("practice.branch", practice.branch.as_deref());
        fields.address("practice.address", Some(&practice.address));
        fields.short("receiving_practice", &self.receiving_practice);
    }

    /// What the address and the subject of the message have room for.
    fn check_envelope(&self, fields: &mut Fields) {
        fields.addressed("patient.family_name", &self.patient.family_name);
        let subject = crate::build::longest_subject(self);
        if subject > SUBJECT {
            let expected = format!(
                "names that, with the practice's, leave the message's subject at most {SUBJECT} \
                 characters, found {subject}"
            );
            fields.wrong("patient.given_names", expected);
        }
    }

    fn check_notes(&self, fields: &mut Fields) {
        if self.sections.is_empty() && !self.confidential {
            fields.wrong("sections", "at least one section");
        }
        fields.count("sections", self.sections.len(), MANY);
        for (s, section) in self.sections.iter().enumerate() {
            fields.short(&format!("sections[{s}].title"), &section.title);
            if section.items.is_empty() {
                fields.wrong(&format!("sections[{s}].items"), "at least one entry");
            }
            fields.items(&format!("sections[{s}].items"), &section.items);
        }
        fields.items("follow_up_actions", &self.follow_up_actions);
        fields.count("attachments", self.attachments.len(), ATTACHMENTS);
        for (a, attachment) in self.attachments.iter().enumerate() {
            fields.attachment(&format!("attachments[{a}]"), attachment);
        }
    }
}

impl Fields {
    fn address(&mut self, path: &str, address: Option<&Address>) {
        let Some(address) = address else { return };
        if address.lines.is_empty() {
            self.wrong(&format!("{path}.lines"), "at least one line");
        }
        self.count(&format!("{path}.lines"), address.lines.len(), 10);
        for (n, line) in address.lines.iter().enumerate() {
            self.short(&format!("{path}.lines[{n}]"), line);
        }
        self.optional(&format!("{path}.postcode"), address.postcode.as_deref());
    }

    fn items(&mut self, path: &str, items: &[Item]) {
        self.count(path, items.len(), MANY);
        for (n, item) in items.iter().enumerate() {
            if item.code.is_none() && item.text.is_none() {
                self.wrong(&format!("{path}[{n}]"), "a code, a text, or both");
            }
            if let Some(code) = &item.code {
                self.short(&format!("{path}[{n}].code.system"), &code.system);
                self.short(&format!("{path}[{n}].code.code"), &code.code);
                self.short(&format!("{path}[{n}].code.display"), &code.display);
            }
            if let Some(text) = &item.text {
                self.long(&format!("{path}[{n}].text"), text);
            }
        }
    }

    fn attachment(&mut self, path: &str, attachment: &Attachment) {
        self.short(&format!("{path}.title"), &attachment.title);
        if attachment_types::known(&attachment.content_type).is_none() {
            self.wrong(
                &format!("{path}.content_type"),
                "a media type Send Document lists",
            );
        }
        if attachment.content.is_empty() {
            self.wrong(&format!("{path}.content"), "content that is not empty");
        }
    }
}
