//! Logs go to stderr: text, or JSON lines with `RESTANTE_LOG_FORMAT=json`. They go to files too where a configuration
//! or a service says so.
//!
//! `RESTANTE_LOG` is a level (error, warn, info, debug, trace) for Restante's own crates. Libraries
//! are held at `warn` whatever it says: at lower levels HTTP libraries print request paths and
//! headers, and those carry patients' addresses.

#[cfg(windows)]
pub mod event_log;
mod files;
mod lines;

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::OnceLock;

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterFn, LevelFilter, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Identity, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

use files::LogFiles;
use lines::Lines;

/// What is logged to besides stderr, once somebody says to what.
type Besides = Vec<Box<dyn Layer<Registry> + Send + Sync>>;
static BESIDES: OnceLock<reload::Handle<Besides, Registry>> = OnceLock::new();

macro_rules! own_crates {
    ($($name:literal)+) => {
        /// The crates of this workspace, as they are named in a line's target; a test compares them
        /// with the folders.
        const OWN_CRATES: &[&str] = &[$($name),+];

        #[cfg(test)]
        fn log_a_line_of_each_crate() {
            $(tracing::info!(target: concat!($name, "::module"), "a line of {}", $name);)+
        }
    };
}

own_crates! {
    "alerting"
    "durable"
    "exchange"
    "exchange_console"
    "fhir"
    "gp_system"
    "https_listener"
    "itk3"
    "journey"
    "load_generator"
    "mail_store"
    "mesh"
    "mesh_client"
    "mesh_server"
    "message_check"
    "nhs"
    "openid_connect"
    "pages"
    "pds"
    "reconcile"
    "rehearsal"
    "restante"
    "sandbox_pages"
    "send_document"
    "settings"
    "source_view"
    "text_input"
    "transfer_of_care"
    "update_record"
}

/// A log that was started.
#[must_use]
pub struct Log(Lines);

impl Log {
    /// Writes what is still to be written; to be called before the process ends.
    pub fn end(&self) {
        self.0.end();
    }
}

/// Starts logging: from `info` for a service, from `warn` for other commands. A service's lines of requests are gathered and
/// written by another thread (decision D-430).
pub fn start(is_service: bool) -> Log {
    let usual = if is_service { Level::INFO } else { Level::WARN };
    let wanted = std::env::var("RESTANTE_LOG")
        .ok()
        .and_then(|text| text.parse::<Level>().ok());
    let (besides, handle) = reload::Layer::new(nothing_besides());
    let lines = Lines::to(std::io::stderr(), is_service);
    let log = log(
        wanted.unwrap_or(usual),
        is_json(),
        lines.clone(),
        Some(besides),
    );
    _ = BESIDES.set(handle);
    if let Err(error) = log.try_init() {
        let _ = writeln!(
            std::io::stderr(),
            "restante: logging could not start: {error}"
        );
    }
    let (told, before) = (lines.clone(), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        told.write_in_a_panic();
        before(panic);
    }));
    Log(lines)
}

/// A list without a layer would stop every line.
fn nothing_besides() -> Besides {
    vec![Identity::new().boxed()]
}

fn is_json() -> bool {
    std::env::var("RESTANTE_LOG_FORMAT").is_ok_and(|format| format == "json")
}

/// Logs to files of this name in a directory from now on, besides. Where that fails, the log says so and goes on
/// without them: no message waits for it.
pub fn to_files_too(directory: &Path, name: &str) {
    match LogFiles::open(directory, name) {
        Ok(files) => {
            let lines = fmt::layer().log_internal_errors(false).with_writer(files);
            let lines = if is_json() {
                lines.json().boxed()
            } else {
                lines.with_ansi(false).boxed()
            };
            too(lines);
        }
        Err(error) => {
            tracing::error!(%error, directory = %directory.display(), "the log is not written to files");
        }
    }
}

/// Has warnings and errors go to the event log of Windows too, under a source's name.
#[cfg(windows)]
pub fn to_event_log_too(source: &str) {
    match event_log::EventLog::open(source) {
        Ok(layer) => too(layer.boxed()),
        Err(error) => tracing::warn!(%error, "the event log is not written to"),
    }
}

fn too(layer: Box<dyn Layer<Registry> + Send + Sync>) {
    let Some(handle) = BESIDES.get() else {
        return;
    };
    if let Err(error) = handle.modify(|layers| layers.push(layer)) {
        tracing::error!(%error, "the log goes to stderr only");
    }
}

/// A log of what [`filter`] lets through.
fn log<W>(
    level: Level,
    json: bool,
    writer: W,
    besides: Option<reload::Layer<Besides, Registry>>,
) -> impl Subscriber
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer()
        // a log that cannot be written, on a full disk say, must not end the request it is about
        .log_internal_errors(false)
        .with_writer(writer);
    let lines = if json {
        lines.json().boxed()
    } else {
        lines.with_ansi(std::io::stderr().is_terminal()).boxed()
    };
    tracing_subscriber::registry()
        .with(besides)
        .with(filter(level))
        .with(lines)
}

/// Lets lines of our own crates through from `level`, those of libraries from `warn`.
fn filter(level: Level) -> FilterFn<impl Fn(&Metadata<'_>) -> bool> {
    let lets_through = move |metadata: &Metadata<'_>| {
        let from = if is_ours(metadata.target()) {
            level
        } else {
            Level::WARN
        };
        *metadata.level() <= from
    };
    filter_fn(lets_through).with_max_level_hint(LevelFilter::from_level(level.max(Level::WARN)))
}

/// Whether a line's target lies in a crate of this workspace.
fn is_ours(target: &str) -> bool {
    let name = target.split("::").next().unwrap_or_default();
    OWN_CRATES.contains(&name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_crate_of_the_workspace_is_one_of_ours() {
        let crates = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let mut folders: Vec<String> = std::fs::read_dir(crates)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.join("Cargo.toml").exists() && !path.ends_with("test-kit"))
            .map(|path| {
                path.file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('-', "_")
            })
            .collect();
        // the one tool that the product calls
        folders.push("load_generator".to_owned());
        folders.sort();
        assert_eq!(folders, OWN_CRATES, "own_crates! in logging.rs");
    }

    #[test]
    fn lines_go_besides_from_when_it_is_said_and_to_the_first_place_always() {
        let (first, second) = (Kept::default(), Kept::default());
        let (writer, other) = (first.clone(), second.clone());
        let (besides, handle) = reload::Layer::new(nothing_besides());
        let log = log(Level::INFO, false, move || writer.clone(), Some(besides));
        tracing::subscriber::with_default(log, || {
            tracing::info!(target: "restante", "before");
            let lines = fmt::layer().with_writer(move || other.clone());
            handle.modify(|layers| layers.push(lines.boxed())).unwrap();
            tracing::info!(target: "restante", "after");
            tracing::info!(target: "hyper::proto", "GET /patient");
        });
        let text = |kept: &Kept| String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(text(&first).contains("before") && text(&first).contains("after"));
        assert!(!text(&second).contains("before") && text(&second).contains("after"));
        assert!(!text(&second).contains("GET /patient"));
    }

    #[test]
    fn a_line_of_each_crate_reaches_the_log_and_libraries_are_held_at_warn() {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = log(Level::INFO, false, move || writer.clone(), None);
        tracing::subscriber::with_default(log, || {
            log_a_line_of_each_crate();
            tracing::debug!(target: "pages::access", "too detailed");
            tracing::info!(target: "hyper::proto", "GET /patient");
            tracing::info!(target: "mesh_library", "no crate of ours");
            tracing::warn!(target: "hyper::proto", "a library's warning");
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        for name in OWN_CRATES {
            assert!(text.contains(&format!("a line of {name}\n")), "{text}");
        }
        assert!(text.contains("a library's warning"), "{text}");
        for refused in ["too detailed", "GET /patient", "no crate of ours"] {
            assert!(!text.contains(refused), "{text}");
        }
    }
}
