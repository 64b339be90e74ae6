//! FHIR XML. Of any document: writing puts it into an order that reading and writing do not change.
//! Of a document without any finding: it is read the same when it is written, in XML and by way of
//! JSON.
#![no_main]

use fhir::{Document, json, validate, xml};
use libfuzzer_sys::fuzz_target;

mod limits;
use limits::{limits, written as ample};

fuzz_target!(|bytes: &[u8]| {
    let Ok(Document { root, findings }) = xml::read(bytes, &limits()) else {
        return;
    };
    let broken = validate::base(&root);
    let written = xml::write(&root);
    let ordered = xml::read(&written, &ample())
        .expect("what was written is read")
        .root;
    assert!(xml::write(&ordered) == written, "writing is not stable");
    let as_json = json::write(&root);
    if !findings.is_empty() || !broken.is_empty() {
        return;
    }
    assert!(ordered == root, "changed by writing");
    let as_json = as_json.expect("a type without findings is in the table");
    let back = json::read(&as_json, &ample()).expect("JSON that was written is read");
    assert!(
        back.findings.is_empty(),
        "JSON that was written has findings: {:?}",
        back.findings
    );
    assert!(back.root == root, "changed on the way through JSON");
});
