//! How long a message of each payload takes: to read, to check, and to take out what a task shows.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use fhir::{Budget, Limits};
use itk3::{Checking, View};

/// One good message of our own of each payload that is received only, or received in full.
const OWN: [(&str, &[u8]); 2] = [
    (
        "Update Record, ours",
        include_bytes!("../../../crates/update-record/tests/update_record/good.xml"),
    ),
    (
        "Transfer of Care, ours",
        include_bytes!("../../../crates/transfer-of-care/tests/transfer_of_care/good.xml"),
    ),
];

/// Measures these files, else our own messages.
pub fn run(files: &[PathBuf]) -> std::io::Result<()> {
    for (name, message) in OWN.iter().filter(|_| files.is_empty()) {
        measure(name, message);
    }
    for file in files {
        measure(&file.display().to_string(), &std::fs::read(file)?);
    }
    Ok(())
}

fn measure(name: &str, message: &[u8]) {
    let megabytes = message.len() as f64 / 1e6;
    println!("{name}: {} bytes", message.len());
    let limits = Limits::default();
    let Ok(document) = fhir::read(message, &limits) else {
        println!("  is no FHIR message");
        return;
    };
    let payload = message_check::of_message(Some(&document), None, None);
    println!("  judged as {}", payload.title());
    rate("parse", megabytes, || fhir::read(message, &limits).is_ok());
    rate("check", megabytes, || {
        let checking = Checking {
            transport: None,
            view: View::Receiver,
            served: None,
            budget: &Budget::unlimited(),
        };
        payload.check(&document, &checking).len()
    });
    rate("read for a task", megabytes, || {
        payload.read(&document).is_ok()
    });
}

/// The median of a hundred runs.
fn rate<T>(what: &str, megabytes: f64, mut work: impl FnMut() -> T) {
    let time = |_| {
        let start = Instant::now();
        std::hint::black_box(work());
        start.elapsed()
    };
    let mut times: Vec<Duration> = (0..100).map(time).collect();
    times.sort();
    let median = times[times.len() / 2];
    let a_second = 1.0 / median.as_secs_f64();
    println!(
        "  {what}: {median:.2?}, {a_second:.0} a second, {:.0} MB/s",
        megabytes * a_second
    );
}
