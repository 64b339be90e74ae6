//! What is placed when, and how long is waited.

use itk3::ResponseCode;

use crate::trial::{Trial, at};

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
    let case = outcome.cases.iter().find(|it| it.id == "RX-P01").unwrap();
    assert!(
        case.note.starts_with("Not seen:") && case.note.contains("EPL-150"),
        "{}",
        case.note
    );
    assert!(!outcome.missing.contains(&"RX-P01"));
}
