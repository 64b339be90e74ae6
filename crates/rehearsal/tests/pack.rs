//! A pack on a disk: its files, its hashes, its page and what a build server reads.

#![allow(clippy::unwrap_used)]

use rehearsal::pack::index::{self, Index, Table};
use rehearsal::pack::junit::{self, Suite};
use rehearsal::pack::{screenshots, table};
use rehearsal::{CaseResult, Claim, Class, Counts, Pack, Verdict};

fn result(id: &str, class: Class, verdict: Verdict) -> CaseResult {
    CaseResult {
        id: id.to_owned(),
        title: "Shows <what> & how".to_owned(),
        class,
        verdict,
        note: "By message 1".to_owned(),
        messages: vec![1],
        findings: usize::from(verdict == Verdict::Fail),
        first_finding: (verdict == Verdict::Fail).then(|| "bdl-7 at Bundle: <twice>".to_owned()),
        evidence: vec!["messages/1.xml".to_owned()],
        person_needed: class
            .needs_person()
            .then(|| "The screen with both".to_owned()),
    }
}

fn results() -> Vec<CaseResult> {
    vec![
        result("ROW-1", Class::Message, Verdict::Pass),
        result("ROW-2", Class::Message, Verdict::Fail),
        result("ROW-3", Class::Person, Verdict::Open),
        result("ROW-4", Class::Message, Verdict::NotApplicable),
    ]
}

fn claim() -> Claim {
    Claim {
        version: "9.9.9".to_owned(),
        rules: "Send Document 2.0.2".to_owned(),
    }
}

fn page(results: &[CaseResult]) -> String {
    let scripts = Table {
        title: "Scripts",
        head: &["Script", "Result"],
        rows: vec![vec!["TST-01".to_owned(), "Passed".to_owned()]],
    };
    index::html(&Index {
        kind: "rehearsal of a sending system",
        subject: "A system <7>",
        claim: &claim(),
        facts: &[("Run", "today".to_owned())],
        unit: "row",
        results,
        tables: &[scripts],
        rests_on: &[("Audit", "3 lines".to_owned())],
        files: &["junit.xml"],
    })
}

#[test]
fn a_pack_has_the_hash_of_each_file_and_takes_no_directory_that_holds_something() {
    let directory = tempfile::tempdir().unwrap();
    let dir = directory.path().join("pack");
    let mut pack = Pack::create(&dir).unwrap();
    pack.put("messages/1.xml", b"<a/>").unwrap();
    pack.put("index.html", page(&results()).as_bytes()).unwrap();
    pack.put_json("findings/1.json", &results()).unwrap();
    let readme = screenshots::readme(&claim(), &results());
    pack.put("screenshots/README.md", readme.as_bytes())
        .unwrap();
    assert_eq!(pack.finish().unwrap(), 5);
    #[cfg(target_os = "linux")]
    are_right(&dir);
    let refused = Pack::create(&dir).err().unwrap().to_string();
    assert!(refused.contains("absent or empty"), "{refused}");
}

#[test]
#[cfg(unix)]
fn a_pack_is_a_directory_itself_and_its_place_is_sure_before_there_is_anything_to_write() {
    let directory = tempfile::tempdir().unwrap();
    let (real, link) = (directory.path().join("real"), directory.path().join("link"));
    std::fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let gone = directory.path().join("gone");
    std::os::unix::fs::symlink(directory.path().join("nowhere"), &gone).unwrap();
    for link in [link.clone(), link.join(""), gone] {
        let refused = Pack::create(&link).err().unwrap().to_string();
        assert!(refused.contains("found a link"), "{refused}");
    }
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let refused = Pack::create(&file).err().unwrap().to_string();
    assert!(refused.contains("found a file"), "{refused}");
    let mut pack = Pack::create(&real).unwrap();
    // a run that came to nothing left it free
    Pack::check_free(&real).unwrap();
    // what somebody else puts there meanwhile costs no work
    std::fs::write(real.join("notes.txt"), "").unwrap();
    pack.put("messages/1.xml", b"<a/>").unwrap();
    assert_eq!(pack.finish().unwrap(), 2);
}

/// As whoever got the pack would look.
#[cfg(target_os = "linux")]
fn are_right(dir: &std::path::Path) {
    let checked = std::process::Command::new("sha256sum")
        .args(["-c", "--strict", "SHA256SUMS"])
        .current_dir(dir)
        .output()
        .unwrap();
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn the_page_claims_no_assurance_escapes_and_asks_nobody_for_anything() {
    let page = page(&results());
    for part in [
        "<h1>A system &lt;7&gt;</h1>",
        "Machine-checked by Restante 9.9.9 against Send Document 2.0.2.",
        "not an NHS assurance",
        "bdl-7 at Bundle: &lt;twice&gt;",
        "screenshots/ROW-3.png",
        "<b>4</b>rows",
        "<th scope=\"row\">TST-01</th>",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for part in ["http:", "https:", "<script", "assured", "onformant"] {
        assert!(!page.contains(part), "{part}");
    }
}

#[test]
fn a_build_server_sees_failures_and_skipped_cases_with_their_reason() {
    let results = results();
    let suites = [Suite {
        name: "rows",
        results: &results,
    }];
    let text = String::from_utf8(junit::xml("rehearsal", &suites).unwrap()).unwrap();
    for part in [
        "tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"2\"",
        "name=\"ROW-1 Shows &lt;what&gt; &amp; how\"/>",
        "<failure message=\"By message 1\">bdl-7 at Bundle: &lt;twice&gt;</failure>",
        "<skipped message=\"not-applicable: By message 1\"/>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let counts = Counts::of(&results);
    assert_eq!((counts.all, counts.pass, counts.open), (4, 1, 1));
    let rows = vec![vec!["ROW-1".to_owned(), "pass".to_owned()]];
    let csv = table::csv("scal.csv", &["identifier", "verdict"], &rows).unwrap();
    assert_eq!(csv, b"identifier,verdict\nROW-1,pass\n");
}
