//! The messages of a good sender, as our own builder makes them, and the partner's answers to them.

use fhir::Budget;
use itk3::ResponseCode;
use itk3::acknowledgement::{self, Reply};
use itk3::payload::BuildParams;
use jiff::{SignedDuration, Timestamp};
use nhs::{MailboxId, NhsNumber, OdsCode, SystemRandomness};
use rehearsal::Claim;
use rehearsal::sender::patients::TestPatient;
use rehearsal::sender::scripts::{SCRIPTS, codes_to};
use rehearsal::sender::{Answer, Arrival, Arrived, Facts, Run, RunSettings, Sent, Way};
use send_document::{Attachment, CheckedConsultation, Consultation, Ruleset};
use uuid::Uuid;

const EXAMPLE: &str = include_str!("../../../send-document/examples/consultation.json");
pub const MAILBOX: &str = "Y90001OT001";

/// A message on its way: what a test may change before it arrives.
pub struct Letter {
    pub xml: String,
    pub sent: Sent,
    pub header_id: String,
    pub document_id: Uuid,
    pub bundle_id: String,
    pub keyword: &'static str,
    pub version: u32,
    pub script: u8,
}

/// Where every message of a run is made: the same ids never come twice.
pub struct Sender {
    pub ruleset: Ruleset,
    now: Timestamp,
}

impl Sender {
    pub fn new(ruleset: Ruleset) -> Self {
        let now = "2026-11-28T09:00:00Z".parse().unwrap();
        Self { ruleset, now }
    }

    fn consultation(&self, patient: u64, keyword: &str, activity: Uuid) -> Consultation {
        let mut consultation = CheckedConsultation::from_json(EXAMPLE.as_bytes())
            .unwrap()
            .into_inner();
        consultation.patient.nhs_number = NhsNumber::parse(&patient.to_string()).unwrap();
        consultation.practitioner.given_names = vec![keyword.to_owned()];
        consultation.practice.ods_code = OdsCode::parse("Y90001").unwrap();
        consultation.encounter.id = activity;
        consultation
    }

    pub fn letter(
        &self,
        script: u8,
        keyword: &'static str,
        (activity, before): (Uuid, Option<&Letter>),
        change: impl FnOnce(&mut Consultation),
    ) -> Letter {
        let patient = SCRIPTS[usize::from(script) - 1]
            .patient
            .unwrap_or(9_691_375_087);
        let mut consultation = self.consultation(patient, keyword, activity);
        change(&mut consultation);
        let version = before.map_or(1, |it| it.version + 1);
        let params = BuildParams {
            sender_mailbox: MailboxId::parse(MAILBOX).unwrap(),
            version,
            replaces: before.map(|it| it.document_id),
            date_order: self.ruleset.date_order(),
            now: self.now,
            randomness: &SystemRandomness,
        };
        let checked = consultation.check().unwrap();
        let report = send_document::build(&checked, self.ruleset, &params).unwrap();
        let built = report.built;
        Letter {
            xml: String::from_utf8(built.message).unwrap(),
            sent: Sent {
                from: MAILBOX.to_owned(),
                to: built.to,
                subject: built.subject,
                workflow: built.workflow.to_string(),
                local_id: built.local_id,
            },
            header_id: built.message_id.to_string(),
            document_id: built.document_id,
            bundle_id: report.bundle_id,
            keyword,
            version,
            script,
        }
    }

    /// Everything that the scripts ask a sender of this release to send, in their order.
    pub fn letters(&self) -> Vec<Letter> {
        let new = || (Uuid::new_v4(), None);
        let mut all = vec![self.letter(1, "IB001", new(), |_| {})];
        if self.ruleset == Ruleset::V1_3 {
            all.push(self.letter(2, "IB001", new(), |it| it.confidential = true));
        }
        all.push(self.letter(3, "IB001", new(), |_| {}));
        all.push(self.letter(3, "IB001", new(), |it| {
            it.practitioner.family_name = "Other".to_owned();
            it.practice.ods_code = OdsCode::parse("A81001").unwrap();
        }));
        for keyword in SCRIPTS[3].keywords {
            all.push(self.letter(4, keyword, new(), |_| {}));
        }
        all.push(self.letter(5, "noresponse", new(), |_| {}));
        let activity = Uuid::new_v4();
        let mut chain: Vec<Letter> = Vec::new();
        for (script, keyword) in [
            (8, "IB001"),
            (8, "IB001"),
            (9, "IB001"),
            (12, "30003"),
            (12, "20014"),
        ] {
            let next = self.letter(script, keyword, (activity, chain.last()), |_| {});
            chain.push(next);
        }
        all.append(&mut chain);
        if self.ruleset == Ruleset::V1_3 {
            all.push(self.letter(11, "IB001", new(), |_| {}));
        }
        all.push(self.letter(13, "IB001", new(), |it| {
            it.attachments.push(Attachment {
                title: "Second.txt".to_owned(),
                content_type: "text/plain".to_owned(),
                content: b"Second.\n".to_vec(),
            });
        }));
        all
    }
}

/// A run in which these messages came and were answered as their given names ask.
pub fn run(ruleset: Ruleset, letters: Vec<Letter>, way: Way) -> Run {
    let started: Timestamp = "2026-11-28T08:59:00Z".parse().unwrap();
    let partner = OdsCode::parse("A20047").unwrap();
    let mut run = Run::new(RunSettings {
        ruleset,
        partner: partner.clone(),
        left_out: Default::default(),
        any_number: false,
        started,
    });
    for (index, letter) in letters.into_iter().enumerate() {
        let at = started + SignedDuration::from_secs(60 + index as i64 * 10);
        let message_id = format!("20261128090000000{index:03}_AAAAAA");
        let arrived = Arrived {
            message_id: message_id.clone(),
            at,
            mailbox: MAILBOX.to_owned(),
            way,
            control: format!("{}\n{}", letter.sent.to, letter.sent.subject).into_bytes(),
            sent: letter.sent,
            bytes: letter.xml.into_bytes(),
            asked_at_page: None,
        };
        run.arrived(Arrival::of(arrived, ruleset, &Budget::unlimited()))
            .unwrap();
        run.routed(&message_id, &partner, at);
        for code in codes_to(letter.keyword) {
            let (kind, id) = answer(&mut run, &letter.header_id, &code, at);
            assert!(["inf", "bus"].contains(&kind));
            run.collected(&id, at);
        }
    }
    run
}

fn answer(run: &mut Run, header_id: &str, code: &str, at: Timestamp) -> (&'static str, String) {
    let response = ResponseCode::ALL
        .iter()
        .find(|it| it.code() == code)
        .unwrap();
    let reply = Reply {
        in_response_to: Some(header_id.to_owned()),
        sender_reference: None,
        code: *response,
        issue: None,
        diagnostics: None,
        organisation: OdsCode::parse("A20047").unwrap(),
        endpoint: MailboxId::parse("A20047OT001").unwrap(),
        timestamp: at,
    };
    let bytes = fhir::xml::write(&acknowledgement::build(&reply, &SystemRandomness));
    let kind = if code.starts_with('3') { "bus" } else { "inf" };
    let id = format!("{header_id}-{code}");
    let answer = Answer {
        kind,
        code: code.to_owned(),
        message_id: id.clone(),
        bytes,
        collected: None,
        matched: None,
    };
    run.answered(Some(header_id), answer, at);
    (kind, id)
}

/// What the pack says of the run beside its messages.
pub fn facts(patients: &[TestPatient]) -> Facts<'_> {
    Facts {
        claim: Claim {
            version: "9.9.9".to_owned(),
            rules: "Send Document 2.0.2".to_owned(),
        },
        subject: "A system",
        command: "restante rehearse sender",
        mailbox: MAILBOX,
        ended: "2026-11-28T10:00:00Z".parse().unwrap(),
        patients,
        features: &[],
        audit: b"{}\n",
        audit_head: "1 line",
    }
}
