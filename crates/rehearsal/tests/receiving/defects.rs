//! One defect names its row, and no other.

use itk3::ResponseCode;
use rehearsal::Verdict;

use crate::trial::{Given, Trial, with};

#[test]
fn a_receiver_that_answers_as_the_sheet_has_it_fails_nothing() {
    let mut trial = Trial::begin();
    trial.answer_all_but(0, |_, given| given);
    let outcome = trial.ended();
    assert_eq!(with(&outcome, Verdict::Fail), [] as [&str; 0]);
    assert_eq!(outcome.missing, [] as [&str; 0]);
    let passed = with(&outcome, Verdict::Pass);
    let decided = [
        "RX-P19", "RX-B01", "RX-N09", "RX-N15", "RX-N17", "RX-N23", "RX-A01", "RX-A02", "RX-A03",
    ];
    assert_eq!(passed, decided);
    // the answers are right, and a person shows the task
    assert_eq!(with(&outcome, Verdict::Open), ["RX-P01", "RX-P04"]);
    assert_eq!(outcome.counts().not_applicable, 41);
}

#[test]
fn what_is_answered_20013_whatever_it_is_fails_where_it_should_be_refused() {
    let mut trial = Trial::begin();
    for number in [1, 2, 3, 4, 5, 6, 7, 9] {
        let given = trial.given(number, ResponseCode::Success);
        assert_eq!(trial.answer(given), Some(number));
    }
    assert_eq!(trial.failed(), ["RX-N09", "RX-N15", "RX-N17", "RX-N23"]);
    assert_eq!(trial.ended().missing, ["RX-P01", "RX-P04", "RX-B01"]);
}

#[test]
fn silence_is_missing_and_nothing_fails() {
    let trial = Trial::begin();
    let outcome = trial.ended();
    assert_eq!(with(&outcome, Verdict::Fail), [] as [&str; 0]);
    let missing = [
        "RX-P01", "RX-P04", "RX-B01", "RX-N09", "RX-N17", "RX-N15", "RX-N23",
    ];
    assert_eq!(outcome.missing, missing);
    // where no answer may come, silence is right
    assert_eq!(with(&outcome, Verdict::Pass), ["RX-P19"]);
    assert_eq!(outcome.missing_first()[0].id, "RX-P01");
    assert!(
        outcome.missing_first()[0]
            .note
            .starts_with("Missing: Message 1 ")
    );
}

type Change = fn(&Trial, Vec<Given>) -> Vec<Given>;

fn first(mut given: Vec<Given>, change: impl FnOnce(&mut Given)) -> Vec<Given> {
    change(&mut given[0]);
    given
}

#[test]
fn one_defect_names_its_row_alone() {
    let defects: [(&str, u32, &str, Change); 16] = [
        ("a flag that is true", 1, "RX-A01", |_, given| {
            first(given, |it| {
                it.spoil = |text| {
                    text.replacen(
                        "valueBoolean value=\"false\"",
                        "valueBoolean value=\"true\"",
                        1,
                    )
                };
            })
        }),
        ("another SenderReference", 2, "RX-A01", |_, given| {
            first(given, |it| {
                it.reply.sender_reference = Some("another".to_owned())
            })
        }),
        ("no SenderReference", 2, "RX-A01", |_, given| {
            first(given, |it| it.reply.sender_reference = None)
        }),
        ("another id", 2, "RX-A01", |_, given| {
            first(given, |it| {
                it.reply.in_response_to = Some("another".to_owned())
            })
        }),
        ("no id where there is one", 2, "RX-A01", |_, given| {
            first(given, |it| it.reply.in_response_to = None)
        }),
        ("the workflow of messages", 3, "RX-A01", |_, given| {
            first(given, |it| {
                it.workflow = "GPCONNECT_SEND_DOCUMENT".to_owned()
            })
        }),
        ("another mailbox", 3, "RX-A01", |_, given| {
            first(given, |it| it.to = "Y90001OT001".to_owned())
        }),
        ("another event", 3, "RX-A01", |_, given| {
            first(given, |it| {
                it.spoil = |text| text.replacen("ITK008M", "ITK007C", 1)
            })
        }),
        ("the patient's name", 4, "RX-A02", |_, given| {
            first(given, |it| {
                it.reply.diagnostics = Some("no patient O'Rehearsal here".to_owned())
            })
        }),
        ("the patient's number", 4, "RX-A02", |_, given| {
            first(given, |it| {
                it.reply.diagnostics = Some("999 002 5002".to_owned())
            })
        }),
        ("the patient's date of birth", 4, "RX-A02", |_, given| {
            first(given, |it| {
                it.reply.diagnostics = Some("born 14/03/1951".to_owned())
            })
        }),
        (
            "two infrastructure answers",
            1,
            "RX-P01",
            |trial, mut given| {
                given.insert(1, trial.given(1, ResponseCode::Success));
                given
            },
        ),
        (
            "a business answer after a refusal",
            5,
            "RX-N17",
            |trial, mut given| {
                given.push(trial.given(5, ResponseCode::PatientKnown));
                given
            },
        ),
        ("the business answer first", 1, "RX-P01", |_, mut given| {
            given.reverse();
            given
        }),
        ("another code", 5, "RX-N17", |trial, _| {
            vec![trial.given(5, ResponseCode::HeaderInvalid)]
        }),
        (
            "an answer where none is asked for",
            8,
            "RX-P19",
            |trial, _| vec![trial.given(8, ResponseCode::Success)],
        ),
    ];
    for (defect, number, row, change) in defects {
        let mut trial = Trial::begin();
        trial.answer_all_but(number, change);
        assert_eq!(trial.failed(), [row], "{defect}");
        let outcome = trial.ended();
        let failed = outcome.cases.iter().find(|it| it.id == row).unwrap();
        let finding = failed.first_finding.as_deref().unwrap();
        assert!(
            finding.contains(&format!("Message {number}")),
            "{defect}: {finding}"
        );
        assert_eq!(outcome.missing, [] as [&str; 0], "{defect}");
        for text in ["REHEARSAL", "Rehearsal", "9990025002", "1951"] {
            assert!(!finding.contains(text), "{defect}: {finding}");
        }
    }
}

#[test]
fn a_message_that_is_sent_twice_has_the_answers_of_both_told_apart() {
    let mut trial = Trial::begin();
    let mut answers = trial.wanted(7);
    answers.extend(trial.wanted(6));
    // the refusal of the second before the business answer to the first
    for (place, number) in [(1, 6), (0, 7), (1, 6)] {
        let given = answers.remove(place.min(answers.len() - 1));
        assert_eq!(trial.answer(given), Some(number));
    }
    assert_eq!(trial.failed(), [] as [&str; 0]);
}

#[test]
fn a_message_that_was_too_long_to_be_read_is_answered_without_its_id() {
    let mut trial = Trial::begin();
    let mut given = trial.given(9, ResponseCode::TooLarge);
    given.reply.in_response_to = None;
    given.reply.sender_reference = None;
    assert_eq!(trial.answer(given), Some(9));
    assert_eq!(trial.failed(), [] as [&str; 0]);
    // 20015 to what is not too long is nobody's
    let mut given = trial.given(1, ResponseCode::PayloadInvalid);
    given.reply.in_response_to = None;
    given.reply.sender_reference = None;
    assert_eq!(trial.answer(given), None);
}

#[test]
fn what_answers_none_of_the_messages_is_nobodys() {
    let mut trial = Trial::begin();
    let mut given = trial.given(1, ResponseCode::Success);
    given.reply.in_response_to = Some("11111111-1111-4111-8111-111111111111".to_owned());
    given.reply.sender_reference = Some("somebody else's".to_owned());
    assert_eq!(trial.answer(given), None);
    assert_eq!(trial.failed(), ["RX-A01"]);
}
