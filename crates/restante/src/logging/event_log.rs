//! Warnings and errors in the event log of Windows, where its administrators look.

use std::fmt::{self, Write};

use log::Log;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Characters of a line; the event log takes about thirty thousand.
const LONGEST: usize = 8_000;

/// A layer that writes to the event log under a source's name.
pub struct EventLog(eventlog::EventLog);

impl EventLog {
    /// Opens it.
    ///
    /// # Errors
    ///
    /// When the event log is not there.
    pub fn open(source: &str) -> Result<Self, eventlog::Error> {
        eventlog::EventLog::new(source, log::Level::Warn).map(Self)
    }
}

impl<S: Subscriber> Layer<S> for EventLog {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = match *event.metadata().level() {
            Level::ERROR => log::Level::Error,
            Level::WARN => log::Level::Warn,
            _ => return,
        };
        let mut line = Line::default();
        event.record(&mut line);
        let text = line.0.get(..line.0.floor_char_boundary(LONGEST));
        let text = text.unwrap_or_default().trim_start();
        let target = event.metadata().target();
        let mut record = log::Record::builder();
        record.level(level).target(target);
        self.0.log(&record.args(format_args!("{text}")).build());
    }
}

/// The message, then the fields, as in the log.
#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let fields = std::mem::take(&mut self.0);
            _ = write!(self.0, "{value:?}{fields}");
        } else {
            _ = write!(self.0, " {}={value:?}", field.name());
        }
    }
}
