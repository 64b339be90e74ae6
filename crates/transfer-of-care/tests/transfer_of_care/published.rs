//! The published letters, judged as the sheet says and read with every section.

use std::collections::BTreeSet;

use fhir::narrative::Narrative;
use fhir::{Document, Element, Limits, Severity};
use itk3::{Event, Message, Payload, View};
use test_kit::shared_files;
use transfer_of_care::{Heading, TransferOfCare};

use crate::kit::{GOOD, found};

/// The messages of the four events in the folders.
fn messages() -> Vec<(String, Document)> {
    let folders = ["itk3-payloads/messages", "itk3/messages-other-itk3"];
    let files = folders
        .iter()
        .flat_map(|folder| shared_files(folder, "xml"));
    let read =
        |(name, bytes): (String, Vec<u8>)| (name, fhir::read(&bytes, &Limits::default()).unwrap());
    files
        .map(read)
        .filter(|(_, message)| is_letter(message))
        .collect()
}

fn is_letter(message: &Document) -> bool {
    let event = Message::of(&message.root).and_then(|it| it.event().and_then(Event::parse));
    TransferOfCare
        .kinds()
        .iter()
        .any(|kind| Some(kind.event) == event)
}

fn composition(message: &Document) -> &Element {
    let payload = Message::of(&message.root).unwrap().payload().unwrap();
    fhir::Bundle::of(payload).unwrap().first().unwrap()
}

fn has_every_section(name: &str, message: &Document) {
    let sections: Vec<_> = composition(message).all("section").collect();
    let letter = TransferOfCare.read(message).unwrap();
    assert_eq!(letter.sections.len(), sections.len(), "{name}");
    for (section, read) in sections.iter().zip(&letter.sections) {
        let heading = read.code.as_deref().and_then(Heading::of_code);
        let title = &read.title;
        assert!(
            heading.is_some() || name.starts_with("ITK-EDIS"),
            "{name}: {title}"
        );
        let text = section.at("text.div").unwrap().xhtml_text().unwrap();
        let all: String = text.split_whitespace().collect();
        let plain: String = read.text().split_whitespace().collect();
        assert_eq!(
            plain.replace('|', ""),
            all.replace('|', ""),
            "{name}: {title}"
        );
        let kept = Narrative::of(&read.narrative.to_xhtml());
        assert!(kept == read.narrative, "{name}: {title}");
    }
    let entries = letter.sections.iter().map(|it| it.entries.len());
    assert!(entries.sum::<usize>() > 0, "{name}");
}

#[test]
fn messages_have_their_known_faults_and_every_section_is_read() {
    for (name, message) in messages() {
        if name == "ITK-SendPayload-Payload-Removed-Example-1.xml" {
            assert!(TransferOfCare.read(&message).is_err());
            continue;
        }
        has_every_section(&name, &message);
        let findings = found(&message, View::Receiver);
        let errors: BTreeSet<_> = findings
            .iter()
            .filter(|it| it.severity == Severity::Error)
            .map(|it| it.id)
            .collect();
        let known: &[&str] = match name.as_str() {
            // An immunisation's definition under the event of a discharge.
            "ITK-EDIS-Example-1.xml" => &["itk3-message-definition", "itk3-patient-number"],
            _ => &["itk3-patient-number"],
        };
        assert!(errors.iter().eq(known), "{name}: {errors:?}");
    }
}

/// Bare documents, in the envelope of our own letter.
#[test]
fn documents_of_the_profiles_are_taken_with_every_section() {
    for (name, bytes) in shared_files("itk3-payloads/documents", "xml") {
        let text = String::from_utf8(bytes).unwrap();
        let bundle = text.split_once("<Bundle").unwrap().1;
        let (before, _) = GOOD.split_once("<Bundle><id").unwrap();
        let event = &name[..7];
        let message = format!("{before}<Bundle{bundle}</resource></entry>\n</Bundle>")
            .replace("ITK003D", event);
        let message = fhir::read(message.as_bytes(), &Limits::default()).unwrap();
        has_every_section(&name, &message);
        let errors: BTreeSet<_> = found(&message, View::Receiver)
            .into_iter()
            .filter(|it| it.severity == Severity::Error && it.id.starts_with("toc-"))
            .map(|it| it.id)
            .collect();
        assert_eq!(errors, BTreeSet::new(), "{name}");
    }
}
