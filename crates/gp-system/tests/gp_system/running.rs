//! The practice working by itself, and what it logs while it does.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::{Which, World, consultation};
use gp_system::ConsultationState;
use tokio_util::sync::CancellationToken;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_running_practices_close_the_loop_and_log_no_patient_data() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .init();
    let mut world = World::new();
    let shutdown = CancellationToken::new();
    let running: Vec<_> = [&world.starling, &world.osprey]
        .map(|side| (side.practice.clone(), shutdown.clone()))
        .into_iter()
        .map(|(practice, shutdown)| tokio::spawn(async move { practice.run(shutdown).await }))
        .collect();
    let id = world
        .starling
        .practice
        .submit(consultation())
        .await
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while world.starling.record(id).state != ConsultationState::Delivered {
        assert!(Instant::now() < deadline, "delivered within a minute");
        let carried = world.carry(Which::Starling).len() + world.carry(Which::Osprey).len();
        if carried == 0 {
            tokio::task::yield_now().await;
        }
    }
    let failing = world
        .starling
        .practice
        .submit(consultation())
        .await
        .unwrap();
    let pair = loop {
        assert!(Instant::now() < deadline, "placed within a minute");
        if let Some(pair) = world.collect(Which::Starling).pop() {
            break pair;
        }
        tokio::task::yield_now().await;
    };
    world.report(&pair, &mesh::status::NHS_NUMBER_NOT_FOUND);
    while world.starling.record(failing).state != ConsultationState::Failed {
        assert!(Instant::now() < deadline, "failed within a minute");
        tokio::task::yield_now().await;
    }
    shutdown.cancel();
    for practice in running {
        practice.await.unwrap();
    }
    let told = format!(
        "{}{:?}{:?}{:?}{:?}",
        String::from_utf8(log.0.lock().unwrap().clone()).unwrap(),
        world.starling.events(),
        world.osprey.events(),
        world.starling.practice.consultations().unwrap(),
        world.osprey.practice.tasks().unwrap(),
    );
    assert!(told.contains("alert"), "the failure was logged");
    for secret in [
        "GARTON",
        "Garton",
        "Bill",
        "9693632109",
        "1946-06-23",
        "23061946",
        "19460623",
        "GPPROVIDER",
    ] {
        assert!(!told.contains(secret), "the log names no patient");
    }
}
