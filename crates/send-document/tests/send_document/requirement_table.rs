//! The table of requirements itself: unique ids, references that lead somewhere, a test for each
//! rule a machine checks.

#[test]
fn every_rule_of_the_table_is_named_by_a_test() {
    let tests = concat!(
        include_str!("requirements.rs"),
        include_str!("transport.rs")
    )
    .to_lowercase();
    let mut machine_checked = 0;
    for row in send_document::requirements() {
        use send_document::Enforced::{Message, Transport};
        if matches!(row.enforced, Message | Transport) {
            machine_checked += 1;
            let name = row.id.to_lowercase().replace('-', "_");
            assert!(tests.contains(&format!("fn {name}_")), "{name}");
        }
    }
    assert!(machine_checked >= 45, "{machine_checked}");
}

#[test]
fn requirement_ids_are_unique_and_references_lead_to_rows() {
    let all: Vec<_> = send_document::requirements().collect();
    let mut ids: Vec<_> = all.iter().map(|row| row.id).collect();
    for row in &all {
        if let send_document::Enforced::With(other) = row.enforced {
            assert!(ids.contains(&other), "{other}");
        }
        assert!(!row.text.is_empty() && !row.remedy.is_empty() && !row.source.is_empty());
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
