//! How long building, reading and checking a message take.

use std::path::Path;
use std::time::{Duration, Instant};

use nhs::{DateOrder, MailboxId, SystemRandomness};
use send_document::{
    Attachment, BuildParams, CheckedConsultation, Ruleset, Section, build, check, read,
};

pub fn run(file: Option<&Path>) {
    let example = include_bytes!("../../../crates/send-document/examples/consultation.json");
    let consultation = CheckedConsultation::from_json(example).unwrap();
    let built = timed("build, one page", 100, || {
        build(&consultation, Ruleset::V1_3, &params()).unwrap()
    });
    println!(
        "  message {} bytes, PDF {} bytes",
        built.built.message.len(),
        built.pdf.len()
    );

    let built_small = built.built.message.clone();

    let mut long = consultation.clone().into_inner();
    let sections: Vec<Section> = long.sections.iter().cycle().take(200).cloned().collect();
    long.sections = sections;
    let long = long.check().unwrap();
    let built = timed("build, 200 sections", 10, || {
        build(&long, Ruleset::V1_3, &params()).unwrap()
    });
    println!(
        "  message {} bytes, PDF {} bytes",
        built.built.message.len(),
        built.pdf.len()
    );

    let mut large = consultation.into_inner();
    large.attachments.push(Attachment {
        title: "Scan.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        content: b"%PDF-".iter().copied().cycle().take(5_000_000).collect(),
    });
    let large = large.check().unwrap();
    let built = timed("build, 5 MB attachment", 10, || {
        build(&large, Ruleset::V1_3, &params()).unwrap()
    });
    let megabytes = built.built.message.len() as f64 / 1e6;
    let limits = fhir::Limits::default();
    let document = rate("parse", megabytes, || {
        fhir::xml::read(&built.built.message, &limits).unwrap()
    });
    rate("check", megabytes, || check(&document, None, Ruleset::V1_3));
    rate("read", megabytes, || read(&document).unwrap());
    if let Some(path) = file {
        std::fs::write(path, &built.built.message).unwrap();
    }

    // Twice the attachments should take twice the time, not four times.
    for count in [2_500, 5_000, 10_000] {
        let message = with_attachments(&built_small, count);
        let megabytes = message.len() as f64 / 1e6;
        let limits = fhir::Limits {
            elements: 1_000_000,
            ..limits
        };
        println!("{count} attachments:");
        let document = rate("  parse", megabytes, || {
            fhir::xml::read(message.as_bytes(), &limits).unwrap()
        });
        rate("  check", megabytes, || {
            check(&document, None, Ruleset::V1_3)
        });
    }
    for count in [5_000, 10_000, 20_000] {
        let message = with_contained(&built_small, count);
        let megabytes = message.len() as f64 / 1e6;
        println!("{count} contained resources and references:");
        let document = rate("  parse", megabytes, || {
            fhir::xml::read(message.as_bytes(), &limits).unwrap()
        });
        rate("  check", megabytes, || {
            check(&document, None, Ruleset::V1_3)
        });
    }
}

/// A message with contained resources and as many references that lead to none of them: what the
/// review of November 2026 made a practice check for minutes.
fn with_contained(message: &[u8], count: usize) -> String {
    let contained = |n: usize| {
        format!(
            "<contained><Basic><id value=\"c{n}\"/><code><text value=\"x\"/></code></Basic></contained>"
        )
    };
    let author = "<author><reference value=\"#none\"/></author>".repeat(count);
    let contained: String = (0..count).map(contained).collect();
    let message = String::from_utf8(message.to_vec()).unwrap();
    let (head, tail) = message.split_once("<Composition>").unwrap();
    let tail = tail.replacen("</text>", &format!("</text>{contained}"), 1);
    let tail = tail.replacen("<author>", &format!("{author}<author>"), 1);
    format!("{head}<Composition>{tail}")
}

/// A message with more attachments than any consultation may have.
fn with_attachments(message: &[u8], count: usize) -> String {
    let url = |n: usize| format!("urn:uuid:00000000-0000-4000-8000-{n:012}");
    let section = |n| {
        let url = url(n);
        format!("<section><entry><reference value=\"{url}\"/></entry></section>")
    };
    let entry = |n| {
        format!(
            "<entry><fullUrl value=\"{}\"/><resource><Binary><contentType value=\"text/plain\"/>\
             <content value=\"QQ==\"/></Binary></resource></entry>",
            url(n)
        )
    };
    let sections: String = (0..count).map(section).collect();
    let entries: String = (0..count).map(entry).collect();
    let message = String::from_utf8(message.to_vec()).unwrap();
    let (head, tail) = message.split_once("</Composition>").unwrap();
    let tail = tail.replacen("</entry>", &format!("</entry>{entries}"), 1);
    format!("{head}{sections}</Composition>{tail}")
}

fn params() -> BuildParams<'static> {
    BuildParams {
        sender_mailbox: MailboxId::parse("A81001OT001").unwrap(),
        version: 1,
        replaces: None,
        date_order: DateOrder::DayMonthYear,
        now: "2026-03-02T12:30:00Z".parse().unwrap(),
        randomness: &SystemRandomness,
    }
}

/// The median of several runs.
fn median<T>(runs: usize, mut work: impl FnMut() -> T) -> (Duration, T) {
    let mut last = work();
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            last = work();
            start.elapsed()
        })
        .collect();
    times.sort();
    (times[runs / 2], last)
}

fn timed<T>(what: &str, runs: usize, work: impl FnMut() -> T) -> T {
    let (time, result) = median(runs, work);
    println!("{what}: {time:.2?}");
    result
}

fn rate<T>(what: &str, megabytes: f64, work: impl FnMut() -> T) -> T {
    let (time, result) = median(10, work);
    println!(
        "{what}: {time:.2?}, {:.0} MB/s",
        megabytes / time.as_secs_f64()
    );
    result
}
