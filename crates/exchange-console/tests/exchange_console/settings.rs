//! The console's page of settings.

use std::sync::Arc;

use exchange_console::ExchangeRole::{Administrator, Auditor};
use exchange_console::{Setup, SetupPart, SetupValue};
use reqwest::StatusCode;

use crate::kit::World;

/// As the program around the console gives it.
pub fn setup() -> Setup {
    let look = || {
        vec![SetupPart {
            id: "lists",
            title: "Lists of the registry",
            facts: vec![
                (
                    "Patients read",
                    SetupValue::Moment("2026-11-28T06:00:00Z".parse().unwrap()),
                ),
                ("Patients' rows refused", SetupValue::words(2)),
            ],
            words: "",
        }]
    };
    Setup {
        look: Some(Arc::new(look)),
        ..Setup::default()
    }
}

#[tokio::test]
async fn the_settings_tell_what_the_program_around_knows_and_people_and_version() {
    let world = World::new().await;
    let page = world.page(Administrator, "/settings").await;
    for part in [
        "Lists of the registry",
        "Patients&#39; rows refused",
        "add mailboxes, disable and enable them; have a message tried again",
        "also look at what may name a patient, each look noted",
        "Not known here: the program that serves these pages watches no certificate.",
        "href=\"/settings/changes\"",
        "28\u{a0}Nov\u{a0}2026",
    ] {
        let plain = part.replace("&#39;", "'");
        assert!(
            page.contains(part) || page.contains(&plain),
            "{part} is not in {page}"
        );
    }
    let changes = world.page(Administrator, "/settings/changes").await;
    assert!(changes.contains("What is new"));
    let answer = world.get(Auditor, "/settings").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}
