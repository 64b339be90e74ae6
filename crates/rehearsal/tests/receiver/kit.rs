//! A generator with the usual settings, and a receiver that checks what it makes.

use std::sync::LazyLock;

use fhir::Budget;
use itk3::payload::Served;
use itk3::{Checking, Finding, Stage, TransportMetadata, View};
use nhs::{MailboxId, OdsCode};
use rehearsal::receiver::{Generator, GeneratorSettings, Patients, Plan, Planned, Practice};

fn practice(ods: &str, name: &str, mailbox: &str) -> Practice {
    Practice {
        ods: OdsCode::parse(ods).unwrap(),
        name: name.to_owned(),
        phone: "01632 960100".to_owned(),
        mailbox: MailboxId::parse(mailbox).unwrap(),
    }
}

pub fn settings(seed: u64) -> GeneratorSettings {
    let started = "2026-11-28T09:00:00Z".parse().unwrap();
    GeneratorSettings {
        seed,
        started,
        sender: practice("Y90001", "Rehearsal Sender", "Y90001OT001"),
        receiver: practice("A20047", "Practice on Trial", "A20047OT001"),
        patients: Patients::invented(started).unwrap(),
        approved_unshown: Some("application/vnd.rehearsal".to_owned()),
        limit: Some(50_000),
        update_record_on: true,
    }
}

pub fn plan(settings: GeneratorSettings, payloads: &str, only: &[&str]) -> Plan {
    let payloads = rehearsal::receiver::PayloadName::chosen(payloads).unwrap();
    Generator::new(settings).plan(payloads, only).unwrap()
}

/// All messages of seed 1, made once.
pub static ALL: LazyLock<Plan> = LazyLock::new(|| plan(settings(1), "all", &[]));

/// What a receiver finds in a message, that it can be read taken for granted.
pub fn findings(planned: &Planned) -> Vec<Finding> {
    let message = match message_check::read(&planned.bytes) {
        Ok(message) => message,
        Err(error) => return vec![itk3::check::unreadable(&error)],
    };
    let transport = TransportMetadata {
        from: "Y90001OT001",
        to: "A20047OT001",
        subject: &planned.subject,
        workflow: planned.workflow.as_str(),
        local_id: &planned.local_id,
        stage: Stage::Received,
    };
    let organisations = [OdsCode::parse("A20047").unwrap()];
    let served = Served {
        organisations: &organisations,
        practitioners: None,
    };
    let payload = message_check::of_message(Some(&message), Some(&planned.workflow), None);
    payload.check(
        &message,
        &Checking {
            transport: Some(&transport),
            view: View::Receiver,
            served: Some(&served),
            budget: &Budget::unlimited(),
        },
    )
}
