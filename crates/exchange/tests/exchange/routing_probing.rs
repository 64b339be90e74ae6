//! Guessing NHS numbers by sending to them: limited, and to be seen in the audit trail.

use std::time::Duration;

use crate::kit::{GARTON, RECEIVER, SENDER, Setup, WORKFLOW, id, pieces, request, strict};
use exchange::{ErrorKind, MessageState, Settings};
use jiff::SignedDuration;
use nhs::WorkflowId;
use pds::Trace;

const UNKNOWN: [&str; 3] = [
    "GPPROVIDER_9111231130_22102010_Smith",
    "GPPROVIDER_9733162981_22102010_Smith",
    "GPPROVIDER_9733163058_22102010_Smith",
];

fn at_most_two() -> Settings {
    Settings {
        routing_failures_per_hour: 2,
        ..strict()
    }
}

#[tokio::test]
async fn beyond_the_limit_patient_addresses_wait_and_mailboxes_do_not() {
    let setup = Setup::new(at_most_two()).await;
    let mut sent = Vec::new();
    for to in UNKNOWN {
        sent.push(setup.send(to, b"guess").await.unwrap());
    }
    assert_eq!(setup.exchange().route_due().await.unwrap(), 2);
    assert_eq!(setup.inbox(SENDER).await.len(), 2, "the third is not told");
    assert_eq!(
        setup.tracked(&sent[2]).await.message.state,
        MessageState::Accepted
    );

    let error = setup.send(GARTON, b"x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    let wait = error.retry_after().unwrap();
    assert!(wait > Duration::ZERO && wait <= Duration::from_secs(3_600));
    assert!(error.text().contains("sending again"));
    setup.send(RECEIVER, b"a legitimate one").await.unwrap();
    assert_eq!(setup.inbox(RECEIVER).await.len(), 1);

    setup.time.pass(SignedDuration::from_mins(80));
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    assert_eq!(setup.inbox(SENDER).await.len(), 3);
    assert_eq!(setup.outcome(GARTON).await, RECEIVER);
}

#[tokio::test]
async fn one_mailboxs_guesses_do_not_hold_up_another() {
    let setup = Setup::new(at_most_two()).await;
    setup.add_mailbox("A81001OT002", "A81001");
    let operator = setup.exchange().operator().unwrap();
    let workflow = WorkflowId::parse(WORKFLOW).unwrap();
    operator
        .allow(&workflow, &[id("A81001OT002")], &[])
        .unwrap();
    setup.exchange().refresh_directory().await.unwrap();
    for to in UNKNOWN {
        setup.send(to, b"guess").await.unwrap();
    }
    setup.exchange().route_due().await.unwrap();
    let caller = setup.caller("A81001OT002").await;
    let message = setup
        .exchange()
        .send(&caller, request(GARTON, 1), pieces(b"x"))
        .await
        .unwrap();
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    assert_eq!(setup.inbox(RECEIVER).await, [message]);
}

#[tokio::test]
async fn what_tells_nothing_about_a_number_is_not_counted() {
    let setup = Setup::new(at_most_two()).await;
    setup
        .patients
        .answer(9_733_162_450, Some(Trace::NoPractice));
    for to in [
        "GPPROVIDER_9000000000_22102010_Smith",
        "GPPROVIDER_9693632109_99999999_Smith",
        "GPPROVIDER_9733162450_03021950_MED",
    ] {
        setup.outcome(to).await;
    }
    assert_eq!(setup.outcome(GARTON).await, RECEIVER);
}

#[tokio::test]
async fn no_limit_when_it_is_zero() {
    let settings = Settings {
        routing_failures_per_hour: 0,
        ..strict()
    };
    let setup = Setup::new(settings).await;
    for _ in 0..150 {
        setup.send(UNKNOWN[0], b"guess").await.unwrap();
    }
    assert_eq!(setup.exchange().route_due().await.unwrap(), 150);
}

#[tokio::test]
async fn an_unknown_number_looks_like_a_mismatch_when_that_is_set() {
    let settings = Settings {
        hide_unknown_numbers: true,
        ..strict()
    };
    let setup = Setup::new(settings).await;
    assert_eq!(setup.outcome(UNKNOWN[0]).await, "EPL-154");
    let report = setup.reported_failure().await;
    let text = "NHS Number supplied does not match the demographics";
    assert_eq!(report.description, text);
    assert_eq!(setup.outcome(GARTON).await, RECEIVER);
}

#[tokio::test]
async fn the_audit_tells_repeats_apart_without_naming_anyone() {
    let setup = Setup::new(strict()).await;
    for to in [
        GARTON,
        "GPPROVIDER_969 363 2109_19460623_gartón",
        UNKNOWN[0],
        UNKNOWN[1],
        UNKNOWN[0],
        "GPPROVIDER_12345678_22102010_Smith",
    ] {
        setup.outcome(to).await;
    }
    let connection = rusqlite::Connection::open(setup.path().join("records.sqlite3")).unwrap();
    let mut rows = connection
        .prepare(
            "SELECT actor, action, subject || ' ' || detail FROM audit
             WHERE actor = ? AND action != 'accepted' ORDER BY number",
        )
        .unwrap();
    let rows: Vec<(String, String, String)> = rows
        .query_map([SENDER], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let codes: Vec<_> = rows.iter().map(|row| row.1.as_str()).collect();
    assert_eq!(
        codes,
        [
            "routed", "routed", "EPL-153", "EPL-153", "EPL-153", "EPL-152"
        ]
    );
    let hash = |row: usize| {
        let (_, hash) = rows[row].2.split_once(" patient:").unwrap();
        assert!(hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
        hash.to_owned()
    };
    assert_eq!(hash(0), hash(1), "the same patient, written differently");
    assert_eq!(hash(2), hash(4));
    assert!(hash(2) != hash(3) && hash(0) != hash(2) && hash(5) != hash(2));
    for (_, _, subject) in &rows {
        for detail in [
            "9693632109",
            "9111231130",
            "12345678",
            "GARTON",
            "1946-06-23",
            "23061946",
        ] {
            assert!(!subject.contains(detail));
        }
    }
}
