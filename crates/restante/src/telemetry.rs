//! Traces: each step of a message's journey as an OpenTelemetry span, all steps in one trace.
//!
//! The trace id is made from the message id, so that a step joins its message's trace whenever it
//! happens, on whichever process and after whatever restart. Sent by OTLP over HTTP when
//! `OTEL_EXPORTER_OTLP_ENDPOINT` is set; the other variables of OpenTelemetry (service name,
//! headers, batch size, …) count as they do everywhere. Spans hold ids, workflow and codes, never
//! patient data: an [`Event`] has none.

use std::cell::Cell;
use std::sync::Arc;
use std::time::SystemTime;

use https_listener::{CurrentRequest, TraceParent};
use journey::{Event, Observer, Work};
use nhs::{Clock, MessageId, SystemClock};
use opentelemetry::trace::{
    Link, Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt,
    TraceFlags, TraceId, TraceState, TracerProvider,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    IdGenerator, RandomIdGenerator, Sampler, SdkTracer, SdkTracerProvider,
};
use sha2::{Digest, Sha256};

use crate::error::Error;

const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
];

/// Where traces go, if anywhere.
pub struct Traces(Option<Arc<Spans>>);

impl Traces {
    /// Reads OpenTelemetry's environment variables; without an endpoint nothing is traced.
    ///
    /// # Errors
    ///
    /// When an endpoint is given that cannot be sent to.
    pub fn from_environment() -> Result<Self, Error> {
        let given = |name| std::env::var(name).is_ok_and(|value: String| !value.is_empty());
        if !ENDPOINTS.into_iter().any(given) {
            return Ok(Self(None));
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .build()
            .map_err(|error| Error::Usage(format!("OTEL_EXPORTER_OTLP_ENDPOINT: {error}")))?;
        let name = std::env::var("OTEL_SERVICE_NAME").unwrap_or_else(|_| "restante".to_owned());
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_id_generator(MessageIds::default())
            .with_sampler(Sampler::AlwaysOn)
            .with_resource(Resource::builder().with_service_name(name).build())
            .build();
        let scope = InstrumentationScope::builder("restante")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        Ok(Self(Some(Arc::new(Spans {
            tracer: provider.tracer_with_scope(scope),
            provider,
            clock: Arc::new(SystemClock),
        }))))
    }

    /// What the exchange tells its events.
    pub fn observer(&self) -> Arc<dyn Observer> {
        match &self.0 {
            Some(spans) => Arc::clone(spans) as Arc<dyn Observer>,
            None => Arc::new(()),
        }
    }

    /// Sends what waits, for at most five seconds, and ends.
    pub async fn stop(self) {
        let Some(spans) = self.0 else { return };
        let stopped = tokio::task::spawn_blocking(move || spans.provider.shutdown()).await;
        if !matches!(stopped, Ok(Ok(()))) {
            tracing::warn!("the last traces could not be sent");
        }
    }
}

struct Spans {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    clock: Arc<dyn Clock>,
}

impl Observer for Spans {
    fn carry(&self, work: Work) -> Work {
        match CurrentRequest::get() {
            Some(request) => Box::pin(request.around(work)),
            None => work,
        }
    }

    fn observe(&self, event: &Event) {
        let message = event.message();
        let span = span(
            format!("message {}", event.name()),
            message,
            event.details(),
        );
        match event {
            Event::Accepted { .. } => {
                let span = self.within_request(span);
                self.record(span, Position::First, message, None);
            }
            Event::Downloaded { .. } | Event::Acknowledged { .. } => {
                let span = self.within_request(span);
                self.record(span, Position::Later, message, None);
            }
            Event::Reported { report, code, .. } => {
                let failed = span.with_links(vec![link_to(root_of(report))]);
                self.record(failed, Position::Later, message, Some(code));
                let details = vec![("code", code.clone())];
                let made = self::span("report made".to_owned(), report, details)
                    .with_links(vec![link_to(root_of(message))]);
                self.record(made, Position::First, report, None);
            }
            _ => self.record(span, Position::Later, message, None),
        }
    }
}

/// Whether a span begins its message's journey and is the parent of all the others.
enum Position {
    First,
    Later,
}

impl Spans {
    /// The step is the answer to the request that this task serves: it began with it, and leads to
    /// the caller's own span. A link, no parent: a trace has one message, a caller's may have many.
    fn within_request(&self, span: SpanBuilder) -> SpanBuilder {
        let span = span.with_kind(SpanKind::Server);
        let Some(request) = CurrentRequest::get() else {
            return span;
        };
        let begun = SystemTime::from(request.begun).min(self.now());
        let links = request.trace_parent.map(of_caller).map(link_to);
        span.with_start_time(begun)
            .with_links(links.into_iter().collect())
    }

    /// Ends the span now and hands it to the exporter.
    fn record(
        &self,
        span: SpanBuilder,
        position: Position,
        message: &MessageId,
        failure: Option<&str>,
    ) {
        let now = self.now();
        let root = root_of(message);
        let ids = (root.trace_id(), root.span_id());
        let (parent, next) = match position {
            Position::First => (Context::new(), Some(ids)),
            Position::Later => (Context::new().with_remote_span_context(root), None),
        };
        let begun = span.start_time.unwrap_or(now);
        NEXT_ROOT.set(next);
        let mut span = span
            .with_start_time(begun)
            .start_with_context(&self.tracer, &parent);
        if let Some(code) = failure {
            span.set_status(Status::error(code.to_owned()));
        }
        span.end_with_timestamp(now);
    }

    fn now(&self) -> SystemTime {
        SystemTime::from(self.clock.now())
    }
}

fn span(name: String, message: &MessageId, details: Vec<(&'static str, String)>) -> SpanBuilder {
    let own = [
        KeyValue::new("messaging.system", "mesh"),
        KeyValue::new("messaging.message.id", message.to_string()),
    ];
    let details = details
        .into_iter()
        .map(|(name, value)| KeyValue::new(format!("mesh.{name}"), value));
    SpanBuilder::from_name(name).with_attributes(own.into_iter().chain(details))
}

fn link_to(context: SpanContext) -> Link {
    Link::new(context, Vec::new(), 0)
}

thread_local! {
    /// The ids of the span that this thread starts next, when that begins a message's journey.
    static NEXT_ROOT: Cell<Option<(TraceId, SpanId)>> = const { Cell::new(None) };
}

/// Gives the first span of a message's journey the ids made from the message id, any other span a
/// random one. The tracer asks on the thread that starts the span.
#[derive(Debug, Default)]
struct MessageIds(RandomIdGenerator);

impl IdGenerator for MessageIds {
    fn new_trace_id(&self) -> TraceId {
        let root = NEXT_ROOT.get();
        root.map_or_else(|| self.0.new_trace_id(), |(trace, _)| trace)
    }

    fn new_span_id(&self) -> SpanId {
        let root = NEXT_ROOT.get();
        root.map_or_else(|| self.0.new_span_id(), |(_, span)| span)
    }
}

/// The journey's trace, and in it the span of the first step, both made from the message id.
fn root_of(message: &MessageId) -> SpanContext {
    let digest = Sha256::digest(message.as_str().as_bytes());
    let (mut trace, mut span) = ([0; 16], [0; 8]);
    for (to, from) in trace.iter_mut().chain(&mut span).zip(digest) {
        *to = from;
    }
    SpanContext::new(
        TraceId::from_bytes(trace),
        SpanId::from_bytes(span),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    )
}

fn of_caller(parent: TraceParent) -> SpanContext {
    SpanContext::new(
        TraceId::from_bytes(parent.trace_id),
        SpanId::from_bytes(parent.span_id),
        TraceFlags::default().with_sampled(parent.sampled),
        true,
        TraceState::NONE,
    )
}
