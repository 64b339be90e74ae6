//! One message for each rule of FHIR that breaks it and no other.

use fhir::{Document, Limits, Severity, validate, xml};

fn read(text: &str) -> Document {
    xml::read(text.as_bytes(), &Limits::default()).unwrap()
}

fn errors(text: &str) -> Vec<&'static str> {
    let findings = validate::base(&read(text).root).into_iter();
    findings
        .filter(|finding| finding.severity == Severity::Error)
        .map(|f| f.id)
        .collect()
}

/// The resource breaks the rule, and nothing else.
#[track_caller]
fn breaks(id: &str, text: &str) {
    assert_eq!(errors(text), [id], "{text}");
}

#[track_caller]
fn breaks_nothing(text: &str) {
    assert_eq!(errors(text), [""; 0], "{text}");
}

fn resource(kind: &str, inner: &str) -> String {
    format!("<{kind} xmlns=\"http://hl7.org/fhir\">{inner}</{kind}>")
}

fn patient(inner: &str) -> String {
    resource("Patient", inner)
}

fn bundle(kind: &str, inner: &str) -> String {
    resource("Bundle", &format!("<type value=\"{kind}\"/>{inner}"))
}

fn entry(url: &str, more: &str) -> String {
    let patient = "<resource><Patient><active value=\"true\"/></Patient></resource>";
    format!("<entry><fullUrl value=\"{url}\"/>{patient}{more}</entry>")
}

fn composition(section: &str) -> String {
    resource(
        "Composition",
        &format!(
            "<status value=\"final\"/><type><text value=\"a\"/></type>\
             <subject><display value=\"a\"/></subject><date value=\"2026\"/>\
             <author><display value=\"a\"/></author><title value=\"a\"/><section>{section}</section>"
        ),
    )
}

fn narrative(div: &str) -> String {
    let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{div}</div>");
    patient(&format!("<text><status value=\"generated\"/>{div}</text>"))
}

#[test]
fn ele_1_value_or_children() {
    breaks_nothing(&patient("<active value=\"true\"/>"));
    breaks("ele-1", &patient("<active/>"));
    breaks("ele-1", &patient("<name/>"));
    breaks("ele-1", &patient(""));
    breaks_nothing(&patient(
        "<active><extension url=\"urn:a\"><valueString value=\"b\"/></extension></active>",
    ));
}

#[test]
fn unknown_elements() {
    breaks(
        "unknown-element",
        &patient("<active value=\"true\"/><unheard value=\"a\"/>"),
    );
    breaks(
        "unknown-element",
        &patient("<active value=\"true\"><name value=\"a\"/></active>"),
    );
    breaks("unknown-element", &patient("<deceasedString value=\"a\"/>"));
}

#[test]
fn attributes() {
    breaks(
        "attribute",
        &patient("<name url=\"urn:a\"><family value=\"a\"/></name>"),
    );
    let document = read(&patient("<active value=\"true\" unheard=\"a\"/>"));
    assert_eq!(
        document.findings.iter().map(|f| f.id).collect::<Vec<_>>(),
        ["attribute"]
    );
}

#[test]
fn required_elements() {
    breaks(
        "required",
        &bundle("collection", "").replace("<type value=\"collection\"/>", "<id value=\"a\"/>"),
    );
    breaks(
        "required",
        &patient("<text><div xmlns=\"http://www.w3.org/1999/xhtml\">a</div></text>"),
    );
    let binary = "<contentType value=\"application/pdf\"/><content value=\"AAAA\"/>";
    breaks_nothing(&resource("Binary", binary));
    breaks("required", &resource("Binary", "<content value=\"AAAA\"/>"));
}

#[test]
fn cardinality() {
    breaks(
        "cardinality",
        &patient("<active value=\"true\"/><active value=\"true\"/>"),
    );
    breaks(
        "cardinality",
        &patient("<deceasedBoolean value=\"true\"/><deceasedDateTime value=\"2026\"/>"),
    );
    breaks_nothing(&patient(
        "<name><given value=\"a\"/><given value=\"b\"/></name>",
    ));
}

#[test]
fn types_of_values() {
    breaks("type", &patient("<active value=\"yes\"/>"));
    breaks("type", &patient("<birthDate value=\"1946-02-30\"/>"));
    breaks("type", &patient("<id value=\"a b\"/>"));
    breaks(
        "type",
        &patient("<meta><lastUpdated value=\"2026-01-14\"/></meta>"),
    );
    breaks("type", &patient("<multipleBirthInteger value=\"1.5\"/>"));
    breaks(
        "type",
        &patient("<name value=\"a\"><family value=\"a\"/></name>"),
    );
    let binary = "<contentType value=\"a/b\"/><content value=\"AA A\n=\"/>";
    breaks_nothing(&resource("Binary", binary));
    breaks("type", &resource("Binary", &binary.replace("AA A", "A%AA")));
}

#[test]
fn bindings() {
    breaks_nothing(&patient("<gender value=\"female\"/>"));
    breaks("binding", &patient("<gender value=\"f\"/>"));
}

#[test]
fn references() {
    let to = |target: &str| {
        let patient = format!(
            "<Patient><managingOrganization><reference value=\"{target}\"/></managingOrganization></Patient>"
        );
        bundle(
            "collection",
            &format!(
                "<entry><fullUrl value=\"urn:uuid:a\"/><resource>{patient}</resource></entry>"
            ),
        )
    };
    breaks_nothing(&to("urn:uuid:a"));
    breaks("reference", &to("urn:uuid:b"));
    breaks_nothing(&to("http://elsewhere/Organization/1"));
    let findings = validate::base(&read(&to("Organization/1")).root);
    assert_eq!(
        findings
            .iter()
            .map(|f| (f.id, f.severity))
            .collect::<Vec<_>>(),
        [("reference", Severity::Warning)]
    );
}

#[test]
fn ext_1_parts_or_a_value() {
    let with = |inner: &str| patient(&format!("<extension url=\"urn:a\">{inner}</extension>"));
    let value = "<valueString value=\"a\"/>";
    let part = format!("<extension url=\"b\">{value}</extension>");
    breaks_nothing(&with(value));
    breaks_nothing(&with(&part));
    breaks("ext-1", &with(&format!("{part}{value}")));
    breaks("extension-url", &with(value).replace(" url=\"urn:a\"", ""));
    assert!(errors(&with("")).contains(&"ext-1"));
}

fn contained(inner: &str) -> String {
    patient(&format!(
        "<contained><Organization><id value=\"a\"/>{inner}<name value=\"b\"/></Organization></contained>\
         <managingOrganization><reference value=\"#a\"/></managingOrganization>"
    ))
}

#[test]
fn dom_1_no_narrative_in_contained_resources() {
    breaks_nothing(&contained(""));
    breaks(
        "dom-1",
        &contained(
            "<text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\">a</div></text>",
        ),
    );
}

#[test]
fn dom_2_no_resource_in_contained_resources() {
    let inner = "<contained><Patient><id value=\"c\"/></Patient></contained>";
    breaks("dom-2", &contained(inner));
}

#[test]
fn dom_3_contained_resources_are_referred_to() {
    breaks(
        "dom-3",
        &contained("").replace(
            "<managingOrganization><reference value=\"#a\"/></managingOrganization>",
            "",
        ),
    );
}

#[test]
fn dom_4_contained_resources_have_no_version() {
    breaks("dom-4", &contained("<meta><versionId value=\"1\"/></meta>"));
}

#[test]
fn ref_1_contained_resources_exist() {
    breaks(
        "ref-1",
        &patient("<managingOrganization><reference value=\"#a\"/></managingOrganization>"),
    );
}

#[test]
fn bdl_1_total() {
    let total = "<total value=\"0\"/>";
    breaks("bdl-1", &bundle("collection", total));
    breaks_nothing(&bundle("searchset", total));
}

#[test]
fn bdl_2_search() {
    let search = entry("urn:uuid:a", "<search><mode value=\"match\"/></search>");
    breaks("bdl-2", &bundle("collection", &search));
    breaks_nothing(&bundle("searchset", &search));
}

#[test]
fn bdl_3_request() {
    let request = "<request><method value=\"PUT\"/><url value=\"Patient/1\"/></request>";
    breaks(
        "bdl-3",
        &bundle("collection", &entry("urn:uuid:a", request)),
    );
    breaks("bdl-3", &bundle("batch", &entry("urn:uuid:a", "")));
    breaks_nothing(&bundle("batch", &entry("urn:uuid:a", request)));
}

#[test]
fn bdl_4_response() {
    let response = "<response><status value=\"200\"/></response>";
    breaks("bdl-4", &bundle("message", &entry("urn:uuid:a", response)));
    breaks_nothing(&bundle("batch-response", &entry("urn:uuid:a", response)));
}

#[test]
fn bdl_5_resource() {
    breaks(
        "bdl-5",
        &bundle(
            "collection",
            "<entry><fullUrl value=\"urn:uuid:a\"/></entry>",
        ),
    );
}

#[test]
fn bdl_7_full_urls() {
    let twice = entry("urn:uuid:a", "").repeat(2);
    breaks("bdl-7", &bundle("collection", &twice));
    let version = |n: u8| {
        let meta = format!("<Patient><meta><versionId value=\"{n}\"/></meta>");
        entry("urn:uuid:a", "").replace("<Patient>", &meta)
    };
    breaks_nothing(&bundle("collection", &(version(1) + &version(2))));
}

#[test]
fn bdl_8_full_url_without_version() {
    breaks(
        "bdl-8",
        &bundle("collection", &entry("http://a/Patient/1/_history/2", "")),
    );
}

#[test]
fn bdl_9_document_identifier() {
    breaks("bdl-9", &bundle("document", ""));
    let identifier = "<identifier><system value=\"urn:a\"/><value value=\"b\"/></identifier>";
    breaks_nothing(&bundle("document", identifier));
    breaks(
        "bdl-9",
        &bundle(
            "document",
            &identifier.replace("<system value=\"urn:a\"/>", ""),
        ),
    );
}

#[test]
fn cmp_1_sections_have_content() {
    breaks_nothing(&composition(
        "<entry><reference value=\"urn:uuid:a\"/></entry>",
    ));
    breaks("cmp-1", &composition("<title value=\"a\"/>"));
}

#[test]
fn cmp_2_empty_reason() {
    let entry = "<entry><reference value=\"urn:uuid:a\"/></entry>";
    let reason = "<emptyReason><text value=\"a\"/></emptyReason>";
    breaks("cmp-2", &composition(&format!("{entry}{reason}")));
}

#[test]
fn txt_1_formatting_only() {
    breaks_nothing(&narrative(
        "<p class=\"a\">b<br/><img src=\"#c\" alt=\"d\"/></p>",
    ));
    for div in [
        "<script>a</script>",
        "<p onclick=\"a\">b</p>",
        "<a href=\"java script:a\">b</a>",
        "<form>a</form>",
        "<p xmlns=\"urn:other\">a</p>",
    ] {
        breaks("txt-1", &narrative(div));
    }
}

#[test]
fn txt_2_some_content() {
    breaks("txt-2", &narrative("<p> </p>"));
}

#[test]
fn small_invariants_of_datatypes() {
    breaks("cpt-2", &patient("<telecom><value value=\"1\"/></telecom>"));
    breaks("att-1", &patient("<photo><data value=\"AAAA\"/></photo>"));
    breaks(
        "pat-1",
        &patient("<contact><gender value=\"male\"/></contact>"),
    );
    let period = "<start value=\"2026-02-01\"/><end value=\"2026-01-01\"/>";
    breaks(
        "per-1",
        &patient(&format!("<name><period>{period}</period></name>")),
    );
    let zones = "<start value=\"2026-01-01T09:00:00+01:00\"/><end value=\"2026-01-01T08:30:00Z\"/>";
    breaks_nothing(&patient(&format!("<name><period>{zones}</period></name>")));
    breaks(
        "org-1",
        &resource("Organization", "<active value=\"true\"/>"),
    );
    let name = "<name value=\"a\"/>";
    let address = "<address><use value=\"home\"/></address>";
    breaks(
        "org-2",
        &resource("Organization", &format!("{name}{address}")),
    );
    let telecom =
        "<telecom><system value=\"phone\"/><value value=\"1\"/><use value=\"home\"/></telecom>";
    breaks(
        "org-3",
        &resource("Organization", &format!("{name}{telecom}")),
    );
    let quantity = "<valueQuantity><value value=\"1\"/><code value=\"a\"/></valueQuantity>";
    breaks(
        "qty-3",
        &patient(&format!("<extension url=\"urn:a\">{quantity}</extension>")),
    );
}

#[test]
fn order_is_a_warning_with_its_place() {
    let document = read(
        "<Patient xmlns=\"http://hl7.org/fhir\">\n  <active value=\"true\"/>\n  <id value=\"a\"/>\n</Patient>",
    );
    let [finding] = document.findings.as_slice() else {
        panic!("{:?}", document.findings)
    };
    assert_eq!((finding.id, finding.severity), ("order", Severity::Warning));
    assert_eq!(finding.path, "Patient.id");
    let position = finding.position.unwrap();
    assert_eq!((position.line, position.column), (3, 3));
}

#[test]
fn an_unknown_resource_type_is_carried_and_told() {
    let text = bundle(
        "collection",
        "<entry><fullUrl value=\"urn:uuid:a\"/><resource><Unheard><of value=\"b\"/><a><c value=\"d\"/></a></Unheard></resource></entry>",
    );
    let document = read(&text);
    let findings = validate::base(&document.root);
    let [finding] = findings.as_slice() else {
        panic!("{findings:?}")
    };
    assert_eq!(
        (finding.id, finding.severity),
        ("unknown-resource", Severity::Warning)
    );
    assert_eq!(finding.path, "Bundle.entry[0].resource.Unheard");
    let written = String::from_utf8(xml::write(&document.root)).unwrap();
    assert!(written.contains("<Unheard><of value=\"b\"/><a><c value=\"d\"/></a></Unheard>"));
    let error = fhir::json::write(&document.root).unwrap_err();
    assert_eq!(
        error,
        fhir::FhirError::UnknownType {
            resource_type: "Unheard".into()
        }
    );
}
