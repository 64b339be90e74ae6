//! How fast a message with a 5 MB attachment is read, checked and written.

use std::time::{Duration, Instant};

use fhir::{Element, FhirError, Limits, encode_base64, json, validate, xml};

pub fn run() -> Result<(), FhirError> {
    let content = encode_base64(&vec![0xA5; 5 << 20]);
    let binary = Element::new("Binary")
        .child("id", "a")
        .child("contentType", "application/pdf")
        .child("content", content);
    let entry = Element::new("entry").with(Element::new("resource").with(binary));
    let bundle = Element::new("Bundle")
        .child("type", "collection")
        .with(entry);
    let as_xml = xml::write(&bundle);
    let as_json = json::write(&bundle)?;
    let limits = Limits::default();
    let root = xml::read(&as_xml, &limits)?.root;
    let attachment = root.at("entry.resource.Binary.content");

    report("read XML", as_xml.len(), || {
        xml::read(&as_xml, &limits).is_ok()
    });
    report("read JSON", as_json.len(), || {
        json::read(&as_json, &limits).is_ok()
    });
    report("check", as_xml.len(), || validate::base(&root).is_empty());
    report("write XML", as_xml.len(), || !xml::write(&root).is_empty());
    report("write JSON", as_json.len(), || json::write(&root).is_ok());
    report("decode base64", as_xml.len(), || {
        attachment.is_some_and(|content| content.decode_base64().is_ok())
    });
    Ok(())
}

/// Prints MB/s of the fastest of twenty runs.
fn report(what: &str, bytes: usize, run: impl Fn() -> bool) {
    let mut best = Duration::MAX;
    for _ in 0..20 {
        let start = Instant::now();
        assert!(std::hint::black_box(run()));
        best = best.min(start.elapsed());
    }
    let rate = bytes as f64 / 1e6 / best.as_secs_f64();
    println!(
        "{what:14} {rate:8.0} MB/s  ({:.1} ms)",
        best.as_secs_f64() * 1e3
    );
}
