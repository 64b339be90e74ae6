//! The rules of a consultation's fields.

use itk3::attachment_types;
use nhs::PatientAddress;

use super::{Address, Attachment, Consultation, Item};
use crate::FieldError;

/// Longest short text (names, titles, telephone numbers), in characters.
const SHORT: usize = 255;
/// Longest clinical text, in characters.
const LONG: usize = 100_000;
/// Most sections, and most entries in one section.
const MANY: usize = 1_000;
/// Longest address and subject that MESH carries, in characters.
const ADDRESS: usize = 100;
const SUBJECT: usize = 500;
/// Most attachments.
const ATTACHMENTS: usize = 100;

impl Consultation {
    /// Every field that breaks a rule, in the order of the format.
    pub(super) fn wrong_fields(&self) -> Vec<FieldError> {
        let mut fields = Fields::default();
        self.check_people(&mut fields);
        self.check_notes(&mut fields);
        fields.errors
    }

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
        let family_name = self.patient.family_name.as_str().chars().count();
        let most = ADDRESS - PatientAddress::BEFORE_THE_NAME;
        if family_name > most {
            let expected = format!(
                "at most {most} characters, for a message's address has {ADDRESS}, found {family_name}"
            );
            fields.wrong("patient.family_name", expected);
        }
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

#[derive(Default)]
struct Fields {
    errors: Vec<FieldError>,
}

impl Fields {
    fn wrong(&mut self, path: &str, expected: impl Into<String>) {
        self.errors.push(FieldError {
            path: path.to_owned(),
            expected: expected.into(),
        });
    }

    fn count(&mut self, path: &str, found: usize, most: usize) {
        if found > most {
            self.wrong(path, format!("at most {most}, found {found}"));
        }
    }

    fn short(&mut self, path: &str, text: &str) {
        let length = text.chars().count();
        if text.trim().is_empty() {
            self.wrong(path, "a text that is not empty");
        } else if length > SHORT {
            self.wrong(path, format!("at most {SHORT} characters, found {length}"));
        } else if text.chars().any(char::is_control) {
            self.wrong(path, "a text without control characters or line breaks");
        }
    }

    fn optional(&mut self, path: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.short(path, text);
        }
    }

    fn long(&mut self, path: &str, text: &str) {
        let length = text.chars().count();
        if text.trim().is_empty() {
            self.wrong(path, "a text that is not empty");
        } else if length > LONG {
            self.wrong(path, format!("at most {LONG} characters, found {length}"));
        } else if text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        {
            self.wrong(
                path,
                "a text without control characters other than line breaks and tabs",
            );
        }
    }

    fn names(&mut self, path: &str, names: &[String]) {
        self.count(path, names.len(), 20);
        for (n, name) in names.iter().enumerate() {
            self.short(&format!("{path}[{n}]"), name);
        }
    }

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
