//! Each kind of gap by itself.

use std::fs;

use itk3::ResponseCode;
use reconcile::{ReconcileError, What};

use crate::site::{Site, ago};

fn only(site: &Site) -> (What, Option<String>) {
    let mut found = site.look();
    assert_eq!(found.gaps.len(), 1, "{:?}", found.gaps);
    assert_eq!(found.unread, []);
    let gap = found.gaps.remove(0);
    assert!(!gap.reason.is_empty() && !gap.advice.is_empty());
    (gap.what, gap.code)
}

#[test]
fn what_was_answered_twice_and_well_is_no_gap() {
    let site = Site::new();
    site.arrived(&site.sent(1, ago(500)));
    let found = site.look();
    assert_eq!((found.messages, found.waiting), (1, 0));
    assert_eq!((found.gaps, found.unread), (vec![], vec![]));
}

#[test]
fn an_answer_counts_wherever_it_was_moved() {
    let site = Site::new();
    let letter = site.sent(1, ago(500));
    let archive = site.path("archive/2026/11");
    fs::create_dir_all(&archive).unwrap();
    site.answered_in(&archive, &letter, ResponseCode::Success);
    site.answered_in(&archive, &letter, ResponseCode::PatientKnown);
    let mut request = site.request();
    request.received.push(site.path("archive"));
    assert_eq!(request.run().unwrap().gaps, []);
}

#[test]
fn no_answer_is_a_gap_once_it_is_overdue() {
    let site = Site::new();
    site.sent(1, ago(23));
    let found = site.look();
    assert_eq!((found.waiting, found.gaps), (1, vec![]));
    site.sent(2, ago(25));
    assert_eq!(only(&site), (What::Unanswered, None));
}

#[test]
fn one_answer_of_two_is_a_gap_with_words_of_its_own() {
    let site = Site::new();
    let letter = site.sent(1, ago(25));
    site.answered(&letter, ResponseCode::Success);
    assert_eq!(only(&site), (What::Unanswered, None));
    assert!(site.look().gaps[0].reason.contains("took the message"));
}

#[test]
fn a_negative_answer_is_a_gap_at_once() {
    for code in [ResponseCode::PayloadInvalid, ResponseCode::PatientUnknown] {
        let site = Site::new();
        let letter = site.sent(1, ago(1));
        site.answered(&letter, ResponseCode::Success);
        site.answered(&letter, code);
        assert_eq!(only(&site), (What::Refused, Some(code.code().into())));
    }
}

#[test]
fn a_report_by_message_id_or_by_local_id_is_a_gap() {
    for by_message in [true, false] {
        let site = Site::new();
        let letter = site.sent(1, ago(1));
        site.reported(1, &letter, "14", by_message);
        assert_eq!(only(&site), (What::NotDelivered, Some("14".into())));
    }
}

#[test]
fn an_answer_outranks_a_report() {
    let site = Site::new();
    let letter = site.sent(1, ago(200));
    site.reported(1, &letter, "14", true);
    site.arrived(&letter);
    assert_eq!(site.look().gaps, []);
}

#[test]
fn a_pair_that_could_not_be_sent_is_one_gap_with_its_report() {
    let site = Site::new();
    let letter = site.failed(1, ago(1), "06");
    let name = format!("{}_COLLECT_20261127110000000.ctl", letter.name);
    let control = fs::read_to_string(site.path("FAILED").join("letter 1.ctl")).unwrap();
    let report = control.replace(">Data<", ">Report<");
    fs::write(site.path("IN").join(name), report).unwrap();
    assert_eq!(only(&site), (What::NotSent, Some("06".into())));
}

#[test]
fn a_report_about_what_is_nowhere_to_be_found_is_a_gap_of_its_own() {
    let site = Site::new();
    let letter = site.sent(1, ago(1));
    site.reported(1, &letter, "EPL-153", true);
    fs::remove_dir_all(site.path("SENT")).unwrap();
    fs::create_dir(site.path("SENT")).unwrap();
    assert_eq!(only(&site), (What::NotDelivered, Some("EPL-153".into())));
}

#[test]
fn acknowledgements_that_this_site_sent_are_no_letters() {
    let site = Site::new();
    let letter = site.sent(1, ago(500));
    site.arrived(&letter);
    site.answered_in(&site.path("SENT"), &letter, ResponseCode::Success);
    assert_eq!(site.look().messages, 1);
}

#[test]
fn what_cannot_be_read_is_told_and_links_are_not_followed() {
    let site = Site::new();
    fs::write(site.path("SENT").join("broken.ctl"), "no XML").unwrap();
    let letter = site.sent(1, ago(1));
    fs::write(site.path("SENT").join("letter 1.dat"), "<Bundle").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", site.path("SENT").join("link.ctl")).unwrap();
    let found = site.look();
    let names = |end: &str| {
        found
            .unread
            .iter()
            .filter(|it| it.file.ends_with(end))
            .count()
    };
    assert_eq!(
        (
            names("broken.ctl"),
            names("letter 1.dat"),
            names("link.ctl")
        ),
        (1, 1, 1)
    );
    // by its control file alone it is known that it was sent
    assert_eq!((found.messages, letter.name.as_str()), (1, "letter 1"));
}

#[test]
fn a_directory_that_is_not_there_is_an_error() {
    let site = Site::new();
    let mut request = site.request();
    request.sent.push(site.path("no such directory"));
    let error = request.run().unwrap_err();
    assert!(matches!(error, ReconcileError::Directory { .. }));
    assert!(error.to_string().contains("no such directory"));
}

#[test]
fn since_leaves_older_ones_out() {
    let site = Site::new();
    site.sent(1, ago(200));
    site.sent(2, ago(100));
    let mut request = site.request();
    request.since = Some(ago(150));
    let found = request.run().unwrap();
    assert_eq!((found.messages, found.gaps.len()), (1, 1));
}
