//! The PDS FHIR client with a PDS that is slow, throttling, failing, garbled or lying. None of it
//! may read as an answer about the patient.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::kit;
use crate::kit::{clock, query, registered};
use crate::net;
use crate::net::{client, options, serve_logged};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use pds::{Demographics, FhirOptions, MatchPolicy, PdsError, Trace};
use serde_json::{Value, json};

/// What the server answers to one request: status, headers, body.
type Reply = (u16, Vec<(&'static str, &'static str)>, String);

fn reply(status: u16, body: impl ToString) -> Reply {
    (status, Vec::new(), body.to_string())
}

/// Answers with the replies in order, the last one for ever; mirrors `X-Request-ID`.
fn server(replies: Vec<Reply>) -> Router {
    let next = Arc::new(AtomicUsize::new(0));
    let replies = Arc::new(replies);
    Router::new().fallback(move |request: Request<Body>| {
        let index = next.fetch_add(1, Ordering::SeqCst).min(replies.len() - 1);
        let (status, headers, body) = replies[index].clone();
        async move {
            let mut response = Response::builder().status(status);
            if !headers.iter().any(|(name, _)| *name == "x-request-id") {
                response = response.header("x-request-id", &request.headers()["x-request-id"]);
            }
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(Body::from(body)).unwrap()
        }
    })
}

fn garton() -> Value {
    json!({
        "resourceType": "Patient",
        "id": "9693632109",
        "identifier": [{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9693632109" }],
        "name": [{ "use": "usual", "family": "GARTON" }],
        "birthDate": "1946-06-23",
        "generalPractitioner": [{ "identifier": {
            "system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "A20047"
        } }],
    })
}

async fn trace(replies: Vec<Reply>) -> (Result<Trace, PdsError>, net::Log) {
    let (address, log) = serve_logged(server(replies)).await;
    let client = client(options(address), MatchPolicy::default(), &clock());
    (
        client
            .trace(&query("9693632109", "23061946", "Garton"))
            .await,
        log,
    )
}

async fn code(reply: Reply) -> &'static str {
    trace(vec![reply]).await.0.unwrap_err().code()
}

#[tokio::test]
async fn passing_faults_are_retried_under_one_request_id() {
    for status in [408, 429, 500, 502, 503, 504] {
        let (result, log) = trace(vec![
            reply(status, ""),
            reply(status, ""),
            reply(200, garton()),
        ])
        .await;
        assert_eq!(result.unwrap(), registered("A20047"), "{status}");
        let log = log.lock().unwrap();
        assert_eq!(log.len(), 3);
        let ids: Vec<_> = log
            .iter()
            .map(|(_, headers)| &headers["x-request-id"])
            .collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{status}");
    }
}

#[tokio::test]
async fn lasting_faults_are_unavailable_with_the_wait_pds_asks_for() {
    for (status, header, expected) in [
        (503, Some("5"), Some(5)),
        (429, Some("60"), Some(60)),
        (429, None, None),
        (500, Some("soon"), None),
    ] {
        let headers = header
            .map(|value| ("retry-after", value))
            .into_iter()
            .collect();
        let (result, log) = trace(vec![(status, headers, String::new())]).await;
        let error = result.unwrap_err();
        assert_eq!(error.code(), "PDS_UNAVAILABLE");
        assert_eq!(
            error.retry_after(),
            expected.map(Duration::from_secs),
            "{status}"
        );
        let attempts = if expected.is_some() { 1 } else { 3 };
        assert_eq!(
            log.lock().unwrap().len(),
            attempts,
            "no waiting inside for long"
        );
    }
}

#[tokio::test]
async fn a_pds_that_never_answers_is_unavailable() {
    let silent = Router::new().fallback(|| async { std::future::pending::<String>().await });
    let (address, _) = serve_logged(silent).await;
    let options = FhirOptions {
        timeout_seconds: 1,
        attempts: 1,
        ..options(address)
    };
    let client = client(options, MatchPolicy::default(), &clock());
    let error = client
        .trace(&query("9693632109", "23061946", "Garton"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "PDS_UNAVAILABLE");
    assert!(error.to_string().contains("no answer in time"));
}

#[tokio::test]
async fn garbage_is_never_an_answer() {
    let outcome = json!({ "resourceType": "OperationOutcome", "issue": [] });
    let mut no_identifier = garton();
    no_identifier["identifier"] = json!([]);
    let mut bad_practice = garton();
    bad_practice["generalPractitioner"][0]["identifier"]["value"] = json!("A/../1");
    let mut bad_period = garton();
    bad_period["generalPractitioner"][0]["identifier"]["period"] = json!({ "end": "never" });
    for (what, answer) in [
        ("nothing", reply(200, "")),
        ("a gateway's page", reply(200, "<html>Welcome</html>")),
        ("cut short", reply(200, &garton().to_string()[..200])),
        ("an array", reply(200, "[]")),
        ("another resource", reply(200, &outcome)),
        ("no identifier", reply(200, no_identifier)),
        ("no ODS code", reply(200, bad_practice)),
        ("no date", reply(200, bad_period)),
        ("a gateway's 404", reply(404, "not here")),
        ("a 404 without a code", reply(404, &outcome)),
        ("a 400 about something else", reply(400, &outcome)),
        ("a redirect", reply(302, "")),
        ("too large", reply(200, " ".repeat(2 << 20))),
    ] {
        assert_eq!(code(answer).await, "PDS_UNEXPECTED_ANSWER", "{what}");
    }
}

#[tokio::test]
async fn a_record_that_contradicts_itself_is_not_believed() {
    for (id, identifier) in [
        ("9733162043", "9693632109"),
        ("9693632109", "9733162043"),
        ("9693632100", "9693632100"),
        ("GARTON", "GARTON"),
        ("9999999999", "9999999999"),
    ] {
        let mut lying = garton();
        lying["id"] = json!(id);
        lying["identifier"][0]["value"] = json!(identifier);
        assert_eq!(
            code(reply(200, lying)).await,
            "PDS_UNEXPECTED_ANSWER",
            "{id} {identifier}"
        );
    }
}

#[tokio::test]
async fn an_answer_to_another_request_is_not_believed() {
    let header = ("x-request-id", "00000000-0000-4000-8000-000000000000");
    let answer = (200, vec![header], garton().to_string());
    assert_eq!(code(answer).await, "PDS_UNEXPECTED_ANSWER");
}

#[tokio::test]
async fn refusals_name_no_patient_and_are_not_retried() {
    for status in [401, 403] {
        let (result, log) = trace(vec![reply(status, garton())]).await;
        let error = result.unwrap_err();
        assert_eq!(error.code(), "PDS_REFUSED");
        assert_eq!(log.lock().unwrap().len(), 1);
        for shown in [format!("{error}"), format!("{error:?}")] {
            assert!(
                !shown.contains("9693632109") && !shown.contains("GARTON"),
                "{shown}"
            );
        }
    }
}

#[tokio::test]
async fn names_count_while_they_are_current() {
    let mut patient = garton();
    patient["name"] = json!([
        { "use": "usual", "family": "SMITH", "period": { "start": "2020-01-01", "end": "2021-12-31" } },
        { "use": "nickname", "family": "GARTON", "period": { "start": "2020-01-01" } },
    ]);
    let matched = trace(vec![reply(200, &patient)]).await.0.unwrap();
    assert_eq!(
        matched,
        kit::registered_on("A20047", pds::MatchedOn::Nickname)
    );
    patient["name"][1]["period"]["end"] = json!("2025-12");
    assert_eq!(
        trace(vec![reply(200, &patient)]).await.0.unwrap(),
        Trace::Mismatch
    );
    patient["name"][1] = json!({ "use": "maiden", "family": "GARTON" });
    let matched = trace(vec![reply(200, &patient)]).await.0.unwrap();
    assert_eq!(
        matched,
        kit::registered_on("A20047", pds::MatchedOn::PreviousName)
    );
}

#[tokio::test]
async fn waiting_for_a_turn_is_bounded() {
    let (address, log) = serve_logged(server(vec![reply(200, garton())])).await;
    let options = FhirOptions {
        requests_per_second: 1,
        timeout_seconds: 1,
        ..options(address)
    };
    let client = client(options, MatchPolicy::default(), &clock());
    let garton = query("9693632109", "23061946", "Garton");
    let (first, second, third) = tokio::join!(
        client.trace(&garton),
        client.trace(&garton),
        client.trace(&garton)
    );
    assert_eq!(first.unwrap(), registered("A20047"));
    assert_eq!(second.unwrap(), registered("A20047"));
    let error = third.unwrap_err();
    assert_eq!(error.code(), "PDS_UNAVAILABLE");
    assert!(error.retry_after().unwrap() > Duration::from_secs(1));
    assert_eq!(log.lock().unwrap().len(), 2);
}
