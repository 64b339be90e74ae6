//! Answers to what was not read: they name neither id nor reference.

use itk3::ResponseCode;
use nhs::WorkflowId;
use rehearsal::receiver::{Expected, Planned};

use crate::trial::{Given, Trial, at, planned};

const OLDER: &str = "GPFED_CONSULT_REPORT";

fn on(workflow: &str, planned: Planned) -> Planned {
    Planned {
        workflow: WorkflowId::parse(workflow).unwrap(),
        ..planned
    }
}

/// Two messages without an id and two that are too long, one of each over the older workflow.
fn trial() -> Trial {
    let without_id = |number| Planned {
        header_id: None,
        sender_reference: None,
        ..planned(
            number,
            "RX-N01",
            Expected::refused(ResponseCode::UnreadableMessage),
            None,
        )
    };
    let long = |number| {
        planned(
            number,
            "RX-N23",
            Expected::refused(ResponseCode::TooLarge),
            None,
        )
    };
    let messages = vec![
        on(OLDER, without_id(1)),
        without_id(2),
        on(OLDER, long(3)),
        long(4),
    ];
    let mut trial = Trial::of(messages);
    for number in 1..=4 {
        trial.run.placed(number, at(1));
    }
    trial
}

fn of_unread(trial: &Trial, number: u32, code: ResponseCode) -> Given {
    let mut given = trial.given(number, code);
    given.reply.in_response_to = None;
    given.reply.sender_reference = None;
    given
}

const BOTH: [(u32, ResponseCode); 2] = [
    (2, ResponseCode::UnreadableMessage),
    (4, ResponseCode::TooLarge),
];

#[test]
fn an_answer_without_an_id_belongs_to_a_message_of_its_workflow() {
    let mut trial = trial();
    for (newer, code) in BOTH {
        for number in [newer, newer - 1] {
            let given = of_unread(&trial, number, code);
            assert_eq!(trial.answer(given), Some(number));
        }
    }
    assert_eq!(trial.failed(), [] as [&str; 0]);
}

#[test]
fn an_answer_without_an_id_on_a_workflow_of_no_message_is_nobodys() {
    for (number, code) in BOTH {
        let mut trial = trial();
        let mut given = of_unread(&trial, number, code);
        given.workflow = "TOC_FHIR_OP_ATTEN_ACK".to_owned();
        assert_eq!(trial.answer(given), None);
    }
}

#[test]
fn an_answer_without_an_id_to_another_mailbox_is_somebody_elses() {
    for (number, code) in BOTH {
        let mut trial = trial();
        let mut given = of_unread(&trial, number, code);
        given.to = "Y90001OT001".to_owned();
        assert_eq!(trial.answer(given), None);
    }
}
