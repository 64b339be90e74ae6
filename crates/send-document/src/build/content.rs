//! What a message says, whichever record it is made of.

use itk3::{RecipientType, attachment_types};
use jiff::civil::Date;
use nhs::{DateOfBirth, FamilyName, NhsNumber, OdsCode};
use uuid::Uuid;

use crate::consultation::NumberStatus;
use crate::document::{self, CheckedFile, DocumentRecord};
use crate::{Consultation, Ruleset, names};

/// Code and display of SNOMED CT.
pub(super) type Code<'a> = (&'a str, &'a str);

/// What a message says, beside its ids.
pub(super) struct Content<'a> {
    /// The activity's id at the sender (GPCM-SD-042).
    pub activity: Uuid,
    pub recipient: RecipientType,
    pub kind: Code<'a>,
    pub title: &'a str,
    pub status: &'static str,
    pub care_setting: Option<Code<'a>>,
    pub event: Option<Event<'a>>,
    pub confidential: bool,
    pub patient: Patient<'a>,
    pub practitioner: Option<Practitioner<'a>>,
    pub author: Author<'a>,
    /// Who sends and keeps it.
    pub custodian: Organisation<'a>,
    pub files: Vec<File<'a>>,
}

/// What it is about, beside its type.
pub(super) struct Event<'a> {
    pub code: Code<'a>,
    pub start: Option<Date>,
    pub end: Option<Date>,
}

/// The organisation that wrote it, as an author beside the practitioner.
pub(super) enum Author<'a> {
    /// None is named: 1.3 knows practitioners only.
    Nobody,
    Custodian,
    Other(Organisation<'a>),
}

/// Whom it is about.
pub(super) struct Patient<'a> {
    pub nhs_number: NhsNumber,
    pub nhs_number_status: NumberStatus,
    pub family_name: &'a FamilyName,
    pub given_names: &'a [String],
    pub title: Option<&'a String>,
    pub birth_date: DateOfBirth,
}

/// Who wrote it.
pub(super) struct Practitioner<'a> {
    pub sds_user_id: &'a str,
    pub family_name: &'a str,
    pub given_names: &'a [String],
    pub title: Option<&'a String>,
    pub phone: Option<&'a str>,
}

/// An organisation.
#[derive(Clone, Copy)]
pub(super) struct Organisation<'a> {
    pub ods_code: &'a OdsCode,
    pub name: &'a str,
    pub phone: &'a str,
}

/// A file and the section that shows it (GPCM-SD-109 to 112).
pub(super) struct File<'a> {
    pub title: &'a str,
    pub content_type: &'static str,
    pub content: &'a [u8],
    /// The section's narrative.
    pub text: Option<&'a str>,
}

impl<'a> Content<'a> {
    /// The report of a consultation, then its attachments. A confidential consultation's attachments
    /// and practitioner are its content and are not sent (GPCM-SD-102); `report` is its PDF.
    pub(super) fn of_consultation(it: &'a Consultation, report: Option<&'a [u8]>) -> Self {
        let report = report.map(|content| File {
            title: names::TITLE,
            content_type: attachment_types::PDF,
            content,
            text: None,
        });
        let attached = it.attachments.iter().filter_map(|attachment| {
            Some(File {
                title: &attachment.title,
                content_type: attachment_types::known(&attachment.content_type)?,
                content: &attachment.content,
                text: None,
            })
        });
        Self {
            activity: it.encounter.id,
            recipient: RecipientType::ForAction,
            kind: names::CLINICAL_REPORT,
            title: names::TITLE,
            status: "final",
            care_setting: None,
            event: None,
            confidential: it.confidential,
            patient: Patient {
                nhs_number: it.patient.nhs_number,
                nhs_number_status: it.patient.nhs_number_status,
                family_name: &it.patient.family_name,
                given_names: &it.patient.given_names,
                title: it.patient.title.as_ref(),
                birth_date: it.patient.birth_date,
            },
            practitioner: Some(Practitioner::of_consultation(it)),
            author: Author::Nobody,
            custodian: Organisation {
                ods_code: &it.practice.ods_code,
                name: it.practice.name.trim(),
                phone: &it.practice.phone,
            },
            files: report
                .into_iter()
                .chain(attached.filter(|_| !it.confidential))
                .collect(),
        }
    }
}

impl<'a> Content<'a> {
    /// A document with these files, of this activity. Under 2.0 its organisation is an author too.
    pub(super) fn of_document(
        it: &'a DocumentRecord,
        files: &'a [CheckedFile],
        activity: Uuid,
        ruleset: Ruleset,
    ) -> Self {
        let event = it.event.as_ref();
        let author = it.author_organisation.as_ref();
        let own = &it.organisation.ods_code;
        let author = author.filter(|author| author.ods_code != *own);
        Self {
            activity,
            recipient: it.recipient_type.into(),
            kind: (&it.kind.code, it.kind.display.trim()),
            title: it.title.trim(),
            status: it.status.code(),
            care_setting: it
                .care_setting
                .as_ref()
                .map(|setting| (setting.code.as_str(), setting.display.trim())),
            event: event.map(|event| Event {
                code: (&event.code, event.display.trim()),
                start: event.start,
                end: event.end,
            }),
            confidential: false,
            patient: Patient::of_document(&it.patient),
            practitioner: it.practitioner.as_ref().map(Practitioner::of_document),
            author: match (ruleset, author) {
                (Ruleset::V1_3, _) => Author::Nobody,
                (Ruleset::V2_0, None) => Author::Custodian,
                (Ruleset::V2_0, Some(author)) => Author::Other(Organisation::of_document(author)),
            },
            custodian: Organisation::of_document(&it.organisation),
            files: files.iter().map(File::of_document).collect(),
        }
    }
}

impl<'a> Patient<'a> {
    fn of_document(it: &'a document::DocumentPatient) -> Self {
        Self {
            nhs_number: it.nhs_number,
            nhs_number_status: it.nhs_number_status,
            family_name: &it.family_name,
            given_names: &it.given_names,
            title: it.title.as_ref(),
            birth_date: it.birth_date,
        }
    }
}

impl<'a> Organisation<'a> {
    fn of_document(it: &'a document::Organisation) -> Self {
        Self {
            ods_code: &it.ods_code,
            name: it.name.trim(),
            phone: it.phone.trim(),
        }
    }
}

impl<'a> File<'a> {
    fn of_document(it: &'a CheckedFile) -> Self {
        Self {
            title: &it.title,
            content_type: it.content_type,
            content: &it.content,
            text: it.text.as_deref(),
        }
    }
}

impl<'a> Practitioner<'a> {
    /// GPCM-SD-032: who is not known in the directory is sent without an id of it.
    fn of_document(it: &'a document::DocumentPractitioner) -> Self {
        Self {
            sds_user_id: it.sds_user_id.as_deref().unwrap_or(names::UNKNOWN_USER),
            family_name: &it.family_name,
            given_names: &it.given_names,
            title: it.title.as_ref(),
            phone: it.phone.as_deref(),
        }
    }

    /// GPCM-SD-102 hides who saw the patient in a confidential report, yet GPCM-SD-107 wants a
    /// practitioner: one without identity is sent.
    fn of_consultation(it: &'a Consultation) -> Self {
        if it.confidential {
            return Self {
                sds_user_id: names::UNKNOWN_USER,
                family_name: names::WITHHELD,
                given_names: &[],
                title: None,
                phone: None,
            };
        }
        Self {
            sds_user_id: &it.practitioner.sds_user_id,
            family_name: &it.practitioner.family_name,
            given_names: &it.practitioner.given_names,
            title: it.practitioner.title.as_ref(),
            phone: it.practitioner.phone.as_deref(),
        }
    }
}
