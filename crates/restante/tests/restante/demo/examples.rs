//! Each example of the first page ends as it says.

use super::running::Running;

/// Codes in any order: of two letters the answers may overtake each other.
fn sorted(mut codes: Vec<String>) -> Vec<String> {
    codes.sort();
    codes
}

/// What the consultation that the demo begins with is answered.
const FIRST: [&str; 2] = ["20013", "30001"];

#[tokio::test]
async fn each_example_is_answered_as_it_says() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Running::start(dir.path()).await;
    let mut expected: Vec<String> = FIRST.map(str::to_owned).into();
    for (example, codes) in [
        ("delivered", &["20013", "30001"][..]),
        ("payload-refused", &["20009"]),
        ("not-known-here", &["20013", "30002"]),
        ("duplicate", &["20013", "30001", "20007"]),
        ("replacement", &["20013", "30001", "20013", "30001"]),
        ("large", &["20013", "30001"]),
    ] {
        demo.send(example).await;
        expected.extend(codes.iter().map(|code| (*code).to_owned()));
        demo.until(example, |demo| demo.answers().len() >= expected.len())
            .await;
        assert_eq!(
            sorted(demo.answers()),
            sorted(expected.clone()),
            "{example}"
        );
    }
    assert!(
        demo.newest_letter().len() > 2 * 1024 * 1024,
        "the last one was large"
    );
    assert!(demo.reports().is_empty());
}

#[tokio::test]
async fn patients_that_cannot_be_routed_come_back_as_reports() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Running::start(dir.path()).await;
    for (example, codes) in [
        ("unknown-patient", &["EPL-153"][..]),
        ("no-practice", &["EPL-151", "EPL-153"]),
    ] {
        demo.send(example).await;
        demo.until(example, |demo| demo.reports().len() >= codes.len())
            .await;
        assert_eq!(sorted(demo.reports()), codes);
    }
    assert_eq!(demo.letters(), 1, "neither went to Osprey");
}

#[tokio::test]
async fn no_answer_comes_to_who_asked_for_none() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Running::start(dir.path()).await;
    demo.send("no-answer").await;
    demo.until("taken", |demo| demo.letters() == 2).await;
    // Osprey answers in the order of arrival: who came later has both answers
    demo.send("delivered").await;
    demo.until("answered", |demo| demo.answers().len() >= 4)
        .await;
    assert_eq!(demo.answers().len(), 4);
    assert_eq!(demo.letters(), 3);
}
