//! The table of rules against the sheet.

use std::collections::BTreeMap;
use std::path::Path;

use itk3::Payload;
use update_record::{Strength, UpdateRecord, Verdict, rules};

/// Id, strength and code of every row of section 6.
fn sheet() -> BTreeMap<String, Vec<String>> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = top.join("docs/spec/update-record.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text
        .lines()
        .filter(|line| line.starts_with("| UR-") && !line.starts_with("| UR-T-"));
    rows.map(|row| {
        let cells: Vec<String> = row.split('|').map(|cell| cell.trim().to_owned()).collect();
        (cells[1].clone(), cells)
    })
    .collect()
}

#[test]
fn every_rule_of_the_sheet_is_there_with_its_strength_and_code() {
    let sheet = sheet();
    assert_eq!(sheet.len(), 107);
    assert_eq!(rules().count(), 107);
    for rule in rules() {
        let row = sheet
            .get(rule.id)
            .unwrap_or_else(|| panic!("{} is not in the sheet", rule.id));
        let strength = match row[5].as_str() {
            text if text.contains("MUST") => Strength::Must,
            text if text.contains("SHOULD") => Strength::Should,
            _ => Strength::May,
        };
        assert_eq!(rule.strength, strength, "{}", rule.id);
        if let Verdict::Refused(code) = rule.verdict {
            let is_stated = row[7].contains(code.code());
            // The sheet leaves these to the table of payloads, and to FHIR's own binding.
            assert!(
                is_stated || ["UR-M01", "UR-P04"].contains(&rule.id),
                "{}",
                rule.id
            );
        }
    }
}

#[test]
fn a_rule_is_explained_by_its_id() {
    for rule in rules() {
        assert_eq!(UpdateRecord.requirement(rule.id), Some(rule.text));
        assert!(rule.text.len() > 8, "{}", rule.id);
    }
    assert_eq!(UpdateRecord.requirement("GPCM-SD-001"), None);
}
