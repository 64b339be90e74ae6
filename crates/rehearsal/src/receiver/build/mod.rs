//! Valid messages, of each payload: what is changed for a case is changed after.

mod clinic;
pub(super) mod files;
mod foreign;
mod letter;
mod pharmacy;
mod report;

use fhir::Element;
use itk3::payload::{BuildParams, Built};
use jiff::Timestamp;
use nhs::{DateOfBirth, DateOrder, WorkflowId};
use uuid::Uuid;

use super::generator::GeneratorSettings;
use super::patients::Patient;
use super::payload::PayloadName;
use super::random::Seeded;

pub(super) use foreign::national_event;
pub(super) use pharmacy::SHAPES;

/// A message that may be changed still, and what it travels with.
#[derive(Clone)]
pub(super) struct Draft {
    pub root: Element,
    pub subject: String,
    pub to: String,
    pub local_id: String,
    pub workflow: WorkflowId,
    /// What the message that replaces it names.
    pub document_id: Uuid,
}

/// What is asked of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// The usual, for action.
    Usual,
    /// For information.
    ForInformation,
    /// A PDF, a Word document and a picture.
    ThreeFiles,
    /// Without a practitioner.
    Unsigned,
    /// With care setting and event.
    Setting,
    /// One of the six shapes of Update Record's examples.
    Shape(usize),
    /// With an attachment, where the usual has none.
    Attached,
}

/// From what a message is made.
pub(super) struct Making<'a> {
    pub settings: &'a GeneratorSettings,
    /// `RX-P01`: attachments say of which case they are.
    pub case: &'static str,
    pub content: Content,
    pub patient: &'a Patient,
    pub born: DateOfBirth,
    /// The activity that is told; every version has the same.
    pub activity: Uuid,
    pub version: u32,
    pub replaces: Option<Uuid>,
    pub random: &'a Seeded,
}

/// Why a message was not made; without patient data.
pub(super) type NotMade = String;

impl Making<'_> {
    /// The message.
    pub(super) fn build(&self, payload: PayloadName) -> Result<Draft, NotMade> {
        let mut draft = match payload {
            PayloadName::SendDocument13 | PayloadName::SendDocument20 => {
                report::build(self, payload)
            }
            PayloadName::UpdateRecord => pharmacy::build(self),
            PayloadName::TransferOfCare => clinic::build(self),
        }?;
        // where it is sent is not what it says: the date of birth in it may be another's
        draft.to = self.patient.address(order(payload));
        Ok(draft)
    }

    fn now(&self) -> Timestamp {
        self.settings.started
    }

    fn params(&self, payload: PayloadName) -> BuildParams<'_> {
        BuildParams {
            sender_mailbox: self.settings.sender.mailbox.clone(),
            version: self.version,
            replaces: self.replaces,
            date_order: order(payload),
            now: self.now(),
            randomness: self.random,
        }
    }

    fn given(&self) -> Vec<&str> {
        self.patient.given.split_whitespace().collect()
    }
}

fn order(payload: PayloadName) -> DateOrder {
    match payload {
        PayloadName::SendDocument13 => DateOrder::DayMonthYear,
        _ => DateOrder::YearMonthDay,
    }
}

impl Draft {
    fn of(built: &Built) -> Result<Self, NotMade> {
        let read = fhir::xml::read(&built.message, &fhir::Limits::default());
        let document = read.map_err(|error| format!("what was built cannot be read: {error}"))?;
        Ok(Self {
            root: document.root,
            subject: built.subject.clone(),
            to: built.to.clone(),
            local_id: built.local_id.clone(),
            workflow: built.workflow.clone(),
            document_id: built.document_id,
        })
    }

    /// `MessageHeader.id`.
    pub(super) fn header_id(&self) -> Option<String> {
        let message = itk3::Message::of(&self.root)?;
        message.id().map(str::to_owned)
    }

    /// What the answers repeat; none where it is empty.
    pub(super) fn sender_reference(&self) -> Option<String> {
        let message = itk3::Message::of(&self.root)?;
        let reference = message.handling().sender_reference?.trim();
        (!reference.is_empty()).then(|| reference.to_owned())
    }
}

/// Who writes letters and reports; all invented.
struct Clinician {
    family: &'static str,
    given: &'static str,
    title: &'static str,
    sds_user_id: &'static str,
    gphc: &'static str,
}

const CLINICIANS: [Clinician; 4] = [
    clinician("Testwell", "Harriet", "Dr", "555900000101", "2000001"),
    clinician("Tryer", "Samuel", "Dr", "555900000102", "2000002"),
    clinician("Checkley", "Noor", "Ms", "555900000103", "2000003"),
    clinician("Provan", "Idris", "Mr", "555900000104", "2000004"),
];

const fn clinician(
    family: &'static str,
    given: &'static str,
    title: &'static str,
    sds_user_id: &'static str,
    gphc: &'static str,
) -> Clinician {
    Clinician {
        family,
        given,
        title,
        sds_user_id,
        gphc,
    }
}

impl Making<'_> {
    /// Who it is depends on the activity alone: every version is by the same.
    fn clinician(&self) -> &'static Clinician {
        let [first, second, third, fourth] = &CLINICIANS;
        match self.activity.as_bytes() {
            [.., last] if last % 4 == 1 => second,
            [.., last] if last % 4 == 2 => third,
            [.., last] if last % 4 == 3 => fourth,
            _ => first,
        }
    }
}
