//! Routing while PDS is slow, failing, throttling, lying or recovering, over the real client and a
//! server on loopback; and with the exchange stopped at every point between accepting a message
//! and delivering it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::kit::{GARTON, RECEIVER, SENDER, Setup, at, request, strict};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use exchange::{Event, MessageState, Settings};
use jiff::SignedDuration;
use nhs::{MessageId, SystemClock, SystemRandomness};
use pds::{Demographics, FhirClient, FhirOptions, MatchPolicy, PdsError, Trace, TraceQuery};
use tokio_util::sync::CancellationToken;

const KILLEN: &str = "GPPROVIDER_9733162043_27051955_KILLEN";

/// What the server does when asked about a patient.
#[derive(Clone)]
enum Answer {
    Says(u16, Vec<(&'static str, &'static str)>, String),
    /// Nothing, ever.
    Hangs,
}

/// A PDS that does as it is told.
#[derive(Clone, Default)]
struct Pds {
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    asked: Arc<AtomicUsize>,
}

impl Pds {
    fn answer(&self, number: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(number.into(), answer);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    async fn respond(self, request: Request<Body>) -> Response {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let number = request.uri().path().rsplit('/').next().unwrap().to_owned();
        let answer = self.answers.lock().unwrap().get(&number).cloned();
        match answer.expect("a scripted patient") {
            Answer::Hangs => std::future::pending().await,
            Answer::Says(status, headers, body) => {
                let mut response = Response::builder()
                    .status(status)
                    .header("x-request-id", &request.headers()["x-request-id"]);
                for (name, value) in headers {
                    response = response.header(name, value);
                }
                response.body(Body::from(body)).unwrap()
            }
        }
    }

    /// An exchange that asks this PDS, each trace once and for at most a second.
    async fn setup(&self) -> Setup {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let pds = self.clone();
        let router = Router::new().fallback(move |request| pds.clone().respond(request));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let options = FhirOptions {
            base_url: format!("http://{address}"),
            requests_per_second: 1_000_000,
            timeout_seconds: 1,
            attempts: 1,
            cache_seconds: 0,
            ..FhirOptions::default()
        };
        let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
        let client = FhirClient::new(options, MatchPolicy::default(), clock, randomness).unwrap();
        Setup::with(strict(), Arc::new(client)).await
    }
}

fn status(status: u16) -> Answer {
    Answer::Says(status, Vec::new(), String::new())
}

/// A record: the id it is filed under, the number it holds, the patient it describes.
fn record(id: &str, number: &str, family: &str, born: &str) -> Answer {
    let body = format!(
        r#"{{"resourceType":"Patient","id":"{id}",
        "identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"{number}"}}],
        "name":[{{"use":"usual","family":"{family}"}}],"birthDate":"{born}",
        "generalPractitioner":[{{"identifier":{{
        "system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"A20047"}}}}]}}"#
    );
    Answer::Says(200, Vec::new(), body)
}

fn garton() -> Answer {
    record("9693632109", "9693632109", "GARTON", "1946-06-23")
}

fn killen() -> Answer {
    record("9733162043", "9733162043", "KILLEN", "1955-05-27")
}

async fn nothing_is_told_yet(setup: &Setup, message: &MessageId) {
    assert!(setup.inbox(SENDER).await.is_empty());
    assert!(setup.inbox(RECEIVER).await.is_empty());
    let tracked = setup.tracked(message).await;
    assert!(tracked.message.state == MessageState::Accepted && tracked.recipient.is_none());
}

async fn delivered_after(setup: &Setup, wait: SignedDuration, message: &MessageId) {
    setup.time.pass(wait);
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    assert_eq!(setup.inbox(RECEIVER).await, std::slice::from_ref(message));
}

#[tokio::test]
async fn failing_then_recovering() {
    let pds = Pds::default();
    let setup = pds.setup().await;
    pds.answer("9693632109", status(503));
    let message = setup.send(GARTON, b"x").await.unwrap();
    for answer in [status(500), status(502), status(503), status(408)] {
        pds.answer("9693632109", answer);
        let before = pds.asked();
        assert_eq!(setup.exchange().route_due().await.unwrap(), 0);
        assert!(pds.asked() > before, "asked again");
        nothing_is_told_yet(&setup, &message).await;
        setup.time.pass(SignedDuration::from_mins(10));
    }
    pds.answer("9693632109", garton());
    delivered_after(&setup, SignedDuration::ZERO, &message).await;
}

#[tokio::test]
async fn throttling_is_given_the_time_it_asks_for() {
    let pds = Pds::default();
    let setup = pds.setup().await;
    let throttled = Answer::Says(429, vec![("retry-after", "120")], String::new());
    pds.answer("9693632109", throttled);
    let message = setup.send(GARTON, b"x").await.unwrap();
    assert_eq!(setup.exchange().route_due().await.unwrap(), 0);
    pds.answer("9693632109", garton());
    let asked = pds.asked();
    setup.time.pass(SignedDuration::from_secs(119));
    assert_eq!(setup.exchange().route_due().await.unwrap(), 0);
    assert_eq!(pds.asked(), asked, "not before its time");
    nothing_is_told_yet(&setup, &message).await;
    delivered_after(&setup, SignedDuration::from_secs(32), &message).await;
}

#[tokio::test]
async fn a_slow_answer_holds_up_nobody_else() {
    let pds = Pds::default();
    let setup = pds.setup().await;
    pds.answer("9693632109", Answer::Hangs);
    pds.answer("9733162043", killen());
    let slow = setup.send(GARTON, b"x").await.unwrap();
    let quick = setup.send(KILLEN, b"x").await.unwrap();
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    let place = |wanted: &dyn Fn(&Event) -> bool| setup.events().iter().position(wanted).unwrap();
    let delivered =
        place(&|event| matches!(event, Event::Delivered { message, .. } if *message == quick));
    let delayed =
        place(&|event| matches!(event, Event::RoutingDelayed { message, .. } if *message == slow));
    assert!(delivered < delayed, "while the slow one was still awaited");
    pds.answer("9693632109", garton());
    setup.time.pass(SignedDuration::from_secs(3));
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    assert_eq!(setup.inbox(RECEIVER).await, [quick, slow]);
}

#[tokio::test]
async fn lies_are_neither_believed_nor_turned_into_an_epl_code() {
    let lies = [
        (
            "its id contradicts its number",
            record("9693632109", "9733162043", "GARTON", "1946-06-23"),
        ),
        (
            "no NHS number at all",
            record("someone", "someone", "GARTON", "1946-06-23"),
        ),
        (
            "not JSON",
            Answer::Says(200, Vec::new(), "<html>login</html>".into()),
        ),
        (
            "not a patient",
            Answer::Says(200, Vec::new(), r#"{"resourceType":"Bundle"}"#.into()),
        ),
        ("nothing", status(200)),
        ("a bare 404, not PDS's own", status(404)),
    ];
    for (what, lie) in lies {
        let pds = Pds::default();
        let setup = pds.setup().await;
        pds.answer("9693632109", lie);
        let message = setup.send(GARTON, b"x").await.unwrap();
        assert_eq!(setup.exchange().route_due().await.unwrap(), 0, "{what}");
        nothing_is_told_yet(&setup, &message).await;
        pds.answer("9693632109", garton());
        delivered_after(&setup, SignedDuration::from_secs(3), &message).await;
    }
}

#[tokio::test]
async fn after_the_deadline_a_report_that_fakes_no_epl_code() {
    let pds = Pds::default();
    let setup = pds.setup().await;
    pds.answer("9693632109", status(503));
    setup.send(GARTON, b"x").await.unwrap();
    setup.exchange().route_due().await.unwrap();
    let mut attempts = 0;
    for _ in 0..24 * 20 {
        setup.time.pass(SignedDuration::from_mins(3));
        let before = pds.asked();
        setup.exchange().route_due().await.unwrap();
        attempts += pds.asked() - before;
    }
    assert!(attempts > 200, "asked to the end: {attempts}");
    let failure = setup.reported_failure().await;
    assert_eq!(
        (failure.event.as_str(), failure.code.as_str()),
        ("SEND", "14")
    );
    assert!(
        failure
            .description
            .contains("could not be found out in time")
    );
}

/// Answers, or hangs until it is told to.
struct Gate {
    open: AtomicBool,
    asked: tokio::sync::Notify,
}

#[async_trait::async_trait]
impl Demographics for Gate {
    async fn trace(&self, _: &TraceQuery) -> Result<Trace, PdsError> {
        if !self.open.load(Ordering::SeqCst) {
            self.asked.notify_one();
            std::future::pending::<()>().await;
        }
        Ok(at("A20047"))
    }
}

#[tokio::test]
async fn a_trace_that_never_returns_is_given_up_and_tried_again() {
    let gate = Arc::new(Gate {
        open: false.into(),
        asked: tokio::sync::Notify::new(),
    });
    let settings = Settings {
        routing_trace_seconds: 1,
        ..strict()
    };
    let setup = Setup::with(settings, gate.clone()).await;
    let message = setup.send(GARTON, b"x").await.unwrap();
    assert_eq!(setup.exchange().route_due().await.unwrap(), 0);
    nothing_is_told_yet(&setup, &message).await;
    gate.open.store(true, Ordering::SeqCst);
    delivered_after(&setup, SignedDuration::from_secs(3), &message).await;
}

#[tokio::test]
async fn stopped_in_the_middle_of_a_trace_and_at_every_other_point() {
    let gate = Arc::new(Gate {
        open: false.into(),
        asked: tokio::sync::Notify::new(),
    });
    let mut setup = Setup::with(strict(), gate.clone()).await;
    let message = setup
        .send_request(request(GARTON, 2), b"one")
        .await
        .unwrap();
    setup.restart().await; // one chunk of two
    assert_eq!(setup.exchange().route_due().await.unwrap(), 0);
    setup.send_chunk(&message, 2, 2, b"two").await.unwrap();
    setup.restart().await; // accepted, not yet looked at

    let shutdown = CancellationToken::new();
    let exchange = setup.exchange().clone();
    let running = tokio::spawn({
        let shutdown = shutdown.clone();
        async move { exchange.run(shutdown).await }
    });
    gate.asked.notified().await; // being traced
    shutdown.cancel();
    running.await.expect("stops without waiting for the answer");
    setup.restart().await;
    nothing_is_told_yet(&setup, &message).await;

    gate.open.store(true, Ordering::SeqCst);
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    setup.restart().await; // delivered, not yet collected
    assert_eq!(setup.exchange().route_due().await.unwrap(), 0, "once only");
    assert_eq!(setup.inbox(RECEIVER).await, std::slice::from_ref(&message));
    assert_eq!(setup.download(&message, 2).await.unwrap(), b"two");
}

#[tokio::test]
async fn stopped_between_being_put_off_and_the_next_attempt() {
    let mut setup = Setup::new(strict()).await;
    setup.patients.answer(9_693_632_109, None);
    let message = setup.send(GARTON, b"x").await.unwrap();
    setup.exchange().route_due().await.unwrap();
    setup.restart().await;
    setup.patients.answer(9_693_632_109, Some(at("A20047")));
    assert_eq!(setup.exchange().route_due().await.unwrap(), 0, "not due");
    delivered_after(&setup, SignedDuration::from_secs(3), &message).await;
}

#[tokio::test]
async fn a_delayed_message_is_not_overtaken_by_a_later_one_to_the_same_patient() {
    let mut setup = Setup::new(strict()).await;
    setup.patients.answer(9_733_162_043, Some(at("A20047")));
    setup.patients.answer(9_693_632_109, None);
    let first = setup.send(GARTON, b"1").await.unwrap();
    setup.exchange().route_due().await.unwrap();
    setup.patients.answer(9_693_632_109, Some(at("A20047")));
    let written_differently = "GPPROVIDER_969 363 2109_19460623_gartón";
    let second = setup.send(written_differently, b"2").await.unwrap();
    let other = setup.send(KILLEN, b"3").await.unwrap();
    setup.restart().await;
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    assert_eq!(
        setup.inbox(RECEIVER).await,
        std::slice::from_ref(&other),
        "another patient's does not wait"
    );
    setup.time.pass(SignedDuration::from_secs(3));
    assert_eq!(setup.exchange().route_due().await.unwrap(), 2);
    assert_eq!(setup.inbox(RECEIVER).await, [other, first, second]);
}

#[tokio::test]
async fn many_messages_keep_their_order_over_several_batches() {
    let setup = Setup::new(strict()).await;
    setup.patients.answer(9_733_162_043, Some(at("A20047")));
    let mut sent = Vec::new();
    for number in 0..300 {
        let to = if number % 3 == 0 { KILLEN } else { GARTON };
        sent.push(setup.send(to, b"x").await.unwrap());
    }
    assert_eq!(setup.exchange().route_due().await.unwrap(), 300);
    let inbox = setup.inbox(RECEIVER).await;
    for patient in [true, false] {
        let of_patient = |ids: &[MessageId]| -> Vec<MessageId> {
            let place = |id: &MessageId| sent.iter().position(|other| other == id).unwrap();
            let wanted = ids.iter().filter(|id| (place(id) % 3 == 0) == patient);
            wanted.cloned().collect()
        };
        assert_eq!(of_patient(&inbox), of_patient(&sent));
    }
}

#[tokio::test]
async fn a_message_that_fails_frees_the_one_behind_it() {
    let setup = Setup::new(strict()).await;
    setup.patients.answer(9_693_632_109, None);
    setup.send(GARTON, b"1").await.unwrap();
    setup.exchange().route_due().await.unwrap();
    setup.time.pass(SignedDuration::from_hours(25));
    let second = setup.send(GARTON, b"2").await.unwrap();
    setup.exchange().route_due().await.unwrap();
    assert_eq!(setup.reported_failure().await.code, "14");
    setup.patients.answer(9_693_632_109, Some(at("A20047")));
    delivered_after(&setup, SignedDuration::from_secs(3), &second).await;
}

fn damage(setup: &Setup, statement: &str, message: &MessageId) {
    let connection = rusqlite::Connection::open(setup.path().join("records.sqlite3")).unwrap();
    let changed = connection.execute(statement, [message.as_str()]).unwrap();
    assert_eq!(changed, 1);
}

#[tokio::test]
async fn an_address_that_does_not_open_is_reported_and_blocks_nobody() {
    let setup = Setup::new(strict()).await;
    let damaged = setup.send(GARTON, b"1").await.unwrap();
    let sound = setup.send(GARTON, b"2").await.unwrap();
    let spoil = "UPDATE routing SET address = x'01020304'
                 WHERE seq = (SELECT seq FROM message WHERE id = ?)";
    damage(&setup, spoil, &damaged);
    assert_eq!(setup.exchange().route_due().await.unwrap(), 2);
    assert_eq!(setup.inbox(RECEIVER).await, [sound]);
    let failure = setup.reported_failure().await;
    assert_eq!(
        (failure.event.as_str(), failure.code.as_str()),
        ("SEND", "14")
    );
    assert!(failure.description.contains("could not be read back"));
    assert_eq!(failure.linked.as_deref(), Some(damaged.as_str()));
}

#[tokio::test]
async fn a_damaged_record_is_set_aside_and_blocks_nobody() {
    let setup = Setup::new(strict()).await;
    let damaged = setup.send(GARTON, b"1").await.unwrap();
    let sound = setup.send(GARTON, b"2").await.unwrap();
    damage(
        &setup,
        "UPDATE message SET sender = 'no mailbox id!' WHERE id = ?",
        &damaged,
    );
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    assert_eq!(setup.inbox(RECEIVER).await, [sound]);
    let connection = rusqlite::Connection::open(setup.path().join("records.sqlite3")).unwrap();
    let count = |sql: &str| -> u32 { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(count("SELECT count(*) FROM routing"), 0);
    assert_eq!(count("SELECT count(*) FROM failed WHERE code = '14'"), 1);
    let audited = "SELECT count(*) FROM audit WHERE action = 'quarantined'";
    assert_eq!(count(audited), 1);
}
