//! The report, read back by another PDF library.

use crate::common::{built, consultation, parse, report, second_version};
use lopdf::{Document, Object};
use send_document::{Address, Consultation, Item, Ruleset, Section};

fn pdf(consultation: &Consultation) -> Document {
    Document::load_mem(&report(consultation, Ruleset::V1_3).pdf).unwrap()
}

/// The text of each page, white space collapsed.
fn pages(document: &Document) -> Vec<String> {
    let text = |number: &u32| {
        let text = document.extract_text(&[*number]).unwrap();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    document.get_pages().keys().map(text).collect()
}

fn text(consultation: &Consultation) -> String {
    pages(&pdf(consultation)).join(" ")
}

fn item(text: &str) -> Item {
    Item {
        code: None,
        text: Some(text.to_owned()),
        confidential: false,
    }
}

fn long(sections: usize) -> Consultation {
    let mut consultation = consultation();
    for n in 0..sections {
        let title = format!("Section number {n}");
        let items = vec![
            item(&format!("Entry{n} ").repeat(n % 20 + 1)),
            item("and another"),
        ];
        consultation.sections.push(Section { title, items });
    }
    consultation
}

#[test]
fn gpcm_sd_090_every_label_and_value_of_the_template_is_there() {
    let text = text(&consultation());
    for part in [
        "CONSULTATION REPORT",
        "- Confidential: personal data -",
        "GP Connect",
        "Number of related documents: 1",
        "Patient Name:",
        "GARTON, Bill (Mr)",
        "DOB:",
        "23-Jun-1946",
        "NHS No:",
        "969 363 2109",
        "Home/Registered",
        "1 Osprey Lane, Barrow Fell, Ambleside, Cumbria, LA22 9XX",
        "Tel No:",
        "01632 960123",
        "Mobile No:",
        "07700 900123",
        "Consulting Organisation",
        "Clinician:",
        "Dr Helen Marsh, General practitioner",
        "Email:",
        "reception@starling.example",
        "Branch Location:",
        "Starling Beck Surgery",
        "Organisation:",
        "Cumbria Starling Medical Centre, 14 Beck Road",
        "Consultation Date:",
        "02-Mar-2026 09:30",
        "Receiving GP Practice:",
        "Osprey Medical Centre",
        "CLINICAL NOTES",
        "Summary Reason:",
        "History:",
        "Pain in throat: four days, worse on swallowing.",
        "Follow-up Actions:",
        "Own practice to review if no better in one week.",
        "Confidential: personal data",
        "Page 1 of 1",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn labels_of_what_is_not_known_are_left_out() {
    let mut consultation = consultation();
    let shown = text(&consultation);
    assert!(!shown.contains("Current Address:") && !shown.contains("Current Tel No:"));
    let lines = vec!["567 New Street".to_owned(), "Townville".to_owned()];
    consultation.patient.current_address = Some(Address {
        lines,
        postcode: None,
    });
    consultation.patient.current_phone = Some("0113 4960000".to_owned());
    consultation.patient.mobile_phone = None;
    consultation.practice.branch = None;
    let shown = text(&consultation);
    assert!(shown.contains("Current Address:") && shown.contains("567 New Street, Townville"));
    assert!(shown.contains("Current Tel No:") && shown.contains("0113 496 0000"));
    assert!(!shown.contains("Mobile") && !shown.contains("Branch Location"));
}

#[test]
fn gpcm_sd_091_the_version_stands_in_the_report() {
    assert!(text(&consultation()).contains("Version 1"));
    let second = second_version(&consultation(), Ruleset::V1_3);
    let second = send_document::read(&parse(&second.message)).unwrap();
    let second = Document::load_mem(&second.report().unwrap().content).unwrap();
    assert!(pages(&second)[0].contains("Version 2"));
}

#[test]
fn gpcm_sd_144_the_summary_reason_is_the_fixed_sentence() {
    assert!(text(&consultation()).contains(
        "A patient recently consulted with a clinician at an organisation different to the GP \
         practice that they are registered with. The notes contained in this document are a \
         summary of the consultation"
    ));
}

#[test]
fn gpcm_sd_133_a_confidential_item_leaves_its_mark_and_nothing_else() {
    let consultation = consultation();
    let shown = text(&consultation);
    assert!(shown.contains("Confidential item"));
    assert!(!shown.contains("Discussed with the patient alone"));
    let mut two = consultation.clone();
    two.sections[0].items[0].confidential = true;
    assert_eq!(text(&two).matches("Confidential item").count(), 2);
    assert!(!text(&two).contains("Pain in throat"));
    // 2.0 does not send such items at all, nor a section that has no others.
    let newer = report(&consultation, Ruleset::V2_0);
    let newer = pages(&Document::load_mem(&newer.pdf).unwrap()).join(" ");
    assert!(!newer.contains("Confidential item") && !newer.contains("Social history"));
}

#[test]
fn gpcm_sd_102_a_confidential_consultation_says_only_who_and_when() {
    let mut consultation = consultation();
    consultation.confidential = true;
    let shown = text(&consultation);
    assert!(shown.contains("The details of this consultation have been set as confidential"));
    for kept in [
        "GARTON, Bill (Mr)",
        "02-Mar-2026 09:30",
        "Osprey Medical Centre",
    ] {
        assert!(shown.contains(kept), "{kept}");
    }
    for hidden in [
        "Starling",
        "A81001",
        "Clinician",
        "Organisation:",
        "Summary Reason",
        "960200",
        "Email",
    ] {
        assert!(!shown.contains(hidden), "{hidden}");
    }
    let message = built(&consultation, Ruleset::V1_3);
    let read = send_document::read(&parse(&message.message)).unwrap();
    assert_eq!((read.confidential, read.attachments.len()), (true, 1));
    assert_eq!(message.subject, read.text);
    let xml = String::from_utf8(message.message).unwrap();
    for hidden in [
        "Marsh",
        "Helen",
        "555083343101",
        "throat",
        "Tonsil",
        "tablets",
        "swab",
        "reception@",
    ] {
        assert!(!shown.contains(hidden) && !xml.contains(hidden), "{hidden}");
    }
    assert!(!message.subject.contains("Starling") && !message.subject.contains("A81001"));
}

#[test]
fn two_hundred_sections_are_all_there_in_order_and_every_page_has_its_head() {
    let consultation = long(200);
    let pages = pages(&pdf(&consultation));
    let count = pages.len();
    assert!(count > 10, "{count}");
    for (number, page) in pages.iter().enumerate() {
        let label = format!("Page {} of {count}", number + 1);
        assert_eq!(page.matches(&label).count(), 2, "{page}");
        for part in [
            "Version 1",
            "GARTON, Bill (Mr)",
            "969 363 2109",
            "CLINICAL NOTES",
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert_eq!(page.contains("Consulting Organisation"), number == 0);
    }
    let all = pages.join(" ");
    let places = (0..200).map(|n| all.find(&format!("Section number {n}:")).unwrap());
    let places: Vec<_> = places.collect();
    assert!(places.is_sorted());
    for n in 0..200 {
        let entries = all.matches(&format!("Entry{n} ")).count();
        assert_eq!(entries, n % 20 + 1, "section {n}");
    }
}

#[test]
fn the_fullest_details_fit() {
    let mut consultation = long(5);
    let name = "Wolfeschlegelsteinhausenbergerdorff";
    consultation.patient.given_names = vec![name.to_owned(); 6];
    let address = || Address {
        lines: vec!["A rather long line of an address".repeat(3); 3],
        postcode: None,
    };
    consultation.patient.home_address = Some(address());
    consultation.patient.current_address = Some(address());
    consultation.practice.address = address();
    consultation.practice.branch = Some("Branch ".repeat(36));
    consultation.practitioner.role = "Role ".repeat(50);
    consultation.receiving_practice = "Practice ".repeat(28);
    let shown = text(&consultation);
    assert_eq!(shown.matches("Entry4 ").count(), 5);
}

#[test]
fn accents_and_other_alphabets_are_kept_and_what_the_font_lacks_is_marked() {
    let mut consultation = consultation();
    let names = "Élodie Żaneta Siân Ŵyn Mu\u{308}ller Ελένη Людмила O’Grady";
    consultation.sections[0].items[0] = item(&format!("{names} 中 😀 end"));
    let shown = text(&consultation);
    for part in "Élodie Żaneta Siân Ŵyn Müller Ελένη Людмила O’Grady".split(' ')
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(shown.contains("[U+4E2D] [U+1F600] end"), "{shown}");
}

#[test]
fn the_document_is_tagged_titled_and_in_english() {
    let document = pdf(&consultation());
    let catalog = document.catalog().unwrap();
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"en-GB");
    let mark = catalog.get(b"MarkInfo").unwrap().as_dict().unwrap();
    assert!(mark.get(b"Marked").unwrap().as_bool().unwrap());
    let kinds: Vec<String> = document
        .objects
        .values()
        .filter_map(|object| object.as_dict().ok())
        .filter(|dict| dict.get(b"Type").and_then(Object::as_name).ok() == Some(b"StructElem"))
        .filter_map(|dict| dict.get(b"S").and_then(Object::as_name).ok())
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    for (kind, count) in [("H1", 1), ("H2", 2), ("H3", 7), ("Sect", 7)] {
        assert_eq!(
            kinds.iter().filter(|found| *found == kind).count(),
            count,
            "{kind}"
        );
    }
    let xmp = catalog
        .get(b"Metadata")
        .and_then(Object::as_reference)
        .unwrap();
    let xmp = document
        .get_object(xmp)
        .and_then(Object::as_stream)
        .unwrap();
    let xmp = String::from_utf8_lossy(&xmp.content).into_owned();
    assert!(xmp.contains("pdfuaid:part") && xmp.contains("Consultation report, version 1"));
    assert!(!xmp.contains("GARTON"));
}

#[test]
fn gpcm_sd_136_the_fonts_are_embedded_and_titles_are_bold() {
    let document = pdf(&consultation());
    let fonts: Vec<_> = document
        .objects
        .values()
        .filter_map(|object| object.as_dict().ok())
        .filter(|dict| dict.get(b"Type").and_then(Object::as_name).ok() == Some(b"FontDescriptor"))
        .collect();
    let named = |name: &str| {
        fonts.iter().any(|font| {
            let found = font.get(b"FontName").and_then(Object::as_name).unwrap();
            String::from_utf8_lossy(found).ends_with(name)
        })
    };
    assert!(named("LiberationSans") && named("LiberationSans-Bold"));
    assert!(fonts.iter().all(|font| font.has(b"FontFile2")));
}

#[test]
fn gpcm_sd_143_the_bands_have_the_two_blues() {
    let document = pdf(&consultation());
    let page = *document.get_pages().get(&1).unwrap();
    let content = document.get_and_decode_page_content(page).unwrap();
    let colours: Vec<[u8; 3]> = content
        .operations
        .iter()
        .filter(|operation| operation.operator == "rg" || operation.operator == "scn")
        .filter(|operation| operation.operands.len() == 3)
        .map(|operation| {
            let part = |n: usize| (operation.operands[n].as_float().unwrap() * 255.0).round() as u8;
            [part(0), part(1), part(2)]
        })
        .collect();
    assert!(colours.contains(&[0x00, 0x5E, 0xB8]), "{colours:?}");
    assert!(colours.contains(&[0x41, 0xB6, 0xE6]), "{colours:?}");
}

/// PDF/UA-1 refuses characters without a glyph or a code point: none of any alphabet gets there.
#[test]
fn every_character_of_the_first_planes_can_be_printed() {
    let all = |range: std::ops::Range<u32>| {
        range
            .step_by(3)
            .filter_map(char::from_u32)
            .filter(|c| !c.is_control())
            .collect::<String>()
    };
    let mut consultation = consultation();
    consultation.sections[0].items = vec![
        item(&all(0x20..0x900)),
        item(&all(0x1E00..0x2600)),
        item(&all(0xFB00..0x1_0100)),
    ];
    assert!(text(&consultation).contains("[U+"));
}
