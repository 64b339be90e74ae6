//! What a send's headers may be.

use http::HeaderName;
use proptest::prelude::*;

use super::*;

fn headers(pairs: &[(&str, &[u8])]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        map.insert(name, HeaderValue::from_bytes(value).unwrap());
    }
    map
}

fn with(name: &str, value: &[u8]) -> Result<SendHeaders, HeaderFaults> {
    let mut map = headers(&[("mex-to", b"X26ABC1"), ("mex-workflowid", b"W")]);
    map.insert(
        HeaderName::from_bytes(name.as_bytes()).unwrap(),
        HeaderValue::from_bytes(value).unwrap(),
    );
    SendHeaders::read(&map)
}

#[test]
fn recipient_and_workflow_are_mandatory() {
    let missing = vec![
        FieldFault::Missing(name::TO),
        FieldFault::Missing(name::WORKFLOW_ID),
    ];
    assert_eq!(
        SendHeaders::read(&HeaderMap::new()),
        Err(HeaderFaults::Validation(missing))
    );
    assert_eq!(with("mex-to", b"   "), Err(HeaderFaults::RecipientBlank));
}

#[test]
fn limits_count_characters_not_bytes() {
    for (field, limit) in [
        ("mex-to", 100),
        ("mex-workflowid", 300),
        ("mex-subject", 500),
        ("mex-localid", 300),
        ("mex-partnerid", 500),
        ("mex-filename", 300),
        ("mex-content-checksum", 100),
        ("mex-content-type", 100),
    ] {
        assert!(with(field, "a".repeat(limit).as_bytes()).is_ok(), "{field}");
        let fault = with(field, "a".repeat(limit + 1).as_bytes()).unwrap_err();
        assert!(matches!(fault, HeaderFaults::Validation(_)), "{field}");
    }
    assert!(with("mex-subject", "é".repeat(500).as_bytes()).is_ok());
}

#[test]
fn code_06_names_the_fields_with_control_characters_or_urls() {
    assert_eq!(
        with("mex-subject", b"a\tb"),
        Err(HeaderFaults::Malformed(vec![name::SUBJECT]))
    );
    assert_eq!(
        with("mex-to", b"HTTP://x"),
        Err(HeaderFaults::Malformed(vec![name::TO]))
    );
    let fault = with("mex-content-checksum", b"https://x").unwrap_err();
    assert_eq!(fault.fault().unwrap().code, "06");
}

#[test]
fn checksum_encoding_and_range_have_faults_of_their_own() {
    assert_eq!(
        with("mex-content-checksum", b"a_b"),
        Err(HeaderFaults::Checksum)
    );
    assert_eq!(with("content-encoding", b"br"), Err(HeaderFaults::Encoding));
    assert_eq!(
        with("content-encoding", b"GZIP").unwrap().encoding,
        ContentEncoding::Gzip
    );
    for range in ["2:3", "0:1", "1:0", "one"] {
        assert_eq!(
            with("mex-chunk-range", range.as_bytes()),
            Err(HeaderFaults::ChunkRange)
        );
    }
    let range = with("mex-chunk-range", b"1:3")
        .unwrap()
        .chunk_range
        .unwrap();
    assert_eq!((range.index(), range.total()), (1, 3));
}

#[test]
fn values_are_utf_8_or_else_latin_1() {
    let utf8 = with("mex-subject", "Müller".as_bytes()).unwrap();
    let latin1 = with("mex-subject", b"M\xFCller").unwrap();
    assert_eq!(utf8.subject.as_deref(), Some("Müller"));
    assert_eq!(latin1.subject.as_deref(), Some("Müller"));
}

#[test]
fn flags_take_the_six_words_and_nothing_else() {
    for word in ["y", "YES", "t", "true", "On", "1"] {
        assert!(
            with("mex-content-compressed", word.as_bytes())
                .unwrap()
                .compressed,
            "{word}"
        );
    }
    for word in ["n", "0", "nonsense"] {
        assert!(
            !with("mex-content-encrypted", word.as_bytes())
                .unwrap()
                .encrypted,
            "{word}"
        );
    }
}

#[test]
fn the_mesh_content_type_overrides_the_http_one() {
    let both = headers(&[
        ("mex-to", b"X"),
        ("mex-workflowid", b"W"),
        ("content-type", b"text/plain"),
        ("mex-content-type", b"application/xml"),
    ]);
    let read = SendHeaders::read(&both).unwrap();
    assert_eq!(read.content_type.as_deref(), Some("application/xml"));
}

#[test]
fn debug_never_shows_what_may_identify_a_patient() {
    let mut headers = SendHeaders::new(
        "GPPROVIDER_9693632109_23061946_GARTON",
        WorkflowId::parse("W").unwrap(),
    );
    headers.subject = Some("GARTON subject".into());
    headers.local_id = Some("GARTON local".into());
    headers.partner_id = Some("GARTON partner".into());
    headers.file_name = Some("GARTON.dat".into());
    assert!(!format!("{headers:?}").contains("GARTON"));
}

fn words() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[!-~é李]([ -~é李]{0,60}[!-~é李])?")
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        to in "[A-Z0-9_]{1,40}", flow in "[A-Z_]{1,30}", subject in words(), local_id in words(),
        partner_id in words(), file_name in words(), flags in any::<(bool, bool, bool)>(),
    ) {
        let mut sent = SendHeaders::new(to, WorkflowId::parse(&flow).unwrap());
        sent.subject = subject.map(HeaderText::from);
        sent.local_id = local_id.map(HeaderText::from);
        sent.partner_id = partner_id.map(HeaderText::from);
        sent.file_name = file_name.map(HeaderText::from);
        sent.chunk_range = Some(ChunkRange::WHOLE);
        (sent.encrypted, sent.compressed) = (flags.0, flags.1);
        sent.encoding = if flags.2 { ContentEncoding::Gzip } else { ContentEncoding::Identity };
        sent.content_type = Some("application/xml".into());
        let mut map = HeaderMap::new();
        sent.write(&mut map).unwrap();
        prop_assert_eq!(SendHeaders::read(&map), Ok(sent));
    }

    #[test]
    fn any_value_is_read_or_refused(value in proptest::collection::vec(0x20u8..0x7f, 0..600)) {
        let _ = with("mex-to", &value);
        let _ = with("mex-chunk-range", &value);
    }
}
