//! Messages to patients whom the server itself knows: delivered by the commit that accepts them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::kit::{
    GARTON, Patients, RECEIVER, SENDER, Setup, all_bytes, at, contains, request, strict,
};
use exchange::{ErrorKind, Event, MessageState, Settings};
use jiff::SignedDuration;
use nhs::{MessageId, OdsCode};
use pds::{Chain, Demographics, MatchedOn, PdsError, Trace, TraceQuery};

const KILLEN: &str = "GPPROVIDER_9733162043_27051955_KILLEN";
const UNKNOWN: &str = "GPPROVIDER_9111231130_22102010_Smith";
const GARTONS_NUMBER: u64 = 9_693_632_109;
const KILLENS_NUMBER: u64 = 9_733_162_043;

/// Patients who are known on this machine; those who are switched off by the test are not.
struct Here(Arc<Patients>);

#[async_trait::async_trait]
impl Demographics for Here {
    async fn trace(&self, query: &TraceQuery) -> Result<Trace, PdsError> {
        self.0.trace(query).await
    }

    fn trace_here(&self, query: &TraceQuery) -> Option<Trace> {
        let known = self.0.0.lock().unwrap();
        let known = known.get(&query.nhs_number.value()).cloned();
        known.unwrap_or(Some(Trace::NotFound))
    }
}

/// A PDS that never answers, and counts who asks.
#[derive(Default)]
struct Silent(AtomicUsize);

#[async_trait::async_trait]
impl Demographics for Silent {
    async fn trace(&self, _: &TraceQuery) -> Result<Trace, PdsError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        std::future::pending().await
    }
}

async fn setup_with(settings: Settings) -> (Setup, Arc<Patients>) {
    let patients = Arc::new(Patients::default());
    patients.answer(GARTONS_NUMBER, Some(at("A20047")));
    patients.answer(KILLENS_NUMBER, Some(at("A20047")));
    let setup = Setup::with(settings, Arc::new(Here(patients.clone()))).await;
    (setup, patients)
}

async fn setup() -> (Setup, Arc<Patients>) {
    setup_with(strict()).await
}

fn names(setup: &Setup, of: &MessageId) -> Vec<&'static str> {
    let told = setup.events().into_iter().filter_map(|event| {
        let (message, name) = match &event {
            Event::Accepted { message, .. } => (message, "accepted"),
            Event::Routed { message, .. } => (message, "routed"),
            Event::Delivered { message, .. } => (message, "delivered"),
            Event::RoutingDelayed { message, .. } => (message, "delayed"),
            Event::Reported { message, .. } => (message, "reported"),
            _ => return None,
        };
        (message == of).then_some(name)
    });
    told.collect()
}

fn trail(setup: &Setup, of: &MessageId) -> Vec<(String, String, String)> {
    let connection = rusqlite::Connection::open(setup.path().join("records.sqlite3")).unwrap();
    let sql = "SELECT actor, action, detail FROM audit WHERE subject = ? ORDER BY number";
    let mut rows = connection.prepare(sql).unwrap();
    rows.query_map([of.as_str()], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })
    .unwrap()
    .collect::<Result<_, _>>()
    .unwrap()
}

#[tokio::test]
async fn the_inbox_has_it_when_the_send_is_answered_and_nothing_waits() {
    let (mut setup, _) = setup().await;
    let message = setup.send(GARTON, b"body").await.unwrap();
    assert_eq!(names(&setup, &message), ["accepted", "routed", "delivered"]);
    let practice = OdsCode::parse("A20047").unwrap();
    assert!(
        setup.events().iter().any(
            |event| matches!(event, Event::Routed { practice: found, .. } if *found == practice)
        )
    );
    // as a crash right after the answer
    setup.restart().await;
    assert_eq!(setup.inbox(RECEIVER).await, std::slice::from_ref(&message));
    assert_eq!(setup.exchange().route_due().await.unwrap(), 0);
    let envelope = setup.tracked(&message).await;
    assert_eq!(envelope.recipient.unwrap().mailbox.as_str(), RECEIVER);
    assert_eq!(setup.download(&message, 1).await.unwrap(), b"body");
    assert_eq!(setup.inbox(RECEIVER).await, [message]);
}

#[tokio::test]
async fn the_audit_says_what_it_says_of_those_that_are_routed_later() {
    let (setup, patients) = setup().await;
    let at_once = setup.send(GARTON, b"1").await.unwrap();
    patients.answer(GARTONS_NUMBER, None);
    let later = setup.send(GARTON, b"2").await.unwrap();
    patients.answer(GARTONS_NUMBER, Some(at("A20047")));
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    assert_eq!(names(&setup, &later), names(&setup, &at_once));
    let lines = trail(&setup, &at_once);
    assert_eq!(trail(&setup, &later), lines);
    let actions: Vec<_> = lines.iter().map(|line| line.1.as_str()).collect();
    assert_eq!(actions, ["accepted", "delivered", "routed"]);
    assert!(lines[2].2.starts_with("patient:"), "{lines:?}");
}

#[tokio::test]
async fn a_later_message_does_not_overtake_one_that_waits_for_its_patient() {
    let (mut setup, patients) = setup().await;
    patients.answer(GARTONS_NUMBER, None);
    let first = setup.send(GARTON, b"1").await.unwrap();
    assert_eq!(names(&setup, &first), ["accepted"]);
    assert_eq!(setup.exchange().route_due().await.unwrap(), 0);
    patients.answer(GARTONS_NUMBER, Some(at("A20047")));
    let written_differently = "GPPROVIDER_969 363 2109_19460623_gartón";
    let second = setup.send(written_differently, b"2").await.unwrap();
    assert_eq!(names(&setup, &second), ["accepted"]);
    let other = setup.send(KILLEN, b"3").await.unwrap();
    assert_eq!(setup.inbox(RECEIVER).await, std::slice::from_ref(&other));
    setup.restart().await;
    assert_eq!(setup.exchange().route_due().await.unwrap(), 0, "not due");
    setup.time.pass(SignedDuration::from_secs(3));
    assert_eq!(setup.exchange().route_due().await.unwrap(), 2);
    let last = setup.send(GARTON, b"4").await.unwrap();
    assert_eq!(setup.inbox(RECEIVER).await, [other, first, second, last]);
}

#[tokio::test]
async fn what_has_no_mailbox_is_reported_as_ever_and_counted_once() {
    let settings = Settings {
        routing_failures_per_hour: 2,
        ..strict()
    };
    let (setup, patients) = setup_with(settings).await;
    patients.answer(KILLENS_NUMBER, Some(at("Y12345")));
    assert_eq!(setup.outcome(KILLEN).await, "EPL-151");
    assert_eq!(setup.outcome(UNKNOWN).await, "EPL-153");
    assert_eq!(setup.outcome("GPPROVIDER_12345678").await, "EPL-152");
    assert_eq!(setup.outcome(UNKNOWN).await, "EPL-153");
    let refused = setup.send(GARTON, b"x").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Busy);
    assert!(setup.inbox(RECEIVER).await.is_empty());
}

#[tokio::test]
async fn a_burst_of_guesses_does_not_tell_which_of_them_is_right() {
    let settings = || Settings {
        routing_failures_per_hour: 2,
        ..strict()
    };
    let (alone, patients) = setup_with(settings()).await;
    // who is not known here is asked for elsewhere
    let chain = Chain::new(vec![Arc::new(Here(patients)), Arc::new(Silent::default())]);
    for setup in [alone, Setup::with(settings(), Arc::new(chain)).await] {
        let right = setup.send(GARTON, b"1").await.unwrap();
        assert_eq!(names(&setup, &right), ["accepted", "routed", "delivered"]);
        for _ in 0..2 {
            setup.send(UNKNOWN, b"2").await.unwrap();
        }
        // before the queue has told anything of the two
        let right = setup.send(GARTON, b"3").await.unwrap();
        assert_eq!(names(&setup, &right), ["accepted"]);
    }
}

#[tokio::test]
async fn several_mailboxes_are_reported_and_none_is_picked() {
    let (setup, _) = setup().await;
    setup.add_receiver("A20047OT002", "A20047").await;
    assert_eq!(setup.outcome(GARTON).await, "EPL-150");
    assert!(setup.inbox(RECEIVER).await.is_empty());
}

#[tokio::test]
async fn the_sender_of_a_restricted_patients_message_is_not_told_where_it_went() {
    let (setup, patients) = setup().await;
    let restricted = Trace::Registered {
        practice: OdsCode::parse("A20047").unwrap(),
        matched_on: MatchedOn::PreviousName,
        superseded: false,
        restricted: true,
    };
    patients.answer(GARTONS_NUMBER, Some(restricted));
    let message = setup.send(GARTON, b"x").await.unwrap();
    assert_eq!(setup.inbox(RECEIVER).await, std::slice::from_ref(&message));
    let envelope = setup.tracked(&message).await;
    assert_eq!(envelope.message.state, MessageState::Accepted);
    assert!(envelope.recipient.is_none());
    let routed = &trail(&setup, &message)[2].2;
    assert!(routed.ends_with(" matched_on=previous_name"), "{routed}");
}

#[tokio::test]
async fn nobody_who_must_be_waited_for_is_asked_while_a_message_is_sent() {
    let (patients, silent) = (Arc::new(Patients::default()), Arc::new(Silent::default()));
    patients.answer(GARTONS_NUMBER, Some(at("A20047")));
    let registry = Arc::new(Here(patients.clone()));
    let chain = Chain::new(vec![registry, silent.clone()]);
    let setup = Setup::with(strict(), Arc::new(chain)).await;
    let known = setup.send(GARTON, b"x").await.unwrap();
    assert_eq!(setup.inbox(RECEIVER).await, [known]);
    // the registry does not know, PDS might
    let unknown = setup.send(UNKNOWN, b"x").await.unwrap();
    assert_eq!(names(&setup, &unknown), ["accepted"]);
    assert_eq!(silent.0.load(Ordering::SeqCst), 0);
    assert!(setup.inbox(SENDER).await.is_empty());
}

#[tokio::test]
async fn a_message_in_chunks_is_routed_when_it_is_whole() {
    let (setup, _) = setup().await;
    let message = setup
        .send_request(request(GARTON, 2), b"one")
        .await
        .unwrap();
    assert!(setup.inbox(RECEIVER).await.is_empty());
    setup.send_chunk(&message, 2, 2, b"two").await.unwrap();
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    assert_eq!(setup.inbox(RECEIVER).await, std::slice::from_ref(&message));
    assert_eq!(names(&setup, &message), ["accepted", "routed", "delivered"]);
}

#[tokio::test]
async fn no_file_holds_the_address_nor_what_was_sealed_of_it() {
    let (mut setup, _) = setup().await;
    setup.send(GARTON, b"body").await.unwrap();
    setup.exchange = None;
    let bytes = all_bytes(setup.path());
    for needle in [&b"9693632109"[..], b"GARTON", b"23061946", b"GPPROVIDER"] {
        assert!(!contains(&bytes, needle));
    }
    let connection = rusqlite::Connection::open(setup.path().join("records.sqlite3")).unwrap();
    let sql = "SELECT count(*) FROM routing";
    let waiting: u32 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(waiting, 0);
}
