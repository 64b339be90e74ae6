//! What Prometheus and the log are told of what waits.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::kit::{GARTON, RECEIVER, SENDER, Setup, id, strict};
use exchange::Settings;
use jiff::SignedDuration;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

/// What was counted and set on this thread, by name and label values.
#[derive(Default)]
struct Recorded(Mutex<BTreeMap<String, (bool, Arc<AtomicU64>)>>);

impl Recorded {
    fn cell(&self, key: &Key, is_gauge: bool) -> Arc<AtomicU64> {
        let labels = key.labels().map(|label| format!(" {}", label.value()));
        let name = format!("{}{}", key.name(), labels.collect::<String>());
        let mut cells = self.0.lock().unwrap();
        let (_, cell) = cells
            .entry(name)
            .or_insert_with(|| (is_gauge, Arc::default()));
        Arc::clone(cell)
    }

    fn value(&self, name: &str) -> Option<f64> {
        let cells = self.0.lock().unwrap();
        let (is_gauge, cell) = cells.get(name)?;
        let bits = cell.load(Ordering::Relaxed);
        Some(if *is_gauge {
            f64::from_bits(bits)
        } else {
            bits as f64
        })
    }

    fn names(&self) -> String {
        let cells = self.0.lock().unwrap();
        cells.keys().map(|name| format!("{name}\n")).collect()
    }
}

impl Recorder for Recorded {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.cell(key, false))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.cell(key, true))
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// The log of this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn begin(&self) -> tracing::subscriber::DefaultGuard {
        let writer = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    /// The warnings so far that a mailbox has not collected.
    fn warnings(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let lines = text
            .lines()
            .filter(|line| line.contains("has not collected"));
        lines.map(str::to_owned).collect()
    }
}

async fn after(setup: &Setup, hours: i64) {
    setup.time.pass(SignedDuration::from_hours(hours));
    setup.exchange().tidy().await.unwrap();
}

async fn acknowledge(setup: &Setup, message: &str) {
    let caller = setup.caller(RECEIVER).await;
    let acknowledged = setup.exchange().acknowledge(&caller, message).await;
    acknowledged.unwrap();
}

#[tokio::test]
async fn the_oldest_waiting_message_of_a_mailbox_has_its_age_until_it_is_collected() {
    let recorded = Recorded::default();
    let _recording = metrics::set_default_local_recorder(&recorded);
    let setup = Setup::new(strict()).await;
    let message = setup.send(RECEIVER, b"x").await.unwrap();
    setup.time.pass(SignedDuration::from_mins(30));
    setup.send(RECEIVER, b"y").await.unwrap();
    after(&setup, 1).await;
    let of = |what: &str, mailbox| recorded.value(&format!("restante_mailbox_{what} {mailbox}"));
    assert_eq!(of("oldest_seconds", RECEIVER), Some(5_400.0));
    assert_eq!(of("waiting_messages", RECEIVER), Some(2.0));
    assert_eq!(of("not_collected", RECEIVER), Some(0.0));
    assert_eq!(of("oldest_seconds", SENDER), None, "nothing waited there");

    acknowledge(&setup, message.as_str()).await;
    after(&setup, 0).await;
    assert_eq!(of("oldest_seconds", RECEIVER), Some(3_600.0));
    acknowledge(&setup, setup.inbox(RECEIVER).await[0].as_str()).await;
    after(&setup, 0).await;
    assert_eq!(of("oldest_seconds", RECEIVER), Some(0.0));
    assert_eq!(of("waiting_messages", RECEIVER), Some(0.0));
}

#[tokio::test]
async fn reports_are_counted_by_code_and_the_routing_queue_has_its_age_and_no_patient_is_named() {
    let recorded = Recorded::default();
    let _recording = metrics::set_default_local_recorder(&recorded);
    let setup = Setup::new(strict()).await;
    setup.patients.answer(9_693_632_109, None);
    setup.send(GARTON, b"x").await.unwrap();
    setup.exchange().route_due().await.unwrap();
    after(&setup, 2).await;
    let value = |name: &str| recorded.value(name);
    assert_eq!(value("restante_routing_waiting_messages"), Some(1.0));
    assert_eq!(value("restante_routing_oldest_seconds"), Some(7_200.0));
    assert_eq!(value("restante_reports_total EPL-153"), None);

    // the patient is unknown now: a report, and nothing is in the queue any more
    setup.patients.0.lock().unwrap().clear();
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    after(&setup, 0).await;
    assert_eq!(value("restante_routing_waiting_messages"), Some(0.0));
    assert_eq!(value("restante_routing_oldest_seconds"), Some(0.0));
    assert_eq!(value("restante_reports_total EPL-153"), Some(1.0));

    setup.send(RECEIVER, b"x").await.unwrap();
    after(&setup, 6 * 24).await;
    assert_eq!(value("restante_reports_total 14"), Some(1.0));
    assert_eq!(value("restante_quarantined_messages"), Some(0.0));
    let names = recorded.names();
    assert!(
        !names.contains("9693632109") && !names.to_uppercase().contains("GARTON"),
        "{names}"
    );
}

#[tokio::test]
async fn a_mailbox_that_does_not_collect_is_warned_of_once_a_day_well_before_the_report() {
    let (recorded, log) = (Recorded::default(), Log::default());
    let _recording = metrics::set_default_local_recorder(&recorded);
    let _logging = log.begin();
    let setup = Setup::new(strict()).await;
    let message = setup.send(RECEIVER, b"x").await.unwrap();
    after(&setup, 47).await;
    assert_eq!(log.warnings(), [""; 0]);
    after(&setup, 1).await;
    after(&setup, 1).await;
    let warnings = log.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("WARN") && warnings[0].contains(RECEIVER),
        "{warnings:?}"
    );
    let gauge = format!("restante_mailbox_not_collected {RECEIVER}");
    assert_eq!(recorded.value(&gauge), Some(1.0));
    let overview = setup.exchange().mailbox_overview().await.unwrap();
    let marked = overview.iter().filter(|mailbox| mailbox.not_collected);
    let marked: Vec<_> = marked.map(|mailbox| mailbox.mailbox.id.clone()).collect();
    assert_eq!(marked, [id(RECEIVER)]);
    assert!(warnings[0].contains(SENDER), "{warnings:?}");
    let measured = setup.exchange().measured().not_collected;
    let [waiting] = &measured[..] else {
        panic!("{measured:?}")
    };
    assert_eq!((&waiting.mailbox, waiting.waiting), (&id(RECEIVER), 1));
    assert_eq!(waiting.senders, [id(SENDER)]);
    after(&setup, 23).await;
    assert_eq!(log.warnings().len(), 2, "a day after the first");

    acknowledge(&setup, message.as_str()).await;
    after(&setup, 24).await;
    assert_eq!(recorded.value(&gauge), Some(0.0));
    assert_eq!(log.warnings().len(), 2, "it collected");
    assert_eq!(setup.exchange().measured().not_collected, []);
}

#[tokio::test]
async fn nobody_is_warned_when_the_warning_is_off() {
    let log = Log::default();
    let _logging = log.begin();
    let setup = Setup::new(Settings {
        not_collected_warning_hours: 0,
        ..strict()
    })
    .await;
    setup.send(RECEIVER, b"x").await.unwrap();
    after(&setup, 4 * 24).await;
    assert_eq!(log.warnings(), [""; 0]);
}
