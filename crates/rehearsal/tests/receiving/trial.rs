//! A run of a few messages, and a receiver that answers as it is told to.

use fhir::Element;
use itk3::acknowledgement::{self, Reply};
use itk3::{Class, ResponseCode};
use jiff::{SignedDuration, Timestamp};
use nhs::{MailboxId, OdsCode, SystemRandomness, WorkflowId};
use rehearsal::Verdict;
use rehearsal::receiver::{
    Answer, Case, Expected, Incoming, Outcome, Patients, PayloadName, Plan, Planned, Run,
    RunSettings, Transport,
};

pub const STARTED: &str = "2026-11-28T09:00:00Z";
pub const SENDER: &str = "A81001OT001";

pub fn at(seconds: i64) -> Timestamp {
    let started: Timestamp = STARTED.parse().unwrap();
    started + SignedDuration::from_secs(seconds)
}

pub struct Trial {
    pub run: Run,
    turn: u64,
}

/// The answer to one message, before somebody spoils it.
pub struct Given {
    pub reply: Reply,
    pub workflow: String,
    pub to: String,
    pub spoil: fn(String) -> String,
    pub seconds: i64,
}

/// Case, expected answers, and what it is sent after.
const MESSAGES: [(&str, Expected, Option<u32>); 9] = [
    ("RX-P01", Expected::taken(ResponseCode::PatientKnown), None),
    ("RX-P04", Expected::taken(ResponseCode::PatientKnown), None),
    (
        "RX-B01",
        Expected::taken(ResponseCode::PatientUnknown),
        None,
    ),
    (
        "RX-N09",
        Expected::refused(ResponseCode::RecipientTypeUnreadable),
        None,
    ),
    (
        "RX-N17",
        Expected::refused(ResponseCode::PayloadInvalid),
        None,
    ),
    ("RX-N15", Expected::taken(ResponseCode::PatientKnown), None),
    (
        "RX-N15",
        Expected::refused(ResponseCode::DuplicateMessage),
        Some(6),
    ),
    ("RX-P19", Expected::SILENCE, None),
    ("RX-N23", Expected::refused(ResponseCode::TooLarge), None),
];

impl Trial {
    /// All messages are placed.
    pub fn begin() -> Self {
        let mut trial = Self::unplaced();
        for number in 1..=9 {
            trial.run.placed(number, at(i64::from(number)));
        }
        trial
    }

    pub fn unplaced() -> Self {
        let numbered = (1..).zip(MESSAGES);
        let messages = numbered
            .map(|(number, (case, expected, after))| planned(number, case, expected, after));
        Self::of(messages.collect())
    }

    /// Of these messages, none of them placed.
    pub fn of(messages: Vec<Planned>) -> Self {
        let plan = Plan {
            messages,
            left_out: Vec::new(),
        };
        let settings = RunSettings {
            sender: MailboxId::parse(SENDER).unwrap(),
            receiver: MailboxId::parse("A20047OT001").unwrap(),
            answer_within: SignedDuration::from_secs(60),
            started: at(0),
            seed: 7,
            patients: Patients::invented(at(0)).unwrap().all().to_vec(),
        };
        Self {
            run: Run::new(settings, plan),
            turn: 0,
        }
    }

    /// What the sheet wants answered to a message.
    pub fn wanted(&self, number: u32) -> Vec<Given> {
        let expected = self.run.planned(number).unwrap().expected;
        let both = [expected.infrastructure, expected.business];
        let codes = both.iter().filter_map(|it| it.wanted_code());
        codes.map(|code| self.given(number, code)).collect()
    }

    pub fn given(&self, number: u32, code: ResponseCode) -> Given {
        let planned = self.run.planned(number).unwrap();
        Given {
            reply: Reply {
                in_response_to: planned.header_id.clone(),
                sender_reference: planned.sender_reference.clone(),
                code,
                issue: None,
                diagnostics: None,
                organisation: OdsCode::parse("A20047").unwrap(),
                endpoint: MailboxId::parse("A20047OT001").unwrap(),
                timestamp: at(20),
            },
            workflow: planned.workflow.acknowledgement().to_string(),
            to: SENDER.to_owned(),
            spoil: |text| text,
            seconds: 20 + i64::from(code.class() == Class::Business),
        }
    }

    /// Hands an answer over; says which message it was taken for.
    pub fn answer(&mut self, given: Given) -> Option<u32> {
        self.turn += 1;
        let message: Element = acknowledgement::build(&given.reply, &SystemRandomness);
        let text = String::from_utf8(fhir::xml::write(&message)).unwrap();
        let incoming = Incoming {
            name: self.turn.to_string(),
            at: at(given.seconds),
            turn: self.turn,
            from: Some("A20047OT001".to_owned()),
            to: Some(given.to),
            workflow: Some(given.workflow),
            bytes: (given.spoil)(text).into_bytes(),
        };
        self.run.answered(Answer::of(incoming).ok()?)
    }

    /// Answers everything as the sheet has it, but for what `change` does with the answers to one message.
    pub fn answer_all_but(
        &mut self,
        number: u32,
        change: impl FnOnce(&Self, Vec<Given>) -> Vec<Given>,
    ) {
        let mut change = Some(change);
        for each in 1..=9 {
            let mut given = self.wanted(each);
            if each == number
                && let Some(change) = change.take()
            {
                given = change(self, given);
            }
            for given in given {
                self.answer(given);
            }
        }
    }

    pub fn ended(&self) -> Outcome {
        self.run.judge(at(600), true)
    }

    pub fn failed(&self) -> Vec<String> {
        with(&self.ended(), Verdict::Fail)
    }
}

pub fn with(outcome: &Outcome, verdict: Verdict) -> Vec<String> {
    let all = outcome.cases.iter().filter(|it| it.verdict == verdict);
    all.map(|it| it.id.clone()).collect()
}

pub fn planned(number: u32, case: &str, expected: Expected, after: Option<u32>) -> Planned {
    // the second of a pair is the first once more
    let own = after.unwrap_or(number);
    Planned {
        number,
        case: Case::find(case).unwrap(),
        payload: PayloadName::SendDocument20,
        what: "as it is",
        bytes: b"<Bundle xmlns=\"http://hl7.org/fhir\"/>".to_vec(),
        local_id: format!("local-{number}"),
        subject: "A letter".to_owned(),
        workflow: WorkflowId::parse("GPCONNECT_SEND_DOCUMENT").unwrap(),
        to_dts: "A20047OT001".to_owned(),
        transport: Transport::Plain,
        after,
        header_id: Some(format!("00000000-0000-4000-8000-00000000000{own}")),
        sender_reference: Some(format!("reference-{own}")),
        expected,
    }
}
