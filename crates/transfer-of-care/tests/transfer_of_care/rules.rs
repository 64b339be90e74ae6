//! Each rule broken alone, and by whom it is answered with what.

use std::collections::BTreeSet;

use fhir::Severity;
use itk3::{Finding, Payload, View};
use transfer_of_care::{Heading, TransferOfCare, rules};

use crate::kit::{GOOD, found, read, with_narrative};

/// Ours among what is found, as id and whether it is an error.
fn ours(text: &str, view: View) -> Vec<(&'static str, bool)> {
    let all = found(&read(text), view);
    let of = |it: &Finding| (it.id, it.severity == Severity::Error);
    all.iter()
        .map(of)
        .filter(|(id, _)| id.starts_with("toc-"))
        .collect()
}

fn changed(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replacen(from, to, 1)
}

/// The good letter without the section of this code.
fn without(code: &str) -> String {
    let section = |line: &&str| !(line.starts_with("<section>") && line.contains(code));
    let lines: Vec<&str> = GOOD.lines().filter(section).collect();
    lines.join("\n")
}

#[test]
fn the_good_letter_breaks_none() {
    for view in [View::Sender, View::Receiver] {
        assert_eq!(found(&read(GOOD), view), []);
    }
}

#[test]
fn each_rule_is_broken_alone() {
    let section = GOOD
        .lines()
        .find(|line| line.contains("887201000000105"))
        .unwrap();
    let twice = format!("{section}\n{section}");
    let within = "<section><title value=\"More\"/><code><text value=\"more\"/></code><text><status \
                  value=\"additional\"/><div xmlns=\"http://www.w3.org/1999/xhtml\">x</div></text>\
                  </section></section>";
    let flat = changed(section, &section.replace("</section>", within));
    let more = within.strip_suffix("</section>").unwrap();
    let attester = "<attester><mode value=\"legal\"/></attester><custodian>";
    let silent = "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p> <br/></p></div>";
    for (text, id, is_error) in [
        (without("886921000000105"), "toc-mandatory", true),
        (without("886731000000109"), "toc-mandatory", true),
        (without("887181000000106"), "toc-expected", false),
        (
            changed("887201000000105", "887051000000102"),
            "toc-heading",
            false,
        ),
        (
            changed(
                "887201000000105\"/><display",
                "1077911000000105\"/><display",
            )
            .replace(
                "<title value=\"Plan and requested actions\"/>",
                "<title value=\"Safeguarding\"/>",
            ),
            "toc-heading",
            false,
        ),
        (
            changed(
                "<title value=\"Diagnoses\"/>",
                "<title value=\"Diagnosis\"/>",
            ),
            "toc-title",
            false,
        ),
        (with_narrative(silent), "toc-text", true),
        (changed(section, &twice), "toc-once", false),
        (flat, "toc-flat", false),
        (changed("<custodian>", attester), "toc-forbidden", false),
    ] {
        assert_eq!(ours(&text, View::Receiver), [(id, is_error)], "{id}");
        assert!(TransferOfCare.requirement(id).is_some());
    }
    let ids: BTreeSet<_> = found(&read(&changed(section, &more.repeat(201))), View::Receiver)
        .iter()
        .map(|it| (it.id, it.severity == Severity::Error))
        .collect();
    let expected = [("itk3-section-count", true), ("toc-heading", false)];
    assert_eq!(ids, expected.into());
    assert_eq!(
        ours(&changed("<custodian>", attester), View::Sender),
        [("toc-forbidden", true)]
    );
    assert_eq!(rules().count(), 8);
    assert_eq!(TransferOfCare.requirement("GPCM-SD-035"), None);
}

#[test]
fn errors_are_answered_20009_and_another_event_10004() {
    let all = found(&read(&without("886921000000105")), View::Receiver);
    assert_eq!(
        all[0].response.map(|code| code.code()),
        Some("20009"),
        "{all:?}"
    );
    let other = changed("ITK003D", "ITK009D");
    let codes: Vec<_> = found(&read(&other), View::Receiver)
        .iter()
        .filter_map(|it| it.response.map(|code| code.code()))
        .collect();
    assert_eq!(codes, ["10004"]);
}

#[test]
fn the_table_is_that_of_the_sheet() {
    assert_eq!(Heading::all().count(), 34);
    let codes: BTreeSet<_> = Heading::all().map(|heading| heading.code).collect();
    assert_eq!(codes.len(), 34);
    let older = Heading::of_code("1052901000000109").unwrap();
    assert_eq!(older.title, "Individual requirements");
    let Some(table) = test_kit::shared("data/itk3-payloads/sections.tsv") else {
        return;
    };
    let table = std::fs::read_to_string(table).unwrap();
    let mut rows = BTreeSet::new();
    for row in table.lines().skip(1) {
        let fields: Vec<&str> = row.split('\t').collect();
        if matches!(fields[0], "ITK003D" | "ITK004D" | "ITK005D" | "ITK006D") {
            rows.insert((
                fields[0].to_owned(),
                fields[3].to_owned(),
                fields[4].to_owned(),
                fields[6] == "1..1",
            ));
        }
    }
    let events = TransferOfCare.kinds().iter().map(|kind| kind.event);
    let ours: BTreeSet<_> = events
        .flat_map(|event| {
            Heading::all()
                .filter(move |it| it.is_in(event))
                .map(move |it| {
                    (
                        event.code().to_owned(),
                        it.title.to_owned(),
                        it.code.to_owned(),
                        it.is_mandatory(),
                    )
                })
        })
        .collect();
    assert_eq!(ours, rows);
}
