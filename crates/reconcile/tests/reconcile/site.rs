//! A site's directories, filled as a client fills them.

use std::fs;
use std::path::{Path, PathBuf};

use fhir::{Element, xml};
use itk3::acknowledgement::{self, Reply};
use itk3::{Event, Handling, Header, RecipientType, ResponseCode, message, names};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mesh::{ControlFile, Status, StatusCode, StatusEvent, StatusRecord};
use nhs::{MailboxId, OdsCode, SystemRandomness, WorkflowId};
use reconcile::{Reconcile, Reconciliation};
use uuid::Uuid;

pub const WORKFLOW: &str = "GPFED_CONSULT_REPORT";

/// The moment at which a site is looked at.
pub fn now() -> Timestamp {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

/// So long before [`now`].
pub fn ago(hours: i64) -> Timestamp {
    now() - SignedDuration::from_hours(hours)
}

fn mailbox() -> MailboxId {
    MailboxId::parse("A81001OT001").unwrap()
}

pub struct Site(tempfile::TempDir);

/// A letter that was sent.
pub struct Letter {
    pub name: String,
    pub header: Uuid,
    pub message: String,
}

impl Site {
    pub fn new() -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        for directory in ["SENT", "FAILED", "IN"] {
            fs::create_dir(site.path(directory)).unwrap();
        }
        site
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn request(&self) -> Reconcile {
        Reconcile {
            sent: vec![self.path("SENT")],
            failed: vec![self.path("FAILED")],
            received: vec![self.path("IN")],
            since: None,
            now: now(),
            answer_within: SignedDuration::from_hours(24),
        }
    }

    pub fn look(&self) -> Reconciliation {
        self.request().run().unwrap()
    }

    /// A letter in SENT that asks for both acknowledgements.
    pub fn sent(&self, number: usize, at: Timestamp) -> Letter {
        self.put(
            "SENT",
            number,
            at,
            record(at, StatusEvent::Transfer, Status::Success, "00"),
        )
    }

    /// A letter that could not be sent.
    pub fn failed(&self, number: usize, at: Timestamp, code: &'static str) -> Letter {
        self.put(
            "FAILED",
            number,
            at,
            record(at, StatusEvent::Collect, Status::Error, code),
        )
    }

    fn put(&self, directory: &str, number: usize, at: Timestamp, status: StatusRecord) -> Letter {
        let letter = Letter {
            name: format!("letter {number}"),
            header: Uuid::from_u128(number as u128 + 1),
            message: format!("20261127000000{number:06}_ABCDEF"),
        };
        let workflow = WorkflowId::parse(WORKFLOW).unwrap();
        let mut control = ControlFile::data(&mailbox(), "GPPROVIDER", &workflow);
        control.local_id = Some(format!("local {number}"));
        if status.status == Status::Success {
            control.dts_id = Some(letter.message.clone());
        }
        control.status = Some(status);
        let data = xml::write(&document(letter.header, at));
        let path = self.path(directory).join(&letter.name);
        fs::write(path.with_extension("dat"), data).unwrap();
        fs::write(path.with_extension("ctl"), control.write()).unwrap();
        letter
    }

    /// An acknowledgement in IN, or where it was moved to.
    pub fn answered(&self, letter: &Letter, code: ResponseCode) {
        self.answered_in(&self.path("IN"), letter, code);
    }

    pub fn answered_in(&self, directory: &Path, letter: &Letter, code: ResponseCode) {
        let reply = Reply {
            in_response_to: Some(letter.header.to_string().to_uppercase()),
            sender_reference: None,
            code,
            issue: None,
            diagnostics: None,
            organisation: OdsCode::parse("A20047").unwrap(),
            endpoint: MailboxId::parse("A20047OT001").unwrap(),
            timestamp: now(),
        };
        let data = xml::write(&acknowledgement::build(&reply, &SystemRandomness));
        let workflow = WorkflowId::parse(&format!("{WORKFLOW}_ACK")).unwrap();
        let control = ControlFile::data(&mailbox(), "A81001OT001", &workflow);
        let path = directory.join(format!("{} {}", letter.name, code.code()));
        fs::write(path.with_extension("dat"), data).unwrap();
        fs::write(path.with_extension("ctl"), control.write_received()).unwrap();
    }

    /// Both acknowledgements, positive.
    pub fn arrived(&self, letter: &Letter) {
        self.answered(letter, ResponseCode::Success);
        self.answered(letter, ResponseCode::PatientKnown);
    }

    /// The exchange's report about a letter: by message id, or as the Java client writes it, by local id.
    pub fn reported(&self, number: usize, letter: &Letter, code: &'static str, by_message: bool) {
        let control = ControlFile {
            version: Some("1.0".into()),
            message_type: Some("Report".into()),
            workflow_id: Some(WORKFLOW.into()),
            local_id: Some(format!("local {number}")),
            partner_id: by_message.then(|| letter.message.clone()),
            dts_id: Some(format!("20261127000001{number:06}_FEDCBA")),
            status: Some(record(now(), StatusEvent::Send, Status::Error, code)),
            ..ControlFile::default()
        };
        let name = control.dts_id.clone().unwrap();
        fs::write(
            self.path("IN").join(name).with_extension("ctl"),
            control.write_received(),
        )
        .unwrap();
    }
}

fn record(at: Timestamp, event: StatusEvent, status: Status, code: &'static str) -> StatusRecord {
    let zone = TimeZone::get("Europe/London").unwrap();
    StatusRecord {
        at: Some(at.to_zoned(zone).datetime()),
        event,
        status,
        code: StatusCode::from(code),
        description: String::new(),
    }
}

fn document(id: Uuid, timestamp: Timestamp) -> Element {
    let header = Header {
        id,
        event: Event::SEND_DOCUMENT,
        timestamp,
        endpoint: mailbox(),
        receiver: None,
        handling: Handling {
            business_acknowledgement: true,
            infrastructure_acknowledgement: true,
            recipient_type: RecipientType::ForAction,
            message_definition: names::NONE.to_owned(),
            sender_reference: names::NONE.to_owned(),
            local_extension: names::NONE.to_owned(),
        },
    };
    let sender = OdsCode::parse("A81001").unwrap();
    message::build(&header, &sender, Element::new("Bundle"), &SystemRandomness)
}
