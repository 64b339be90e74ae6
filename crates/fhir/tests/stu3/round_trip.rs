//! Any tree comes through XML and JSON as it was, and no bytes make a reader fail badly.

use fhir::{Element, Limits, Position, encode_base64, json, validate, xml};
use proptest::prelude::*;

/// Any text that XML can carry.
fn text() -> impl Strategy<Value = String> {
    "[\\PC\t\n\r<>&\"']{1,12}".prop_filter("XML can carry it", |text| {
        !text.contains(['\u{fffe}', '\u{ffff}'])
    })
}

fn extension() -> impl Strategy<Value = Element> {
    let value = prop_oneof![
        text().prop_map(|text| Element::primitive("valueString", text)),
        any::<bool>().prop_map(|flag| Element::primitive("valueBoolean", flag)),
        any::<i32>().prop_map(|number| Element::primitive("valueInteger", number)),
        (any::<i32>(), 0u8..100).prop_map(|(whole, part)| {
            Element::primitive("valueDecimal", format!("{whole}.{part:02}"))
        }),
        text().prop_map(|text| Element::new("valueCoding").child("display", text)),
    ];
    let plain = (text(), value).prop_map(|(url, value)| Element::extension(url, value));
    plain.prop_recursive(3, 12, 3, |inner| {
        (text(), prop::collection::vec(inner, 1..3)).prop_map(|(url, parts)| {
            let mut parts = parts.into_iter();
            let first = parts.next().unwrap();
            Element::extension(url, first).with_all(parts)
        })
    })
}

fn name() -> impl Strategy<Value = Element> {
    let given = (text(), prop::option::of(extension()))
        .prop_map(|(text, extension)| Element::primitive("given", text).with_all(extension));
    (
        prop::collection::vec(given, 0..3),
        text(),
        prop::option::of(extension()),
    )
        .prop_map(|(given, family, extension)| {
            Element::new("name")
                .with_all(given)
                .child("family", family)
                .with_all(extension)
        })
}

fn patient() -> impl Strategy<Value = Element> {
    (
        prop::collection::vec(name(), 0..3),
        prop::collection::vec(extension(), 0..2),
        any::<bool>(),
        prop::option::of(text()),
        prop::option::of(extension()),
    )
        .prop_map(|(names, extensions, active, narrative, birth)| {
            let birth = birth.map(|extension| Element::new("birthDate").with(extension));
            Element::new("Patient")
                .with_all(names)
                .child("active", active)
                .with_all(extensions)
                .with_all(narrative.map(|plain| Element::narrative(&plain)))
                .with_all(birth)
        })
}

fn bundle() -> impl Strategy<Value = Element> {
    prop::collection::vec(patient(), 0..3).prop_map(|patients| {
        let entries = patients.into_iter().enumerate().map(|(index, patient)| {
            Element::new("entry")
                .with(Element::new("resource").with(patient))
                .child("fullUrl", format!("urn:uuid:{index}"))
        });
        Element::new("Bundle")
            .with_all(entries)
            .child("type", "collection")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn trees_come_through_xml_and_json(root in bundle()) {
        let bytes = xml::write(&root);
        let from_xml = xml::read(&bytes, &Limits::default()).unwrap();
        prop_assert_eq!(&from_xml.findings, &[]);
        prop_assert_eq!(&xml::write(&from_xml.root), &bytes);
        let as_json = json::write(&root).unwrap();
        let from_json = json::read(&as_json, &Limits::default()).unwrap();
        prop_assert_eq!(&from_json.findings, &[]);
        prop_assert_eq!(&from_json.root, &from_xml.root);
        prop_assert_eq!(&xml::write(&from_json.root), &bytes);
    }

    #[test]
    fn no_text_makes_a_reader_fail_badly(text in "\\PC{0,80}") {
        let _ = xml::read(text.as_bytes(), &Limits::default()).map(|d| validate::base(&d.root));
        let _ = json::read(text.as_bytes(), &Limits::default()).map(|d| validate::base(&d.root));
    }

    #[test]
    fn a_message_cut_or_changed_anywhere_is_read_or_refused(
        root in patient(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let whole = [xml::write(&root), json::write(&root).unwrap()];
        for bytes in whole {
            let at = at.index(bytes.len());
            let mut changed = bytes.clone();
            changed[at] = byte;
            for bytes in [&bytes[..at], &changed] {
                for read in [xml::read, json::read] {
                    if let Ok(document) = read(bytes, &Limits::default()) {
                        validate::base(&document.root);
                        xml::read(&xml::write(&document.root), &Limits::default()).unwrap();
                    }
                }
            }
        }
    }
}

#[test]
fn a_narrative_of_any_text_is_well_formed() {
    let plain = "<p>&amp; ]]> \u{0}\u{1}\u{ffff} ü";
    let patient = Element::new("Patient").with(Element::narrative(plain));
    let read = xml::read(&xml::write(&patient), &Limits::default())
        .unwrap()
        .root;
    let shown = read.at("text.div").unwrap().xhtml_text().unwrap();
    assert_eq!(shown, "<p>&amp; ]]> \u{fffd}\u{fffd}\u{fffd} ü");
    let odd = Element::new("Patient").child("language", "a\u{1}b");
    let read = xml::read(&xml::write(&odd), &Limits::default())
        .unwrap()
        .root;
    assert_eq!(read.value_at("language"), Some("a\u{fffd}b"));
}

#[test]
fn an_attachment_is_shared_and_not_copied() {
    let binary = Element::new("Binary")
        .child("contentType", "application/pdf")
        .child("content", encode_base64(&vec![7; 1 << 20]));
    let document = xml::read(&xml::write(&binary), &Limits::default()).unwrap();
    let content = document.root.at("content").unwrap();
    let copy = content.clone();
    assert_eq!(
        content.value().unwrap().as_ptr(),
        copy.value().unwrap().as_ptr()
    );
    assert_eq!(content.decode_base64().unwrap(), vec![7; 1 << 20]);
}

#[test]
fn base64_is_decoded_whatever_its_white_space() {
    let broken = Element::primitive("content", "JVBE\r\n Ri\t0x\nLjc=  ");
    assert_eq!(broken.decode_base64().unwrap(), b"%PDF-1.7");
    for text in ["JVBE*", "JVB", "=AAA"] {
        assert!(
            Element::primitive("content", text).decode_base64().is_err(),
            "{text}"
        );
    }
    assert!(Element::new("content").decode_base64().is_err());
}

#[test]
fn namespaces_may_be_prefixed_and_narratives_are_kept() {
    let text = concat!(
        "<f:Patient xmlns:f=\"http://hl7.org/fhir\" xmlns:h=\"http://www.w3.org/1999/xhtml\">\n",
        "<!-- a comment --><f:text><f:status value=\"generated\"/>",
        "<h:div><h:p title=\"a&quot;\">b &amp; <h:b>c</h:b></h:p></h:div></f:text></f:Patient>",
    );
    let document = xml::read(text.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(document.findings, []);
    assert_eq!(validate::base(&document.root), []);
    let div = document.root.at("text.div").unwrap();
    assert_eq!(
        div.xhtml(),
        Some(
            "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p title=\"a&quot;\">b &amp; <b>c</b></p></div>"
        )
    );
    assert_eq!(div.xhtml_text().as_deref(), Some("b & c"));
    let again = xml::read(&xml::write(&document.root), &Limits::default()).unwrap();
    assert_eq!(again.root, document.root);
}

#[test]
fn positions_count_lines_and_characters() {
    let text = "\u{feff}<Patient xmlns=\"http://hl7.org/fhir\"><id value=\"ä\"/><active value=\"true\"/>\n<gender value=\"male\"/></Patient>";
    let root = xml::read(text.as_bytes(), &Limits::default()).unwrap().root;
    let at = |name: &str| root.at(name).unwrap().position().unwrap();
    assert_eq!(
        at("id"),
        Position {
            line: 1,
            column: 38
        }
    );
    assert_eq!(
        at("active"),
        Position {
            line: 1,
            column: 53
        }
    );
    assert_eq!(at("gender"), Position { line: 2, column: 1 });
}
