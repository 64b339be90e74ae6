//! The page of a practice's settings: what it rests on, by numbers, lines and reasons.

use std::fs;

use crate::support::World;
use crate::support::site::Site;
use gp_system::web::PracticeRole;
use pages::{CertificateFact, ReleaseNote};
use reqwest::StatusCode;

pub const NOTES: &[ReleaseNote] = &[ReleaseNote {
    kind: "Added",
    text: "A `list` & more.\n\nThe rest of it.",
}];

const LIST: &str = "nhs_number,family_name,date_of_birth\n\
    9693632109,GARTON,1946-06-23\n\
    9736363015,SECRETNAME,23 or 24 June\n";

#[tokio::test]
async fn the_settings_tell_what_was_read_of_the_list_by_lines_and_never_content() {
    let world = World::new();
    let path = world.osprey.practice.config().patients.clone().unwrap();
    fs::write(&path, LIST).unwrap();
    world.osprey.pass().await;
    let site = Site::of(&world.osprey, "").await;
    let administrator = site.visitor(PracticeRole::Administrator).await;
    let page = administrator.text("/settings").await;
    let one = "Patients taken</dt><dd class=\"nhsuk-summary-list__value\"><bdi>1</bdi>";
    assert!(page.contains(one), "{page}");
    assert!(page.contains("Rows that were refused") && page.contains("no date of birth that can"));
    assert!(!page.contains("SECRETNAME") && !page.contains("9736363015"));

    fs::write(&path, "nhs_number,family_name\nSECRETNAME,x\n").unwrap();
    world.osprey.pass().await;
    let page = administrator.text("/settings").await;
    assert!(page.contains("The list has changed and cannot be read"));
    assert!(page.contains("The list read before stays in force") && page.contains(one));
    assert!(!page.contains("SECRETNAME"));
}

#[tokio::test]
async fn the_settings_tell_people_certificates_payloads_and_the_version() {
    let world = World::new();
    let site = Site::of(&world.osprey, "/osprey").await;
    let administrator = site.visitor(PracticeRole::Administrator).await;
    let page = administrator.text("/osprey/settings").await;
    for part in [
        "href=\"/osprey/users\">4 users</a>",
        "href=\"/osprey/sessions\">1 session now</a>",
        "look at letters, alerts and sent consultations",
        "Not known here: the program that serves these pages watches no certificate.",
        "None: attachments are not scanned here.",
        "send-document",
        "href=\"/osprey/settings/changes\"",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let soon = "it ends on 5 Dec 2026: renew it";
    site.surroundings.set_certificates(vec![CertificateFact {
        name: "the MESH client's own certificate".to_owned(),
        ends: Some("2026-12-05T00:00:00Z".parse().unwrap()),
        trouble: Some(soon.to_owned()),
    }]);
    let page = administrator.text("/osprey/settings").await;
    assert!(
        page.contains("the MESH client&#39;s own certificate")
            || page.contains("the MESH client's own certificate")
    );
    assert!(page.contains(soon) && page.contains("5\u{a0}Dec\u{a0}2026"));
    let changes = administrator.text("/osprey/settings/changes").await;
    let note = "A <code class=\"pages-code\">list</code> &amp; more.";
    assert!(
        changes.contains(note) && changes.contains("The rest of it."),
        "{changes}"
    );
    let clinician = site.visitor(PracticeRole::Clinician).await;
    for path in ["/osprey/settings", "/osprey/settings/changes"] {
        assert_eq!(clinician.get(path).await.status(), StatusCode::FORBIDDEN);
    }
}
