//! Documents meant to do harm are refused early, and nothing of them is repeated.

use fhir::{FhirError, Limits, json, xml};

fn refused(bytes: &[u8]) -> FhirError {
    let error = xml::read(bytes, &Limits::default()).unwrap_err();
    assert!(!error.to_string().contains("SECRET"), "{error}");
    error
}

fn refused_json(text: &str) -> FhirError {
    let error = json::read(text.as_bytes(), &Limits::default()).unwrap_err();
    assert!(!error.to_string().contains("SECRET"), "{error}");
    error
}

const OPEN: &str = "<Patient xmlns=\"http://hl7.org/fhir\">";

fn patient(inner: &str) -> Vec<u8> {
    format!("{OPEN}{inner}</Patient>").into_bytes()
}

#[test]
fn a_document_type_is_refused() {
    let with = |dtd: &str| format!("<?xml version=\"1.0\"?>{dtd}{OPEN}</Patient>");
    for dtd in [
        "<!DOCTYPE Patient>",
        "<!DOCTYPE Patient SYSTEM \"http://127.0.0.1:9/x.dtd\">",
        "<!DOCTYPE Patient [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
    ] {
        assert_eq!(
            refused(with(dtd).as_bytes()),
            FhirError::DocumentType,
            "{dtd}"
        );
    }
}

#[test]
fn a_billion_laughs_are_not_laughed() {
    let mut dtd = "<!DOCTYPE lolz [<!ENTITY l0 \"SECRET\">".to_owned();
    for level in 1..10 {
        let ten = format!("&l{};", level - 1).repeat(10);
        dtd.push_str(&format!("<!ENTITY l{level} \"{ten}\">"));
    }
    let text = format!("{dtd}]>{OPEN}<id value=\"&l9;\"/></Patient>");
    assert_eq!(refused(text.as_bytes()), FhirError::DocumentType);
}

#[test]
fn entities_are_refused() {
    assert!(matches!(
        refused(&patient("<id value=\"&SECRET;\"/>")),
        FhirError::Malformed { .. }
    ));
}

#[test]
fn processing_instructions_and_comments_are_passed_over() {
    let plain = xml::read(&patient("<id value=\"a\"/>"), &Limits::default()).unwrap();
    for dressed in [
        format!("<?xml-stylesheet href=\"x\"?>{OPEN}<id value=\"a\"/></Patient>"),
        format!("{OPEN}<?editor mark?><id value=\"a\"><!-- a --><?b?></id></Patient><?end?>"),
        format!("<?xml version=\"1.0\"?>\n<!-- a -->\n{OPEN}<id value=\"a\"/><!-- b --></Patient>"),
    ] {
        let document = xml::read(dressed.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(document.root, plain.root, "{dressed}");
        assert_eq!(document.findings, []);
    }
    let limit = Limits::default().elements;
    let error = refused(&patient(&"<?a?>".repeat(limit * 4)));
    assert_eq!(error, FhirError::TooManyElements { limit });
}

#[test]
fn what_is_neither_xml_nor_json_is_named() {
    let found = |bytes: &[u8]| match fhir::read(bytes, &Limits::default()) {
        Err(FhirError::Foreign { found }) => found,
        other => panic!("{other:?}"),
    };
    assert_eq!(found(b""), "an empty file");
    assert_eq!(found(b"%PDF-1.7 SECRET"), "a PDF");
    let encoding = |bytes: &[u8]| {
        fhir::read(bytes, &Limits::default())
            .unwrap_err()
            .to_string()
    };
    let wide: Vec<u8> = "<Patient/>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(encoding(&wide).contains("UTF-16"));
    let declared = b"<?xml version='1.0' encoding='ISO-8859-1'?><Patient a='\xe9'/>";
    assert!(encoding(declared).contains("ISO-8859-1"));
}

#[test]
fn a_mark_before_either_format_is_passed_over() {
    let text = "{\"resourceType\":\"Patient\",\"id\":\"a\"}";
    let json = format!("\u{feff}{text}");
    let xml = format!("\u{feff}{OPEN}<id value=\"a\"/></Patient>");
    let plain = json::read(text.as_bytes(), &Limits::default())
        .unwrap()
        .root;
    for marked in [json, xml] {
        assert_eq!(
            fhir::read(marked.as_bytes(), &Limits::default())
                .unwrap()
                .root,
            plain
        );
    }
}

#[test]
fn depth_is_limited_in_both_formats() {
    for depth in [65, 5_000, 300_000] {
        let text = format!(
            "{}{}",
            "<extension>".repeat(depth),
            "</extension>".repeat(depth)
        );
        let error = refused(&patient(&text));
        let limit = Limits::default().depth;
        assert_eq!(error, FhirError::TooDeep { limit }, "{depth}");
    }
    assert!(matches!(
        refused(&patient(&"<a>".repeat(100_000))),
        FhirError::TooDeep { .. }
    ));
    let objects = format!(
        "{}1",
        "{\"resourceType\":\"Patient\",\"a\":".repeat(100_000)
    );
    assert!(matches!(refused_json(&objects), FhirError::TooDeep { .. }));
    let arrays = format!(
        "{{\"resourceType\":\"Patient\",\"a\":{}",
        "[".repeat(100_000)
    );
    assert!(matches!(refused_json(&arrays), FhirError::TooDeep { .. }));
}

#[test]
fn width_is_limited_in_both_formats() {
    let limit = Limits::default().elements;
    let error = refused(&patient(&"<a/>".repeat(limit + 1)));
    assert_eq!(error, FhirError::TooManyElements { limit });
    let numbers = vec!["1"; limit + 1].join(",");
    let error = refused_json(&format!(
        "{{\"resourceType\":\"Patient\",\"a\":[{numbers}]}}"
    ));
    assert_eq!(error, FhirError::TooManyElements { limit });
}

#[test]
fn size_is_limited_before_anything_is_read() {
    let limits = Limits {
        bytes: 10,
        ..Limits::default()
    };
    let expected = Err(FhirError::TooLarge {
        limit: 10,
        found: 11,
    });
    assert_eq!(xml::read(b"<not-xml...", &limits).map(|_| ()), expected);
    assert_eq!(json::read(b"{not json..", &limits).map(|_| ()), expected);
}

#[test]
fn thousands_of_attributes_are_refused_before_they_are_compared() {
    let attributes: String = (0..100_000).map(|n| format!(" a{n}=\"\"")).collect();
    let error = refused(&patient(&format!("<id{attributes}/>")));
    assert!(
        matches!(error, FhirError::TooManyAttributes { .. }),
        "{error}"
    );
}

#[test]
fn many_namespace_prefixes_are_refused_before_they_are_handed_down() {
    let declare = |n: usize| format!("<extension xmlns:p{n}=\"urn:{n}\"/>");
    let few: String = (0..32).map(declare).collect();
    assert!(xml::read(&patient(&few), &Limits::default()).is_ok());
    let many: String = (0..33).map(declare).collect();
    let error = refused(&patient(&many));
    assert!(
        matches!(error, FhirError::TooManyPrefixes { .. }),
        "{error}"
    );
}

#[test]
fn warnings_do_not_crowd_out_an_error() {
    let stray =
        "<managingOrganization><reference value=\"Organization/1\"/></managingOrganization>";
    let resource = format!("<resource><Patient>{stray}</Patient></resource>");
    let entry = format!("<entry>{resource}</entry>").repeat(1_500);
    let text = format!(
        "<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"collection\"/>{entry}<entry><resource>\
         <Patient><active value=\"yes\"/></Patient></resource></entry></Bundle>"
    );
    let document = xml::read(text.as_bytes(), &Limits::default()).unwrap();
    let findings = fhir::validate::base(&document.root);
    assert_eq!(findings.len(), 101);
    assert!(findings[99].what.ends_with("(and 1400 more like it)"));
    assert_eq!(findings.last().map(|finding| finding.id), Some("type"));
}

#[test]
fn a_long_attribute_is_kept_without_harm() {
    let long = "A".repeat(2 << 20);
    let document = xml::read(
        &patient(&format!("<id value=\"{long}\"/>")),
        &Limits::default(),
    )
    .unwrap();
    assert_eq!(document.root.value_at("id").unwrap().len(), long.len());
}

#[test]
fn control_characters_and_bad_utf8_are_refused() {
    assert!(matches!(
        refused(&patient("<id value=\"SECRET\0\"/>")),
        FhirError::Malformed { .. }
    ));
    assert!(matches!(
        refused(&patient("<id value=\"&#0;\"/>")),
        FhirError::Malformed { .. }
    ));
    assert!(matches!(
        refused(&patient("<id value=\"&#1;\"/>")),
        FhirError::Malformed { .. }
    ));
    assert!(matches!(
        refused(b"<Patient>\xff</Patient>"),
        FhirError::NotUtf8 {
            offset: 9,
            line: 1,
            column: 10
        }
    ));
    let utf16: Vec<u8> = "\u{feff}<Patient/>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(matches!(refused(&utf16), FhirError::Encoding { .. }));
    let error = json::read(b"{\"resourceType\":\"\xff\"}", &Limits::default()).unwrap_err();
    assert!(matches!(error, FhirError::NotUtf8 { .. }));
    let nul = "{\"resourceType\":\"Patient\",\"id\":\"SECRET\\u0000\"}";
    assert!(matches!(refused_json(nul), FhirError::Shape { .. }));
    assert!(matches!(
        refused_json("{\"resourceType\":\"Patient\",\"id\":\"\\ud800\"}"),
        FhirError::Malformed { .. }
    ));
}

#[test]
fn what_is_not_fhir_is_refused() {
    assert!(matches!(refused(b""), FhirError::Malformed { .. }));
    assert!(matches!(refused(b"SECRET"), FhirError::Malformed { .. }));
    assert!(matches!(refused(b"<Patient/>"), FhirError::NotFhir { .. }));
    assert!(matches!(
        refused(b"<a><b></a></b>"),
        FhirError::Malformed { .. }
    ));
    assert!(matches!(
        refused(&patient("<SECRET xmlns=\"urn:x\"/>")),
        FhirError::NotFhir { .. }
    ));
    assert!(matches!(
        refused(b"<div xmlns=\"http://www.w3.org/1999/xhtml\"/>"),
        FhirError::NotFhir { .. }
    ));
    for text in [
        "",
        "1",
        "[]",
        "{}",
        "{\"resourceType\":1}",
        "{\"resourceType\":\"Patient\"}{}",
    ] {
        let error = json::read(text.as_bytes(), &Limits::default()).unwrap_err();
        assert!(
            matches!(
                error,
                FhirError::NotFhir { .. } | FhirError::Malformed { .. }
            ),
            "{text}"
        );
    }
    let unheard = refused_json("{\"resourceType\":\"Unheard\"}");
    assert_eq!(
        unheard,
        FhirError::UnknownType {
            resource_type: "Unheard".into()
        }
    );
}

#[test]
fn a_name_twice_in_an_object_is_refused() {
    for text in [
        "{\"resourceType\":\"Patient\",\"id\":\"a\",\"id\":\"SECRET\"}",
        "{\"resourceType\":\"Patient\",\"id\":\"a\",\"\\u0069d\":\"SECRET\"}",
        "{\"resourceType\":\"Patient\",\"resourceType\":\"Binary\"}",
        "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"a\",\"family\":\"SECRET\"}]}",
    ] {
        assert!(
            matches!(refused_json(text), FhirError::DuplicateName { .. }),
            "{text}"
        );
    }
}

#[test]
fn a_name_in_json_cannot_break_out_into_the_xml() {
    for name in ["a b", "a/><active", "a:b", "1a", "", "_", "é", "a\\\"b"] {
        let text = format!("{{\"resourceType\":\"Patient\",\"{name}\":\"SECRET\"}}");
        assert!(
            matches!(refused_json(&text), FhirError::Shape { .. }),
            "{name}"
        );
    }
}

#[test]
fn a_narrative_in_json_cannot_break_out_into_the_xml() {
    for div in [
        "</div><active value='true'/>",
        "<div xmlns='http://www.w3.org/1999/xhtml'>a</div><SECRET/>",
        "<div xmlns='http://www.w3.org/1999/xhtml'>a",
        "<div>a</div>",
        "<!DOCTYPE x><div xmlns='http://www.w3.org/1999/xhtml'>a</div>",
        "<?xml version='1.0'?><div xmlns='http://www.w3.org/1999/xhtml'>a</div>",
        "plain",
    ] {
        let text = format!(
            "{{\"resourceType\":\"Patient\",\"text\":{{\"status\":\"generated\",\"div\":\"{div}\"}}}}"
        );
        assert!(
            matches!(refused_json(&text), FhirError::Shape { .. }),
            "{div}"
        );
    }
}

#[test]
fn a_hostile_document_does_not_flood_the_findings() {
    let text = patient(&"<unheard value=\"SECRET\"/>".repeat(5_000));
    let document = xml::read(&text, &Limits::default()).unwrap();
    let findings = fhir::validate::base(&document.root);
    assert_eq!(findings.len(), fhir::Tally::OF_A_RULE);
    assert!(findings[99].what.ends_with("(and 4900 more like it)"));
    assert!(
        findings
            .iter()
            .all(|finding| !finding.what.contains("SECRET"))
    );
}
