//! What may be about a person: nothing of it reaches the pack.

use std::fs;
use std::path::Path;

use nhs::NhsNumber;
use rehearsal::sender::{Run, Way, patients};
use rehearsal::{Pack, Verdict};
use send_document::Ruleset;
use serde_json::Value;

use crate::letters::{Letter, Sender, facts, run};

/// A number published as an example of the check digit.
const PERSONS: &str = "4010232137";
const TEST: &str = "9691375087";

type Spoil = fn(&mut Letter);

fn one(spoil: impl FnOnce(&mut Letter)) -> Run {
    let sender = Sender::new(Ruleset::V2_0);
    let mut letter = sender.letter(1, "IB001", (uuid::Uuid::new_v4(), None), |_| {});
    "GARTON-LOCAL".clone_into(&mut letter.sent.local_id);
    assert!(letter.sent.to.contains("GARTON") && letter.xml.contains(TEST));
    spoil(&mut letter);
    run(Ruleset::V2_0, vec![letter], Way::Client)
}

fn pack_of(run: &Run, patients: &[patients::TestPatient], dir: &Path) {
    rehearsal::sender::write(run, &facts(patients), Pack::create(dir).unwrap()).unwrap();
}

/// Every name and every byte of the pack.
fn all_of(dir: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        all.push_str(path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            all.push_str(&all_of(&path));
        } else {
            all.push_str(&String::from_utf8_lossy(&fs::read(&path).unwrap()));
        }
        all.push('\n');
    }
    all
}

fn environment(dir: &Path) -> Value {
    serde_json::from_slice(&fs::read(dir.join("environment.json")).unwrap()).unwrap()
}

#[test]
fn nothing_of_a_message_that_may_be_about_a_person_is_in_the_pack() {
    let spoils: [(&str, Spoil); 4] = [
        ("a person's number", |it| {
            it.xml = it.xml.replace(TEST, PERSONS);
            it.sent.to = it.sent.to.replace(TEST, PERSONS);
        }),
        ("an address with a person's number", |it| {
            it.sent.to = it.sent.to.replace(TEST, PERSONS);
        }),
        ("no message", |it| it.xml.truncate(it.xml.len() / 2)),
        ("no number that can be read", |it| {
            it.xml = it.xml.replace(TEST, "4010232138");
            it.sent.to = it.sent.to.replace(TEST, PERSONS);
        }),
    ];
    for (what, spoil) in spoils {
        let run = one(spoil);
        let directory = tempfile::tempdir().unwrap();
        let dir = directory.path().join("pack");
        pack_of(&run, &patients::invented().unwrap(), &dir);
        let all = all_of(&dir).to_ascii_uppercase();
        for part in [
            "GARTON",
            "GPPROVIDER",
            PERSONS,
            "4010232138",
            "23061946",
            "1946-06-23",
        ] {
            assert!(!all.contains(part), "{what}: {part}");
        }
        assert!(dir.join("messages/1.txt").is_file(), "{what}");
        assert!(run.arrivals()[0].received.is_none(), "{what}");
        for answer in &run.arrivals()[0].answers {
            assert!(answer.bytes.is_empty(), "{what}");
        }
        assert_eq!(environment(&dir)["messages_withheld"], 1, "{what}");
    }
}

#[test]
fn an_answer_is_found_by_the_header_of_a_message_that_is_not_kept() {
    let run = one(|it| it.sent.to = it.sent.to.replace(TEST, PERSONS));
    assert_eq!(run.answers(), 2);
}

#[test]
fn a_message_that_cannot_be_read_fails_its_row_though_nothing_of_it_is_kept() {
    let run = one(|it| it.xml.truncate(it.xml.len() / 2));
    let rows = run.judge(true).rows;
    let failed: Vec<_> = rows
        .iter()
        .filter(|it| it.verdict == Verdict::Fail)
        .collect();
    let [failed] = failed.as_slice() else {
        panic!("{} rows failed", failed.len())
    };
    assert_eq!(failed.id, "GPCM-C-2");
    let words = failed.first_finding.as_deref().unwrap();
    assert!(
        words.ends_with("not kept, the message may be about a person"),
        "{words}"
    );
}

#[test]
fn the_environment_says_that_patients_are_test_patients_only_where_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let list = format!(
        "nhs_number,family_name,given_names,date_of_birth\n{PERSONS},PERSON,Ann,1980-02-03\n"
    );
    let own = patients::with_own(list.as_bytes(), true).unwrap();
    assert!(
        own.iter()
            .any(|it| it.number == NhsNumber::parse(PERSONS).unwrap())
    );
    for (name, run, patients, is_test) in [
        ("good", one(|_| {}), patients::invented().unwrap(), true),
        ("list", one(|_| {}), own, false),
        (
            "message",
            one(|it| it.sent.to = it.sent.to.replace(TEST, PERSONS)),
            patients::invented().unwrap(),
            false,
        ),
    ] {
        let dir = directory.path().join(name);
        pack_of(&run, &patients, &dir);
        let environment = environment(&dir);
        assert_eq!(environment["patients_are_test_patients"], is_test, "{name}");
        let outside = usize::from(name == "list");
        assert_eq!(environment["patients_outside_test_ranges"], outside);
        assert_eq!(environment["patients"].as_array().unwrap().len(), 8);
        let all = all_of(&dir);
        assert!(!all.contains(PERSONS) && !all.contains("PERSON,"), "{name}");
    }
}
