//! What is placed when, and how long is waited.

use itk3::ResponseCode;
use rehearsal::receiver::{Expected, Mark, Outcome, Planned};
use rehearsal::{CaseResult, Verdict};

use crate::trial::{Trial, at, planned, with};

fn case<'a>(outcome: &'a Outcome, id: &str) -> &'a CaseResult {
    outcome.cases.iter().find(|it| it.id == id).unwrap()
}

#[test]
fn a_message_that_repeats_another_waits_for_the_others_answers() {
    let mut trial = Trial::unplaced();
    assert_eq!(trial.run.to_place(at(1)), [1, 2, 3, 4, 5, 6, 8, 9]);
    for number in [1, 2, 3, 4, 5, 6, 8, 9] {
        trial.run.placed(number, at(1));
    }
    assert_eq!(trial.run.to_place(at(2)), [] as [u32; 0]);
    let [infrastructure, business] = trial.wanted(6).try_into().unwrap_or_else(|_| panic!());
    trial.answer(infrastructure);
    assert_eq!(trial.run.to_place(at(21)), [] as [u32; 0]);
    trial.answer(business);
    assert_eq!(trial.run.to_place(at(21)), [7]);
}

#[test]
fn silence_counts_from_the_last_sign_of_life() {
    let mut trial = Trial::begin();
    assert!(!trial.run.is_over(at(60)));
    let late = trial.given(1, ResponseCode::Success);
    trial.answer(late);
    // the answer came at 20: a minute after it the rest is given up
    assert!(!trial.run.is_over(at(79)));
    assert!(trial.run.is_over(at(80)));
    let outcome = trial.run.judge(at(79), false);
    assert_eq!(outcome.missing, [] as [&str; 0]);
    assert!(trial.run.judge(at(80), false).missing.contains(&"RX-P01"));
}

#[test]
fn what_could_not_be_placed_is_open_with_the_reason() {
    let mut trial = Trial::begin();
    trial.run.not_placed(1, "EPL-150");
    let outcome = trial.ended();
    let case = case(&outcome, "RX-P01");
    assert!(
        case.note.starts_with("Not seen:") && case.note.contains("EPL-150"),
        "{}",
        case.note
    );
    assert!(!outcome.missing.contains(&"RX-P01"));
}

#[test]
fn what_the_end_of_a_run_cuts_short_is_neither_missing_nor_passed() {
    let mut trial = Trial::begin();
    let given = trial.given(1, ResponseCode::Success);
    trial.answer(given);
    // ten seconds after the last sign of life, of sixty
    let outcome = trial.run.judge(at(30), true);
    assert_eq!(outcome.missing, [] as [&str; 0]);
    assert_eq!(with(&outcome, Verdict::Fail), [] as [&str; 0]);
    for id in [
        "RX-P01", "RX-P04", "RX-P19", "RX-B01", "RX-N09", "RX-N15", "RX-N17", "RX-N23",
    ] {
        let case = case(&outcome, id);
        assert_eq!(case.verdict, Verdict::Open, "{id}");
        assert!(
            case.note.contains("still waited for when the run ended"),
            "{id}: {}",
            case.note
        );
        assert!(outcome.waiting.contains(&id), "{id}");
    }
    // before the end there is time, and after it there was
    let silent = |ended, seconds| {
        let outcome = trial.run.judge(at(seconds), ended);
        (outcome.messages[7].mark, case(&outcome, "RX-P19").verdict)
    };
    assert_eq!(silent(false, 79), (Mark::Waiting, Verdict::Open));
    assert_eq!(silent(true, 79), (Mark::Waiting, Verdict::Open));
    assert_eq!(silent(true, 80), (Mark::Right, Verdict::Pass));
}

/// Two messages of a case, of which the first is answered and the second cannot be placed.
fn half_placed(id: &str, bytes: &[u8]) -> Trial {
    let refused = Expected::refused(ResponseCode::RecipientTypeUnreadable);
    let second = Planned {
        bytes: bytes.to_vec(),
        ..planned(2, id, refused, None)
    };
    let mut trial = Trial::of(vec![planned(1, id, refused, None), second]);
    trial.run.placed(1, at(1));
    trial.run.not_placed(2, "EPL-150");
    for given in trial.wanted(1) {
        assert_eq!(trial.answer(given), Some(1));
    }
    trial
}

#[test]
fn a_case_of_which_one_message_was_never_sent_does_not_pass() {
    let outcome = half_placed("RX-N09", b"<Bundle/>").ended();
    let of_case = case(&outcome, "RX-N09");
    assert_eq!(of_case.verdict, Verdict::Open);
    assert!(
        of_case.note.starts_with("Not seen: Message 2 "),
        "{}",
        of_case.note
    );
}

#[test]
fn an_empty_file_that_mesh_takes_from_nobody_is_a_remark() {
    let outcome = half_placed("RX-N01", b"").ended();
    let of_case = case(&outcome, "RX-N01");
    assert_eq!(of_case.verdict, Verdict::Pass);
    assert!(
        of_case
            .note
            .contains("With a remark: It could not be placed")
    );
    // with nothing beside it nothing was seen
    let refused = Expected::refused(ResponseCode::UnreadableMessage);
    let mut trial = Trial::of(vec![Planned {
        bytes: Vec::new(),
        ..planned(1, "RX-N01", refused, None)
    }]);
    trial.run.not_placed(1, "EPL-150");
    assert_eq!(case(&trial.ended(), "RX-N01").verdict, Verdict::Open);
}
