//! Runs in which all is right, and the pack of one.

use rehearsal::sender::{self, Standing, State, Way, patients};
use rehearsal::{Pack, Verdict};
use send_document::Ruleset;

use crate::letters::{Sender, facts, run};

/// The rows with this verdict.
fn ids(standing: &Standing, verdict: Verdict) -> Vec<&str> {
    let rows = standing.outcome.rows.iter();
    rows.filter(|it| it.verdict == verdict)
        .map(|it| it.id.as_str())
        .collect()
}

#[test]
fn a_good_sender_passes_every_row_that_messages_decide_under_both_rule_sets() {
    for ruleset in [Ruleset::V1_3, Ruleset::V2_0] {
        let run = run(ruleset, Sender::new(ruleset).letters(), Way::Client);
        let standing = Standing::of(&run, true);
        let mut rows = standing.outcome.rows.iter();
        if let Some(result) = rows.find(|it| it.verdict == Verdict::Fail) {
            panic!("{}: {} {:?}", result.id, result.note, result.first_finding);
        }
        for script in &standing.outcome.scripts {
            let expected = match (script.script.number, ruleset) {
                (10, _) => Verdict::Open,
                (11, Ruleset::V2_0) => Verdict::NotApplicable,
                _ => Verdict::Pass,
            };
            assert_eq!(script.result.verdict, expected, "{:?}", script.result);
        }
        let counts = standing.counts;
        assert_eq!(
            (counts.all, counts.pass, counts.open),
            (48, 32, 13),
            "{ruleset:?}"
        );
        let not_for_clients = ["GPCM-SD-062", "GPCM-SD-063", "GPCM-SD-064"];
        assert_eq!(ids(&standing, Verdict::NotApplicable), not_for_clients);
        assert!(standing.is_good() && standing.is_decided());
    }
}

#[test]
fn a_user_of_the_api_is_judged_by_the_rows_for_headers() {
    let run = run(
        Ruleset::V2_0,
        Sender::new(Ruleset::V2_0).letters(),
        Way::Api,
    );
    let standing = Standing::of(&run, true);
    let for_clients = ["GPCM-SD-059", "GPCM-SD-060", "GPCM-SD-061"];
    assert_eq!(ids(&standing, Verdict::NotApplicable), for_clients);
    assert!(standing.is_good());
}

#[test]
fn nothing_seen_is_open_and_what_is_left_to_do_is_named_in_order() {
    let run = run(Ruleset::V2_0, Vec::new(), Way::Client);
    let standing = Standing::of(&run, false);
    assert_eq!((standing.counts.fail, standing.counts.pass), (0, 0));
    let next = standing.next(None).unwrap();
    assert_eq!((next.script.number, next.keyword), (1, Some("IB001")));
    let mut letters = Sender::new(Ruleset::V2_0).letters();
    letters.truncate(8);
    let run = crate::letters::run(Ruleset::V2_0, letters, Way::Client);
    let standing = Standing::of(&run, false);
    let next = standing.next(None).unwrap();
    assert_eq!((next.script.number, next.keyword), (4, Some("10007")));
    let states: Vec<State> = standing.outcome.scripts.iter().map(|it| it.state).collect();
    let expected = [
        State::Passed,
        State::Watching,
        State::Passed,
        State::UnderWay,
        State::ToDo,
    ];
    assert_eq!(states.get(..5).unwrap(), expected);
}

#[test]
fn the_pack_has_every_list_and_says_what_failed() {
    let run = run(
        Ruleset::V2_0,
        Sender::new(Ruleset::V2_0).letters(),
        Way::Client,
    );
    let directory = tempfile::tempdir().unwrap();
    let dir = directory.path().join("pack");
    let patients = patients::invented().unwrap();
    let files = sender::write(&run, &facts(&patients), Pack::create(&dir).unwrap()).unwrap();
    assert!(files > 170, "{files}");
    for name in [
        "index.html",
        "junit.xml",
        "scal.csv",
        "scripts.csv",
        "audit.jsonl",
        "environment.json",
        "SHA256SUMS",
        "screenshots/README.md",
        "messages/1-TST-01-Y90001.xml",
        "messages/1-TST-01-Y90001.ctl",
        "findings/1.json",
        "journeys/1.json",
        "answers/1-inf-20013.xml",
        "answers/1-bus-30001.xml",
    ] {
        assert!(dir.join(name).is_file(), "{name}");
    }
    let scal = std::fs::read_to_string(dir.join("scal.csv")).unwrap();
    assert_eq!(scal.lines().count(), 49);
    let scripts = std::fs::read_to_string(dir.join("scripts.csv")).unwrap();
    assert_eq!(scripts.lines().count(), 14);
    let journey = std::fs::read_to_string(dir.join("journeys/1.json")).unwrap();
    for step in ["accepted", "routed", "answered", "answer collected"] {
        assert!(journey.contains(step), "{step} in {journey}");
    }
    let page = std::fs::read_to_string(dir.join("index.html")).unwrap();
    assert!(page.contains("<b>32</b>passed by machine"), "{page}");
    let readme = std::fs::read_to_string(dir.join("screenshots/README.md")).unwrap();
    assert!(readme.contains("`GPCM-SD-083.png`"), "{readme}");
}
