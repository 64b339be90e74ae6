//! FHIR JSON. Of any document: it can be written in both formats and read again. Of a document
//! without any finding: writing it does not change it, in JSON and by way of XML.
#![no_main]

use fhir::{Document, json, validate, xml};
use libfuzzer_sys::fuzz_target;

mod limits;
use limits::{limits, written as ample};

fuzz_target!(|bytes: &[u8]| {
    let Ok(Document { root, findings }) = json::read(bytes, &limits()) else {
        return;
    };
    let broken = validate::base(&root);
    let written = json::write(&root).expect("what was read can be written");
    let as_xml = xml::write(&root);
    let ordered = json::read(&written, &ample()).expect("JSON that was written is read");
    let from_xml = xml::read(&as_xml, &ample()).expect("XML that was written is read");
    if !findings.is_empty() || !broken.is_empty() {
        return;
    }
    // JSON has no order of names; the writers put them into STU3's.
    assert!(
        json::write(&ordered.root).ok() == Some(written),
        "writing is not stable"
    );
    assert!(
        ordered.findings.is_empty(),
        "findings of what was written: {:?}",
        ordered.findings
    );
    assert!(
        from_xml.findings.is_empty(),
        "findings of what was written: {:?}",
        from_xml.findings
    );
    assert!(ordered.root == from_xml.root, "the two formats differ");
});
