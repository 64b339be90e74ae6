//! Traces: a message's journey is one trace, whatever happens to the server on the way.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::kit::{Loop, OSPREY, PATIENT_DATA, STARLING, Service, place_by_hand, restante};
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use nhs::{Clock, MailboxId, SystemClock};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{Span, status::StatusCode};
use prost::Message;

/// An OTLP receiver over HTTP.
struct Collector {
    url: String,
    received: Arc<Mutex<Vec<Bytes>>>,
}

impl Collector {
    fn start() -> Self {
        let received: Arc<Mutex<Vec<Bytes>>> = Arc::default();
        let keep = Arc::clone(&received);
        let receive = async move |body: Bytes| keep.lock().unwrap().push(body);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let router = Router::new().route("/v1/traces", post(receive));
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self { url, received }
    }

    fn spans(&self) -> Vec<Span> {
        let bodies = self.received.lock().unwrap().clone();
        bodies
            .into_iter()
            .flat_map(|body| {
                ExportTraceServiceRequest::decode(body)
                    .unwrap()
                    .resource_spans
            })
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans)
            .collect()
    }

    fn wait_for(&self, name: &str) -> Span {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(span) = self.spans().into_iter().find(|span| span.name == name) {
                return span;
            }
            assert!(Instant::now() < deadline, "no span '{name}'");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn journey(&self, trace_id: &[u8]) -> Vec<Span> {
        let mut spans = self.spans();
        spans.retain(|span| span.trace_id == trace_id);
        spans
    }

    fn assert_no_patient_data(&self) {
        for body in self.received.lock().unwrap().iter() {
            let text = String::from_utf8_lossy(body);
            for datum in PATIENT_DATA {
                assert!(!text.contains(datum), "{datum} in a trace");
            }
        }
    }
}

/// A server that traces; it goes with the value, without a warning.
fn tracing(arguments: &[&str], collector: &Collector) -> Service {
    let mut command = restante();
    command
        .arg("server")
        .args(arguments)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url)
        .env("OTEL_BSP_SCHEDULE_DELAY", "50");
    Service::start(&mut command)
}

fn tracing_server_of(all: &Loop, collector: &Collector) -> Service {
    let config = all.path("server.toml");
    tracing(&["--config", config.to_str().unwrap()], collector)
}

fn names(spans: &[Span]) -> BTreeSet<&str> {
    spans.iter().map(|span| span.name.as_str()).collect()
}

#[test]
fn a_message_s_journey_is_one_trace_over_a_killed_server_and_holds_no_patient_data() {
    let collector = Collector::start();
    let all = Loop::new();
    let server = tracing_server_of(&all, &collector);
    let address = "GPPROVIDER_9693632109_23061946_GARTON";
    place_by_hand(
        &all,
        STARLING,
        "letter",
        address,
        b"<Bundle>GARTON</Bundle>",
    );
    all.collect_until(STARLING, "SENT", ".ctl");
    let first = collector.wait_for("message accepted");
    collector.wait_for("message delivered");
    drop(server);

    let _server = tracing_server_of(&all, &collector);
    all.collect_until(OSPREY, "IN", ".dat");
    collector.wait_for("message acknowledged");

    let journey = collector.journey(&first.trace_id);
    let steps = [
        "accepted",
        "acknowledged",
        "delivered",
        "downloaded",
        "routed",
    ];
    let steps = steps.map(|step| format!("message {step}"));
    assert_eq!(names(&journey), steps.iter().map(String::as_str).collect());
    assert!(first.parent_span_id.is_empty());
    let parents = journey.iter().filter(|span| span.span_id != first.span_id);
    assert!(
        parents
            .into_iter()
            .all(|span| span.parent_span_id == first.span_id)
    );
    let told: BTreeSet<&str> = journey
        .iter()
        .flat_map(|span| &span.attributes)
        .map(|attribute| attribute.key.as_str())
        .collect();
    let known = [
        "mesh.chunk",
        "mesh.practice",
        "mesh.recipient",
        "mesh.sender",
        "mesh.workflow",
        "messaging.message.id",
        "messaging.system",
    ];
    assert_eq!(told, known.into());
    collector.assert_no_patient_data();
}

#[test]
fn a_failed_message_leads_to_its_report_s_journey_and_back() {
    let collector = Collector::start();
    let all = Loop::new();
    let _server = tracing_server_of(&all, &collector);
    let nobody = "GPPROVIDER_9111231130_23061946_GARTON";
    place_by_hand(&all, STARLING, "letter", nobody, b"<Bundle/>");
    all.collect_until(STARLING, "IN", ".ctl");
    let failed = collector.wait_for("message failed");
    collector.wait_for("message acknowledged");
    assert_eq!(failed.status.as_ref().unwrap().code(), StatusCode::Error);
    assert_eq!(failed.status.as_ref().unwrap().message, "EPL-153");
    let report = collector.journey(&failed.links[0].trace_id);
    let steps = ["message acknowledged", "message downloaded", "report made"];
    assert_eq!(names(&report), steps.into());
    let made = report
        .iter()
        .find(|span| span.name == "report made")
        .unwrap();
    assert_eq!(made.links[0].trace_id, failed.trace_id);
    collector.assert_no_patient_data();
}

#[test]
fn the_caller_s_own_trace_is_linked() {
    let collector = Collector::start();
    let sandbox = ["--sandbox", "--listen", "127.0.0.1:0"];
    let server = tracing(&sandbox, &collector);
    let token = mesh::AuthorizationToken::sign(
        &MailboxId::parse("X26ABC1").unwrap(),
        &"password".into(),
        &"TestKey".into(),
        "nonce",
        1,
        SystemClock.now(),
    );
    let caller = "4bf92f3577b34da6a3ce929d0e0e4736";
    _ = rustls::crypto::ring::default_provider().install_default();
    let send = reqwest::Client::new()
        .post(format!("{}/messageexchange/X26ABC1/outbox", server.url))
        .header("authorization", token)
        .header("traceparent", format!("00-{caller}-00f067aa0ba902b7-01"))
        .header("mex-to", "X26ABC2")
        .header("mex-workflowid", "TEST_WORKFLOW")
        .body("a body");
    let answer = tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(send.send());
    assert_eq!(answer.unwrap().status(), 202);
    let accepted = collector.wait_for("message accepted");
    assert_ne!(
        hex(&accepted.trace_id),
        caller,
        "a message has its own trace"
    );
    assert_eq!(hex(&accepted.links[0].trace_id), caller);
    assert_eq!(hex(&accepted.links[0].span_id), "00f067aa0ba902b7");
    assert!(accepted.start_time_unix_nano <= accepted.end_time_unix_nano);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
