//! What people decide about a provisional record, and what is filed of it.

use jiff::Timestamp;
use update_record::{
    Amendment, Code, Content, Decision, FiledRecord, LONGEST_AMENDMENT, Mark, Record, Review,
    ReviewError, compare, meaning, read_record,
};

use crate::kit::{ADVICE, GOOD, ID, PREGNANCY, PRESSURE, PULSE, SUPPLY, changed, read, without};

const PREGNANT: &str = "77386006";

fn record(text: &str) -> Record {
    read_record(&read(text)).unwrap()
}

fn place(record: &Record, id: &str) -> usize {
    let id = format!("{ID}{id}");
    let mut entries = record.entries.iter();
    entries.position(|entry| entry.id == id).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn refused(reason: &str) -> Decision {
    let reason = reason.to_owned();
    Decision::Refused { reason }
}

fn amended(code: Option<(&str, &str)>, text: &str) -> Decision {
    Decision::Amended(Amendment {
        code: code.map(|(code, display)| Code {
            system: "http://snomed.info/sct".to_owned(),
            code: code.to_owned(),
            display: Some(display.to_owned()),
        }),
        text: Some(text.to_owned()),
        dosage: None,
    })
}

/// The good message with a code that says pregnant beside a text that says not.
fn contradicting() -> String {
    changed(GOOD, PREGNANCY, "60001007", PREGNANT)
}

#[test]
fn nothing_is_filed_before_everything_is_decided() {
    let mut review = Review::of(record(&contradicting()));
    let odd = place(review.record(), PREGNANCY);
    assert_eq!(review.to_file(), Err(ReviewError::Open(10)));
    assert_eq!(review.accept_rest("clinician", at(1)), 9);
    assert_eq!(review.to_file(), Err(ReviewError::Open(1)));
    let open: Vec<usize> = review.undecided().map(|(place, _)| place).collect();
    assert_eq!(open, [odd], "the rest leaves out what is marked");
    let accepted = review.decide(odd, Decision::Accepted, "clinician", at(2));
    assert_eq!(accepted, Err(ReviewError::Marked));
    let decision = amended(Some(("60001007", "Not pregnant")), "Not pregnant");
    assert_eq!(
        review.decide(odd, decision.clone(), "clinician", at(2)),
        Ok(true)
    );
    assert_eq!(
        review.decide(odd, decision.clone(), "another", at(3)),
        Ok(false),
        "the same once more is no other act"
    );
    let filed = FiledRecord::of(&review, "clinician", at(4)).unwrap();
    assert_eq!(filed.entries.len(), 10);
    assert_eq!(
        (filed.filed_by.as_str(), filed.filed_at),
        ("clinician", at(4))
    );
    let entry = &filed.entries[odd];
    assert_eq!(entry.entry.code.as_ref().unwrap().code, "60001007");
    assert!(entry.entry.marks.is_empty());
    let original = entry.original.as_ref().unwrap();
    assert_eq!(original.code.as_ref().unwrap().code, PREGNANT);
    assert_eq!(original.marks, [Mark::Disagrees]);
    let act = review.decided(odd).unwrap();
    assert_eq!(
        (&act.decision, act.by.as_str(), act.at),
        (&decision, "clinician", at(2))
    );
    assert_eq!(review.acts().len(), 10);
}

#[test]
fn a_marked_entry_may_be_kept_as_it_came() {
    let mut review = Review::of(record(&contradicting()));
    let odd = place(review.record(), PREGNANCY);
    review.decide(odd, Decision::Kept, "a", at(1)).unwrap();
    review.accept_rest("a", at(1));
    let filed = review.to_file().unwrap();
    assert_eq!(filed[odd].entry.code.as_ref().unwrap().code, PREGNANT);
    assert_eq!(
        filed[odd].entry.marks,
        [Mark::Disagrees],
        "the mark is filed with it"
    );
}

#[test]
fn a_mark_that_an_amendment_does_not_cure_is_filed_with_it() {
    let unit = changed(GOOD, PULSE, "{beats}/min", "/min");
    let error = changed(
        &unit,
        PULSE,
        "value=\"final\"",
        "value=\"entered-in-error\"",
    );
    let mut review = Review::of(record(&error));
    let pulse = place(review.record(), PULSE);
    let decision = amended(Some(("78564009", "Pulse rate")), "Pulse, by hand");
    review.decide(pulse, decision, "a", at(1)).unwrap();
    review.accept_rest("a", at(1));
    let filed = review.to_file().unwrap();
    assert_eq!(
        filed[pulse].entry.marks,
        [Mark::UnknownUnit, Mark::NotFinal]
    );
}

#[test]
fn a_later_decision_counts_and_both_are_kept() {
    let mut review = Review::of(record(GOOD));
    let pulse = place(review.record(), PULSE);
    review.accept_rest("a", at(1));
    let reason = refused("measured twice");
    assert_eq!(review.decide(pulse, reason.clone(), "b", at(2)), Ok(true));
    assert_eq!(review.to_file().unwrap().len(), 9);
    assert_eq!(review.acts().len(), 11);
    let resumed = Review::resumed(review.record().clone(), review.acts().to_vec());
    assert_eq!(resumed, review);
    assert_eq!(resumed.decided(pulse).unwrap().decision, reason);
}

#[test]
fn a_decision_that_lacks_something_is_not_taken() {
    let mut review = Review::of(record(GOOD));
    let pregnancy = place(review.record(), PREGNANCY);
    let pressure = place(review.record(), PRESSURE);
    let advice = place(review.record(), ADVICE);
    let long = "x".repeat(LONGEST_AMENDMENT + 1);
    for (entry, decision, error) in [
        (99, Decision::Accepted, ReviewError::NoSuchEntry),
        (pregnancy, refused(" "), ReviewError::NoReason),
        (pregnancy, refused(&long), ReviewError::TooLong),
        (pregnancy, amended(None, " "), ReviewError::Nothing),
        (advice, amended(None, &long), ReviewError::TooLong),
        (
            advice,
            amended(None, "Keep the area clean. "),
            ReviewError::Unchanged,
        ),
        (
            pregnancy,
            amended(Some(("60001007", "Not pregnant")), "Not pregnant"),
            ReviewError::Unchanged,
        ),
        (
            pregnancy,
            amended(Some((PREGNANT, "Not pregnant")), "Not pregnant"),
            ReviewError::StillMarked(Mark::Disagrees),
        ),
        (
            pregnancy,
            amended(Some(("60001008", "Not pregnant")), "Not pregnant"),
            ReviewError::StillMarked(Mark::CheckDigit),
        ),
        (
            pregnancy,
            amended(Some(("38341003", " ")), "Hypertension"),
            ReviewError::StillMarked(Mark::NoDisplay),
        ),
        (
            pressure,
            amended(
                Some(("163033001", "Lying blood pressure reading")),
                "Lying blood pressure",
            ),
            ReviewError::StillMarked(Mark::MixedCodes),
        ),
    ] {
        assert_eq!(review.decide(entry, decision, "a", at(1)), Err(error));
    }
    assert!(review.acts().is_empty());
    let other = amended(Some(("38341003", "Hypertension")), "Hypertension");
    assert_eq!(review.decide(pregnancy, other, "a", at(1)), Ok(true));
}

#[test]
fn two_entries_of_one_id_are_decided_apart() {
    let same = GOOD.replace(&format!("{ID}{ADVICE}"), &format!("{ID}{PULSE}"));
    let mut review = Review::of(record(&same));
    let pulse = place(review.record(), PULSE);
    review
        .decide(pulse, Decision::Accepted, "a", at(1))
        .unwrap();
    assert_eq!(review.undecided().count(), 9);
}

#[test]
fn a_dosage_is_amended_and_nothing_else_of_a_supply() {
    let mut review = Review::of(record(GOOD));
    let supply = place(review.record(), SUPPLY);
    let came = review.record().entries[supply].clone();
    let decision = Decision::Amended(Amendment {
        code: came.code.clone(),
        text: came.text.clone(),
        dosage: Some("one, four times a day".to_owned()),
    });
    review.decide(supply, decision, "a", at(1)).unwrap();
    review.accept_rest("a", at(1));
    let filed = review.to_file().unwrap().remove(supply);
    let (Content::Supply(now), Content::Supply(before)) = (&filed.entry.content, &came.content)
    else {
        panic!("a supply");
    };
    assert_eq!(now.dosage, ["one, four times a day"]);
    assert_eq!((&now.quantity, &now.days), (&before.quantity, &before.days));
    assert_eq!(filed.original, Some(came));
}

#[test]
fn an_update_of_which_nothing_is_left_is_refused_as_a_whole() {
    let mut review = Review::of(record(GOOD));
    for entry in 0..10 {
        review.decide(entry, refused("no"), "a", at(1)).unwrap();
    }
    assert_eq!(review.to_file(), Err(ReviewError::AllRefused));
}

#[test]
fn a_record_is_the_same_after_it_was_stored_but_for_the_reports_bytes() {
    let mut came = record(&contradicting());
    let json = serde_json::to_string(&came).unwrap();
    assert!(!json.contains("JVBER") && !json.contains("%PDF"), "{json}");
    for entry in &mut came.entries {
        if let Content::Report(report) = &mut entry.content {
            report.content.clear();
        }
    }
    assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), came);
    let mut review = Review::of(came);
    let odd = place(review.record(), PREGNANCY);
    review.decide(odd, Decision::Kept, "a", at(1)).unwrap();
    review.accept_rest("a", at(1));
    let filed = FiledRecord::of(&review, "a", at(2)).unwrap();
    let json = serde_json::to_string(&filed).unwrap();
    assert_eq!(serde_json::from_str::<FiledRecord>(&json).unwrap(), filed);
    for part in [
        "\"supplied-elsewhere\"",
        "\"pregnancy-status\"",
        "\"9691375087\"",
    ] {
        assert!(json.contains(part), "{part}: {json}");
    }
    for decision in [
        Decision::Kept,
        refused("why"),
        amended(Some((PREGNANT, "Pregnant")), "Pregnant"),
    ] {
        let json = serde_json::to_string(&decision).unwrap();
        assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), decision);
    }
}

#[test]
fn a_contradicting_pregnancy_has_its_opposite_suggested() {
    let odd = record(&contradicting());
    let suggested = odd.entries[place(&odd, PREGNANCY)].suggestion().unwrap();
    assert_eq!(suggested.code, "60001007");
    assert_eq!(suggested.display.as_deref(), Some("Not pregnant"));
    let text = "<text value=\"Not pregnant\"/>";
    let odd = record(&changed(
        GOOD,
        PREGNANCY,
        text,
        "<text value=\"Pregnant\"/>",
    ));
    let suggested = odd.entries[place(&odd, PREGNANCY)].suggestion().unwrap();
    assert_eq!(suggested.code, PREGNANT);
    let good = record(GOOD);
    assert!(
        good.entries
            .iter()
            .all(|entry| entry.suggestion().is_none())
    );
    assert_eq!(meaning(PREGNANT), Some("Currently pregnant"));
    assert_eq!(
        meaning("407554009"),
        Some("Sitting systolic blood pressure")
    );
    assert_eq!(meaning("276433004"), None);
}

#[test]
fn a_replacement_stands_beside_what_was_filed_before() {
    let mut review = Review::of(record(&without(GOOD, PULSE)));
    review.accept_rest("a", at(1));
    let filed = review.to_file().unwrap();
    // The new version: the pulse is new, the advice gone, the status turned round.
    let new = without(GOOD, ADVICE);
    let new = changed(&new, PREGNANCY, "60001007", PREGNANT);
    let new = changed(&new, PREGNANCY, "Not pregnant", "Pregnant");
    let new = changed(&new, PREGNANCY, "Not pregnant", "Pregnant");
    let new = record(&new);
    let comparison = compare(&filed, &new.entries);
    let before = |id| comparison.before[place(&new, id)];
    assert_eq!(before(PULSE), None);
    let status = before(PREGNANCY).unwrap().code.as_ref().unwrap();
    assert_eq!(status.code, "60001007");
    assert_eq!(
        before(SUPPLY).unwrap().line(),
        new.entries[place(&new, SUPPLY)].line()
    );
    let withdrawn: Vec<String> = comparison.withdrawn.iter().map(|it| it.line()).collect();
    assert_eq!(withdrawn, ["Keep the area clean."]);
}
