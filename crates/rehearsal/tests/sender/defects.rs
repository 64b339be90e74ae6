//! One defect in one message, and the row that it fails: exactly that one.

use rehearsal::Verdict;
use rehearsal::sender::{Standing, Way};
use send_document::Ruleset;

use crate::letters::{Letter, Sender, run};

/// The rows that failed when this was done to the message at an index.
fn failed(ruleset: Ruleset, way: Way, spoil: impl FnOnce(&mut Vec<Letter>)) -> Vec<String> {
    let mut letters = Sender::new(ruleset).letters();
    spoil(&mut letters);
    failed_rows(&Standing::of(&run(ruleset, letters, way), true))
}

/// The rows that failed when the one message of TST-01 came so.
fn failed_alone(way: Way, spoil: Spoil) -> Vec<String> {
    let sender = Sender::new(Ruleset::V2_0);
    let mut letter = sender.letter(1, "IB001", (uuid::Uuid::new_v4(), None), |_| {});
    spoil(&mut letter);
    failed_rows(&Standing::of(&run(Ruleset::V2_0, vec![letter], way), true))
}

fn failed_rows(standing: &Standing) -> Vec<String> {
    let rows = standing.outcome.rows.iter();
    let failed = rows.filter(|it| it.verdict == Verdict::Fail);
    failed.map(|it| it.id.clone()).collect()
}

fn replace(letter: &mut Letter, from: &str, to: &str) {
    assert!(letter.xml.contains(from), "{from} in the message");
    letter.xml = letter.xml.replacen(from, to, 1);
}

/// The text between two others, both of them too, without what is between.
fn cut(letter: &mut Letter, from: &str, to: &str) {
    let start = letter.xml.find(from).unwrap();
    let rest = letter.xml.get(start..).unwrap();
    let end = start + rest.find(to).unwrap() + to.len();
    letter.xml.replace_range(start..end, "");
}

/// The resource of this kind as it stands in the message's document.
fn resource(letter: &Letter, kind: &str) -> String {
    let (from, to) = (format!("<{kind}><id"), format!("</{kind}>"));
    let start = letter.xml.rfind(&from).unwrap();
    let rest = letter.xml.get(start..).unwrap();
    let end = rest.find(&to).unwrap() + to.len();
    rest.get(..end).unwrap().to_owned()
}

fn in_resource(letter: &mut Letter, kind: &str, from: &str, to: &str) {
    let old = resource(letter, kind);
    assert!(old.contains(from), "{from} in {old}");
    let new = old.replacen(from, to, 1);
    letter.xml = letter.xml.replacen(&old, &new, 1);
}

type Spoil = fn(&mut Letter);

/// What is wrong in the message of TST-01, by the row that says so.
const IN_ONE: &[(&str, Spoil)] = &[
    ("GPCM-SD-028", |it| {
        in_resource(
            it,
            "Organization",
            "<name value=\"Cumbria Starling Medical Centre\"/>",
            "",
        )
    }),
    ("GPCM-SD-032", |it| {
        in_resource(
            it,
            "Practitioner",
            "https://fhir.nhs.uk/Id/sds-user-id",
            "https://example.org/id",
        )
    }),
    ("GPCM-SD-035", |it| {
        in_resource(it, "Patient", "<birthDate value=\"1946-06-23\"/>", "")
    }),
    ("GPCM-SD-038", |it| {
        it.sent.to = it.sent.to.replace("GARTON", "GARDEN")
    }),
    ("GPCM-SD-040", |it| {
        replace(
            it,
            "BusAckRequested\"><valueBoolean value=\"true\"",
            "BusAckRequested\"><valueBoolean value=\"false\"",
        )
    }),
    ("GPCM-SD-041", |it| {
        replace(
            it,
            "InfAckRequested\"><valueBoolean value=\"true\"",
            "InfAckRequested\"><valueBoolean value=\"false\"",
        )
    }),
    ("GPCM-SD-042", |it| {
        cut(it, "<extension url=\"SenderReference\">", "</extension>")
    }),
    ("GPCM-SD-043", |it| {
        replace(
            it,
            "ITK-GPConnectSendDocument-MessageDefinition-1",
            "Another-MessageDefinition-1",
        )
    }),
    ("GPCM-SD-044", |it| {
        cut(it, "<extension url=\"LocalExtension\">", "</extension>")
    }),
    ("GPCM-SD-045", |it| {
        replace(
            it,
            "CareConnect-ITK-Header-Organization-1",
            "CareConnect-Organization-1",
        )
    }),
    ("GPCM-SD-046", |it| {
        replace(it, "<endpoint value=\"Y90001OT001\"/>", "")
    }),
    ("GPCM-SD-047", |it| {
        replace(it, "<code value=\"ITK007C\"/>", "<code value=\"ITK014M\"/>")
    }),
    ("GPCM-SD-048", |it| {
        replace(
            it,
            "<timestamp value=\"2026-11-28T09:00:00Z\"/>",
            "<timestamp value=\"2026-11-28T12:00:00Z\"/>",
        )
    }),
    ("GPCM-SD-049", |it| {
        replace(
            it,
            "<sender><reference",
            "<receiver><reference value=\"urn:uuid:00000000-0000-4000-8000-000000000001\"/></receiver><sender><reference",
        )
    }),
    ("GPCM-SD-057", |it| {
        it.sent.workflow = "GPFED_CONSULT_REPORT".to_owned()
    }),
    ("GPCM-SD-059", |it| it.sent.from = "X26ABC1".to_owned()),
    ("GPCM-SD-060", |it| {
        it.sent.to = it.sent.to.replace("_1946", "_9946")
    }),
    ("GPCM-SD-061", |it| it.sent.subject = "A letter".to_owned()),
    ("GPCM-SD-103", |it| {
        replace(
            it,
            "<type value=\"document\"/>",
            "<type value=\"collection\"/>",
        )
    }),
    ("GPCM-SD-104", |it| {
        replace(it, "CareConnect-Composition-1", "Another-Composition-1")
    }),
    ("GPCM-SD-105", |it| cut(it, "<custodian>", "</custodian>")),
    ("GPCM-SD-106", |it| cut(it, "<subject>", "</subject>")),
    ("GPCM-SD-107", |it| cut(it, "<author>", "</author>")),
    ("GPCM-SD-108", |it| {
        in_resource(
            it,
            "Practitioner",
            "<meta><profile value=\"https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Practitioner-1\"/></meta>",
            "",
        )
    }),
    ("GPCM-SD-109", |it| {
        cut(it, "<section><title value=\"Throat", "</section>")
    }),
    ("GPCM-SD-110", |it| {
        let at = it.xml.find("<section><title value=\"Throat").unwrap();
        let rest = it.xml.get(at..).unwrap();
        let reference = rest
            .split("urn:uuid:")
            .nth(1)
            .unwrap()
            .get(..36)
            .unwrap()
            .to_owned();
        let dangling = "00000000-0000-4000-8000-000000000009";
        let tail = rest.replacen(&reference, dangling, 1);
        it.xml.replace_range(at.., &tail);
    }),
    ("GPCM-SD-111", |it| {
        replace(it, "<content value=\"VGhyb2F0", "<content value=\"!Ghyb2F0")
    }),
    ("GPCM-SD-115", |it| {
        replace(
            it,
            "<system value=\"http://snomed.info/sct\"/><code value=\"371531000\"/>",
            "<system value=\"http://example.org\"/><code value=\"371531000\"/>",
        )
    }),
];

#[test]
fn each_defect_of_a_message_fails_its_row_and_no_other() {
    let mut wrong = Vec::new();
    for (row, spoil) in IN_ONE {
        let found = failed_alone(Way::Client, *spoil);
        if found != [*row] {
            wrong.push(format!("{row}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_defect_of_the_headers_fails_the_row_for_users_of_the_api() {
    for (row, spoil) in [
        (
            "GPCM-SD-062",
            (|it| it.sent.from = "X26ABC1".to_owned()) as Spoil,
        ),
        ("GPCM-SD-063", |it| {
            it.sent.to = it.sent.to.replace("_1946", "_9946")
        }),
        ("GPCM-SD-064", |it| it.sent.subject = "A letter".to_owned()),
    ] {
        let found = failed_alone(Way::Api, spoil);
        assert_eq!(found, [row]);
    }
}

/// The messages of TST-08 and 09, in their order.
fn chain(letters: &mut [Letter]) -> Vec<&mut Letter> {
    letters
        .iter_mut()
        .filter(|it| [8, 9].contains(&it.script))
        .collect()
}

#[test]
fn a_wrong_version_or_target_fails_the_row_of_its_place_in_the_chain() {
    let found = failed(Ruleset::V2_0, Way::Client, |letters| {
        let outer = chain(letters)[0].bundle_id.clone();
        let mut all = chain(letters);
        let first = all[0].document_id.to_string();
        replace(all[1], &first, &outer);
    });
    assert_eq!(
        found,
        ["GPCM-SD-123"],
        "the message's id in the place of the document's"
    );
    let found = failed(Ruleset::V2_0, Way::Client, |letters| {
        let mut all = chain(letters);
        let (first, second) = (
            all[0].document_id.to_string(),
            all[1].document_id.to_string(),
        );
        replace(all[2], &second, &first);
    });
    assert_eq!(
        found,
        ["GPCM-SD-129"],
        "the first in the place of the second"
    );
    let found = failed(Ruleset::V2_0, Way::Client, |letters| {
        let mut all = chain(letters);
        for text in ["Version 2", "Version: 2"] {
            all[1].xml = all[1].xml.replace(text, &text.replace('2', "3"));
            all[1].sent.subject = all[1].sent.subject.replace(text, &text.replace('2', "3"));
        }
        // the later ones count on from there
        for later in all.into_iter().skip(2) {
            for text in ["Version 3", "Version: 3"] {
                later.xml = later.xml.replace(text, &text.replace('3', "4"));
                later.sent.subject = later.sent.subject.replace(text, &text.replace('3', "4"));
            }
        }
    });
    assert_eq!(found, ["GPCM-SD-098"]);
}

#[test]
fn a_message_for_the_senders_own_patient_and_one_activity_under_anothers_reference_fail() {
    let found = failed(Ruleset::V2_0, Way::Client, |letters| {
        let sender = Sender::new(Ruleset::V2_0);
        letters.push(sender.letter(6, "IB001", (uuid::Uuid::new_v4(), None), |_| {}));
    });
    assert_eq!(found, ["GPCM-SD-083"]);
    let found = failed(Ruleset::V2_0, Way::Client, |letters| {
        let sender = Sender::new(Ruleset::V2_0);
        let activity = uuid::Uuid::new_v4();
        letters.push(sender.letter(1, "IB001", (activity, None), |_| {}));
        letters.push(sender.letter(1, "IB001", (activity, None), |_| {}));
    });
    assert_eq!(found, ["GPCM-SD-042"]);
}
