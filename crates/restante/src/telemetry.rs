//! Traces: each step of a message's journey as an OpenTelemetry span, all steps in one trace.
//!
//! The trace id is made from the message id, so that a step joins its message's trace whenever it
//! happens, on whichever process and after whatever restart. Sent by OTLP over HTTP when
//! `OTEL_EXPORTER_OTLP_ENDPOINT` is set; the other variables of OpenTelemetry (service name,
//! headers, batch size, …) count as they do everywhere. Spans hold ids, workflow and codes, never
//! patient data: an [`Event`] has none.

use std::sync::Arc;
use std::time::SystemTime;

use exchange::{Event, Observer};
use https_listener::{CurrentRequest, TraceParent};
use nhs::{Clock, MessageId, Randomness, SystemClock, SystemRandomness};
use opentelemetry::trace::{
    Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanLinks, SpanProcessor};
use sha2::{Digest, Sha256};

use crate::error::Error;

const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
];

/// Where traces go, if anywhere.
pub struct Traces(Option<Arc<Journeys>>);

impl Traces {
    /// Reads OpenTelemetry's environment variables; without an endpoint nothing is traced.
    pub fn from_environment() -> Result<Self, Error> {
        let given = |name| std::env::var(name).is_ok_and(|value: String| !value.is_empty());
        if !ENDPOINTS.into_iter().any(given) {
            return Ok(Self(None));
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .build()
            .map_err(|error| Error::Usage(format!("OTEL_EXPORTER_OTLP_ENDPOINT: {error}")))?;
        let mut processor = BatchSpanProcessor::builder(exporter).build();
        let name = std::env::var("OTEL_SERVICE_NAME").unwrap_or_else(|_| "restante".to_owned());
        processor.set_resource(&Resource::builder().with_service_name(name).build());
        Ok(Self(Some(Arc::new(Journeys {
            processor,
            scope: InstrumentationScope::builder("restante")
                .with_version(env!("CARGO_PKG_VERSION"))
                .build(),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
        }))))
    }

    /// What the exchange tells its events.
    pub fn observer(&self) -> Arc<dyn Observer> {
        match &self.0 {
            Some(journeys) => Arc::clone(journeys) as Arc<dyn Observer>,
            None => Arc::new(()),
        }
    }

    /// Sends what waits, for at most five seconds, and ends.
    pub async fn stop(self) {
        let Some(journeys) = self.0 else { return };
        let stopped = tokio::task::spawn_blocking(move || journeys.processor.shutdown()).await;
        if !matches!(stopped, Ok(Ok(()))) {
            tracing::warn!("the last traces could not be sent");
        }
    }
}

struct Journeys {
    processor: BatchSpanProcessor,
    scope: InstrumentationScope,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

/// One span before it has a time.
struct Step {
    message: MessageId,
    name: &'static str,
    kind: SpanKind,
    /// The first step of a journey: the parent of all others.
    first: bool,
    attributes: Vec<KeyValue>,
    links: Vec<SpanContext>,
    failed: Option<String>,
}

impl Step {
    fn new(
        message: &MessageId,
        name: &'static str,
        attributes: Vec<(&'static str, String)>,
    ) -> Self {
        let own = [
            ("messaging.system", "mesh".to_owned()),
            ("messaging.message.id", message.to_string()),
        ];
        Self {
            message: message.clone(),
            name,
            kind: SpanKind::Internal,
            first: false,
            attributes: own
                .into_iter()
                .chain(attributes)
                .map(|(key, value)| KeyValue::new(key, value))
                .collect(),
            links: Vec::new(),
            failed: None,
        }
    }
}

impl Observer for Journeys {
    fn observe(&self, event: &Event) {
        for step in steps(event) {
            self.processor.on_end(self.span(step));
        }
    }
}

impl Journeys {
    fn span(&self, step: Step) -> SpanData {
        let now = SystemTime::from(self.clock.now());
        let request = CurrentRequest::get().filter(|_| step.kind == SpanKind::Server);
        let root = root_of(&step.message);
        let (context, parent) = if step.first {
            (root, SpanId::INVALID)
        } else {
            (context(root.trace_id(), self.new_span_id()), root.span_id())
        };
        let caller = request.and_then(|request| request.trace_parent);
        let mut links = SpanLinks::default();
        links.links = step
            .links
            .into_iter()
            .chain(caller.map(of_caller))
            .map(|linked| Link::new(linked, Vec::new(), 0))
            .collect();
        SpanData {
            span_context: context,
            parent_span_id: parent,
            parent_span_is_remote: false,
            span_kind: step.kind,
            name: step.name.into(),
            start_time: request.map_or(now, |request| SystemTime::from(request.begun).min(now)),
            end_time: now,
            attributes: step.attributes,
            dropped_attributes_count: 0,
            events: Default::default(),
            links,
            status: step.failed.map_or(Status::Unset, Status::error),
            instrumentation_scope: self.scope.clone(),
        }
    }

    fn new_span_id(&self) -> SpanId {
        let mut bytes = [0; 8];
        self.randomness.fill(&mut bytes);
        SpanId::from_bytes(bytes)
    }
}

/// The journey's trace, and in it the span of the first step, both made from the message id.
fn root_of(message: &MessageId) -> SpanContext {
    let digest = Sha256::digest(message.as_str().as_bytes());
    let (mut trace, mut span) = ([0; 16], [0; 8]);
    for (to, from) in trace.iter_mut().chain(&mut span).zip(digest) {
        *to = from;
    }
    context(TraceId::from_bytes(trace), SpanId::from_bytes(span))
}

fn context(trace: TraceId, span: SpanId) -> SpanContext {
    SpanContext::new(trace, span, TraceFlags::SAMPLED, false, TraceState::NONE)
}

/// The caller's own span, which becomes a link: a trace has one message, a caller's may have many.
fn of_caller(parent: TraceParent) -> SpanContext {
    let flags = TraceFlags::default().with_sampled(parent.sampled);
    SpanContext::new(
        TraceId::from_bytes(parent.trace_id),
        SpanId::from_bytes(parent.span_id),
        flags,
        true,
        TraceState::NONE,
    )
}

/// The steps an event is: one, and for a failure the beginning of its report's journey too.
fn steps(event: &Event) -> Vec<Step> {
    let (message, name, attributes) = told(event);
    let mut step = Step::new(message, name, attributes);
    match event {
        Event::Accepted { .. } => step.first = true,
        Event::Reported { report, code, .. } => {
            let linked = vec![("mesh.code", code.clone())];
            let mut made = Step::new(report, "report made", linked);
            made.first = true;
            made.links.push(root_of(message));
            step.links.push(root_of(report));
            step.failed = Some(code.clone());
            return vec![step, made];
        }
        _ => {}
    }
    if matches!(
        event,
        Event::Accepted { .. } | Event::Downloaded { .. } | Event::Acknowledged { .. }
    ) {
        step.kind = SpanKind::Server;
    }
    vec![step]
}

type Told<'a> = (&'a MessageId, &'static str, Vec<(&'static str, String)>);

fn told(event: &Event) -> Told<'_> {
    match event {
        Event::Accepted {
            message,
            sender,
            workflow,
        } => {
            let attributes = vec![
                ("mesh.sender", sender.to_string()),
                ("mesh.workflow", workflow.to_string()),
            ];
            (message, "message accepted", attributes)
        }
        Event::Routed { message, practice } => {
            let attributes = vec![("mesh.practice", practice.to_string())];
            (message, "message routed", attributes)
        }
        Event::RoutingDelayed { message } => (message, "message routing delayed", Vec::new()),
        Event::Delivered { message, recipient } => {
            let attributes = vec![("mesh.recipient", recipient.to_string())];
            (message, "message delivered", attributes)
        }
        Event::Downloaded { message, by, chunk } => {
            let attributes = vec![
                ("mesh.recipient", by.to_string()),
                ("mesh.chunk", chunk.to_string()),
            ];
            (message, "message downloaded", attributes)
        }
        Event::Acknowledged { message, by } => {
            let attributes = vec![("mesh.recipient", by.to_string())];
            (message, "message acknowledged", attributes)
        }
        Event::Expired { message } => (message, "message expired", Vec::new()),
        Event::Reported {
            message,
            report,
            code,
        } => {
            let attributes = vec![
                ("mesh.report", report.to_string()),
                ("mesh.code", code.clone()),
            ];
            (message, "message failed", attributes)
        }
    }
}
