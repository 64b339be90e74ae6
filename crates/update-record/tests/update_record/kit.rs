//! One good message of our own making, and how tests change it.

use fhir::{Budget, Document, Limits, xml};
use itk3::{Checking, Finding, Stage, TransportMetadata, View};

pub const GOOD: &str = include_str!("good.xml");

/// The resources of the good message, by the end of their id.
pub const HEADER: &str = "01";
pub const SENDER: &str = "02";
pub const DOCUMENT: &str = "03";
pub const COMPOSITION: &str = "04";
pub const ENCOUNTER: &str = "05";
pub const PHARMACY: &str = "06";
pub const CLINICIAN: &str = "07";
pub const ROLE: &str = "08";
pub const PATIENT: &str = "09";
pub const PRESSURE: &str = "10";
pub const PULSE: &str = "11";
pub const TEMPERATURE: &str = "13";
pub const PREGNANCY: &str = "14";
pub const REPORT: &str = "15";
pub const SUPPLY: &str = "16";
pub const COMPLAINT: &str = "17";
pub const SUMMARY: &str = "18";
pub const ADVICE: &str = "19";

pub const ID: &str = "b6b1f0a2-0000-4000-8000-0000000000";

/// `text` with the first `from` behind the id of a resource replaced.
pub fn changed(text: &str, within: &str, from: &str, to: &str) -> String {
    let anchor = format!("<id value=\"{ID}{within}\"/>");
    let (before, behind) = text.split_once(&anchor).expect(within);
    assert!(behind.contains(from), "{within}: {from}");
    format!("{before}{anchor}{}", behind.replacen(from, to, 1))
}

/// `text` without the entry of a resource, and without the section's reference to it.
pub fn without(text: &str, resource: &str) -> String {
    let url = format!("<entry><fullUrl value=\"urn:uuid:{ID}{resource}\"/>");
    let (before, behind) = text.split_once(&url).expect(resource);
    let (_, behind) = behind.split_once("</entry>").unwrap();
    let listed = format!("<entry><reference value=\"urn:uuid:{ID}{resource}\"/></entry>");
    format!("{before}{behind}").replace(&listed, "")
}

/// `text` with an entry more at the end of the document.
pub fn with_entry(text: &str, id: &str, resource: &str) -> String {
    let entry = format!(
        "<entry><fullUrl value=\"urn:uuid:{ID}{id}\"/><resource>{resource}</resource></entry>"
    );
    let end = "</Bundle></resource></entry>";
    text.replacen(end, &format!("{entry}{end}"), 1)
}

pub fn read(text: &str) -> Document {
    xml::read(text.as_bytes(), &Limits::default()).unwrap()
}

pub fn transport() -> TransportMetadata<'static> {
    TransportMetadata {
        from: "FA001OT001",
        to: "GPPROVIDER_9691375087_19840506_REHEARSAL",
        subject: "Corner Pharmacy - minor illness for Rae REHEARSAL, NHS Number: 9691375087, seen at \
                  Corner Pharmacy, ODS code: FA001, version 1",
        workflow: "GPCONNECT_UPDATE_RECORD",
        local_id: "FA001",
        stage: Stage::Sent,
    }
}

/// What is found in a message, on the side of its sender or its receiver.
pub fn found(text: &str, view: View, transport: Option<&TransportMetadata<'_>>) -> Vec<Finding> {
    let checking = Checking {
        transport,
        view,
        served: None,
        budget: &Budget::unlimited(),
    };
    update_record::check(&read(text), &checking)
}
