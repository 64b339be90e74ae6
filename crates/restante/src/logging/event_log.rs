//! Warnings and errors in the event log of Windows, where its administrators look.

use std::fmt::{self, Write};

use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use winsafe::guard::DeregisterEventSourceGuard;
use winsafe::{HEVENTLOG, HKEY, RegistryValue, SysResult, co};

/// Characters of a line; the event log takes about thirty thousand.
const LONGEST: usize = 8_000;

const SOURCES: &str = r"SYSTEM\CurrentControlSet\Services\EventLog\Application";

/// A program of Windows whose messages 1 to 1000 are the text that comes with an event, and nothing else. With one of
/// our own, who reads the event log would keep our program open, and an update could not replace it.
const MESSAGES: &str = r"%SystemRoot%\System32\EventCreate.exe";

/// Has the event log know a source, so that it shows the source's lines as they are.
///
/// # Errors
///
/// When the registry cannot be written to.
pub fn register(source: &str) -> SysResult<()> {
    let key = format!(r"{SOURCES}\{source}");
    HKEY::LOCAL_MACHINE.RegSetKeyValue(
        Some(&key),
        Some("EventMessageFile"),
        RegistryValue::ExpandSz(MESSAGES.to_owned()),
    )?;
    let kinds = co::EVENTLOG::ERROR_TYPE.raw() | co::EVENTLOG::WARNING_TYPE.raw();
    HKEY::LOCAL_MACHINE.RegSetKeyValue(
        Some(&key),
        Some("TypesSupported"),
        RegistryValue::Dword(kinds.into()),
    )
}

/// Has the event log forget a source; what it wrote stays.
///
/// # Errors
///
/// When the registry cannot be written to.
pub fn deregister(source: &str) -> SysResult<()> {
    HKEY::LOCAL_MACHINE.RegDeleteTree(Some(&format!(r"{SOURCES}\{source}")))
}

/// A layer that writes to the event log under a source's name.
pub struct EventLog(Mutex<DeregisterEventSourceGuard>);

impl EventLog {
    /// Opens it.
    ///
    /// # Errors
    ///
    /// When the event log is not there.
    pub fn open(source: &str) -> SysResult<Self> {
        let log = HEVENTLOG::RegisterEventSource(None, source)?;
        Ok(Self(Mutex::new(log)))
    }
}

impl<S: Subscriber> Layer<S> for EventLog {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let (kind, id) = match *event.metadata().level() {
            Level::ERROR => (co::EVENTLOG::ERROR_TYPE, 1),
            Level::WARN => (co::EVENTLOG::WARNING_TYPE, 2),
            _ => return,
        };
        let mut line = Line::default();
        event.record(&mut line);
        let text = line.0.get(..line.0.floor_char_boundary(LONGEST));
        let text = text.unwrap_or_default().trim_start();
        // The log files have it too; there is nobody to tell that this log does not.
        _ = self.0.lock().ReportEvent(kind, 0, id, None, &[text], &[]);
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
