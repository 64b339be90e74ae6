//! Control files as the systems around a MESH client write them, and as an attacker would.

use mesh::control_file::{self, MAX_BYTES};
use mesh::{ControlFile, MeshError};
use nhs::MailboxId;
use proptest::prelude::*;

/// An element and its text.
type Element<'a> = (&'static str, &'a str);

const VERSION: Element<'static> = ("Version", "1.0");
const ADDRESS_TYPE: Element<'static> = ("AddressType", "DTS");
const MESSAGE_TYPE: Element<'static> = ("MessageType", "Data");
const WORKFLOW: Element<'static> = ("WorkflowId", "GPFED_CONSULT_REPORT");
const FROM: Element<'static> = ("From_DTS", "A81001OT001");
const TO: Element<'static> = ("To_DTS", "A20047OT001");
const FROM_MAIL: Element<'static> = ("From_ESMTP", "a81001ot001@dts.nhs.uk");
const TO_MAIL: Element<'static> = ("To_ESMTP", "a20047ot001@dts.nhs.uk");
const SUBJECT: Element<'static> = ("Subject", "A subject &amp; more");
const LOCAL_ID: Element<'static> = ("LocalId", "A81001");
const DTS_ID: Element<'static> = ("DTSId", "20260114093012123456_0AB1C2");
const PARTNER: Element<'static> = ("PartnerId", "P1");
const PROCESS: Element<'static> = ("ProcessId", "P2");
const COMPRESS: Element<'static> = ("Compress", "Y");
const ENCRYPTED: Element<'static> = ("Encrypted", "N");
const IS_COMPRESSED: Element<'static> = ("IsCompressed", "N");
const CHECKSUM: Element<'static> = ("DataChecksum", "C1");
const CHUNKING: Element<'static> = ("AllowChunking", "Y");
const STATUS: Element<'static> = (
    "StatusRecord",
    "<DateTime>20260114093014</DateTime><Event>TRANSFER</Event><Status>SUCCESS</Status>\
     <StatusCode>00</StatusCode><Description>Transferred to recipient mailbox</Description>",
);

/// Every element there is, in the order the MESH client writes them.
const CLIENT_ORDER: [Element<'static>; 19] = [
    VERSION,
    ADDRESS_TYPE,
    MESSAGE_TYPE,
    FROM,
    TO,
    FROM_MAIL,
    TO_MAIL,
    SUBJECT,
    LOCAL_ID,
    DTS_ID,
    PARTNER,
    COMPRESS,
    ENCRYPTED,
    WORKFLOW,
    PROCESS,
    CHECKSUM,
    IS_COMPRESSED,
    CHUNKING,
    STATUS,
];

fn xml(elements: &[Element]) -> String {
    let line = |(name, text): &Element| format!("  <{name}>{text}</{name}>\n");
    let lines: String = elements.iter().map(line).collect();
    format!("<DTSControl>\n{lines}</DTSControl>\n")
}

fn read(text: &str) -> Result<ControlFile, MeshError> {
    ControlFile::read(text.as_bytes())
}

/// Reads the elements in this order as the client order's subset of them reads, and writes them in
/// the client's order whatever order they came in.
fn reads_in_order(elements: &[Element]) {
    let mut in_client_order = elements.to_vec();
    in_client_order.sort_by_key(|element| CLIENT_ORDER.iter().position(|e| e == element));
    let read_back = read(&xml(elements)).unwrap();
    assert_eq!(read_back, read(&xml(&in_client_order)).unwrap());
    let written = String::from_utf8(read_back.write()).unwrap();
    let places: Vec<_> = in_client_order
        .iter()
        .map(|(name, _)| written.find(&format!("<{name}>")).unwrap())
        .collect();
    assert!(places.is_sorted(), "{written}");
}

#[test]
fn the_order_of_the_user_guide_is_read() {
    reads_in_order(&[
        VERSION,
        ADDRESS_TYPE,
        MESSAGE_TYPE,
        WORKFLOW,
        TO,
        FROM,
        SUBJECT,
        LOCAL_ID,
        COMPRESS,
        CHUNKING,
        ENCRYPTED,
    ]);
}

#[test]
fn the_order_of_gp_connect_is_read() {
    reads_in_order(&[
        VERSION,
        ADDRESS_TYPE,
        MESSAGE_TYPE,
        FROM,
        TO,
        SUBJECT,
        LOCAL_ID,
        DTS_ID,
        PARTNER,
        COMPRESS,
        ENCRYPTED,
        WORKFLOW,
        PROCESS,
        CHECKSUM,
        IS_COMPRESSED,
    ]);
}

#[test]
fn the_order_of_the_dts_specification_is_read() {
    reads_in_order(&[
        VERSION,
        ADDRESS_TYPE,
        MESSAGE_TYPE,
        WORKFLOW,
        FROM_MAIL,
        FROM,
        TO_MAIL,
        TO,
        SUBJECT,
        LOCAL_ID,
        DTS_ID,
        PROCESS,
        COMPRESS,
        ENCRYPTED,
        IS_COMPRESSED,
        CHECKSUM,
        PARTNER,
        STATUS,
    ]);
}

#[test]
fn the_order_of_the_mesh_client_is_read() {
    reads_in_order(&CLIENT_ORDER);
}

#[test]
fn the_smallest_file_seen_is_read() {
    reads_in_order(&[VERSION, ADDRESS_TYPE, MESSAGE_TYPE, FROM, TO]);
}

#[test]
fn the_dressing_of_2013_is_read() {
    let plain = xml(&CLIENT_ORDER);
    let dressed = plain.replacen(
        "<DTSControl>",
        "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n<DTSControl \
         Version=\"1.0\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:noNamespaceSchemaLocation=\"control.xsd\">",
        1,
    );
    assert_eq!(read(&dressed), read(&plain));
}

/// What a writer may put around an element without changing what it says.
const DRESSINGS: [&str; 6] = [
    "",
    "\r\n\t",
    "<!-- <Version>9</Version> -->",
    "<?other?>",
    "<Colour>blue</Colour>",
    "<Nested><Version>9</Version></Nested>",
];

/// A known element written in another way that means the same.
fn spelling() -> impl Strategy<Value = fn(Element) -> String> {
    let ways: Vec<fn(Element) -> String> = vec![
        |(name, text)| format!("<{name}>{text}</{name}>"),
        |(name, text)| format!("<{name}>\r\n    {text}\r\n  </{name}>"),
        |(name, text)| format!("<{name} nil=\"false\" >{text}</{name} >"),
        |(name, text)| match text.contains(['<', '&']) {
            true => format!("<{name}>{text}</{name}>"),
            false => format!("<{name}><![CDATA[{text}]]></{name}>"),
        },
        |(name, text)| match text.starts_with('<') {
            true => format!("<{name}>{text}</{name}>"),
            false => {
                let first = text.chars().next().map_or(0, u32::from);
                format!("<{name}>&#{first};<!-- part -->{}</{name}>", &text[1..])
            }
        },
    ];
    proptest::sample::select(ways)
}

proptest! {
    /// Any part of the elements, in any order, in any spelling, reads as in the client's own.
    #[test]
    fn any_order_and_any_dressing_says_the_same(
        elements in proptest::sample::subsequence(CLIENT_ORDER.to_vec(), 0..=19).prop_shuffle(),
        spellings in proptest::collection::vec(spelling(), 19),
        dressings in proptest::collection::vec(proptest::sample::select(&DRESSINGS[..]), 19),
    ) {
        let mut dressed = String::from("<DTSControl>");
        for ((element, spell), around) in elements.iter().zip(spellings).zip(dressings) {
            dressed += around;
            dressed += &spell(*element);
        }
        dressed += "</DTSControl>";
        prop_assert_eq!(read(&dressed), read(&xml(&elements)), "{}", dressed);
    }

    /// What is written is read again, and written the same: the writer has one form.
    #[test]
    fn what_was_read_and_written_is_settled(
        elements in proptest::sample::subsequence(CLIENT_ORDER.to_vec(), 0..=19).prop_shuffle(),
    ) {
        let once = read(&xml(&elements)).unwrap();
        for written in [once.write(), once.write_received()] {
            let again = ControlFile::read(&written).unwrap();
            prop_assert_eq!(&again, &once);
            prop_assert_eq!(again.write(), once.write());
        }
    }

    /// No declaration of a document type is read, wherever it stands and whatever it declares.
    #[test]
    fn a_document_type_is_refused(
        before in "(\u{feff})?(<\\?xml version=\"1\\.0\"\\?>)?( |\r\n|<!-- c -->){0,3}",
        name in "(DTSControl|x)",
        inside in proptest::sample::select(vec![
            "",
            " SYSTEM \"http://127.0.0.1:1/evil.dtd\"",
            " [<!ENTITY a \"1\">]",
            " [<!ENTITY a SYSTEM \"file:///etc/passwd\">]",
            " [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/p\"> %p;]",
            " [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\"><!ENTITY c \"&b;&b;\">]",
            " [<!ATTLIST DTSControl Version CDATA \"1.0\">]",
        ]),
    ) {
        let text = format!("{before}<!DOCTYPE {name}{inside}>{}", xml(&[VERSION, SUBJECT]));
        prop_assert_eq!(read(&text), Err(MeshError::ControlFileDocumentType));
    }

    /// An entity that XML itself does not know is an error, not a text.
    #[test]
    fn an_undeclared_entity_is_refused(name in "[a-z]{1,8}") {
        prop_assume!(!["amp", "lt", "gt", "quot", "apos"].contains(&name.as_str()));
        let text = format!("<DTSControl><Subject>&{name};</Subject></DTSControl>");
        let problem = "an '&' that is not written as '&amp;'";
        let told = matches!(read(&text), Err(MeshError::ControlFileXml { problem: it, .. }) if it == problem);
        prop_assert!(told);
    }

    /// A nested copy of a known element is not the element: only children of the root count.
    #[test]
    fn elements_deeper_down_say_nothing(depth in 1_usize..40) {
        let (open, close) = ("<Other>".repeat(depth), "</Other>".repeat(depth));
        let text = format!("<DTSControl>{open}<To_DTS>EVIL</To_DTS>{close}</DTSControl>");
        prop_assert_eq!(read(&text), Ok(ControlFile::default()));
        let inside = format!("<DTSControl><To_DTS>{open}EVIL{close}</To_DTS></DTSControl>");
        prop_assert_eq!(read(&inside), Ok(ControlFile::default()));
    }

    /// A file cut anywhere is refused: nothing is sent on half of what an application wrote.
    #[test]
    fn a_cut_file_is_refused(kept in 0.0_f64..1.0) {
        let whole = xml(&CLIENT_ORDER);
        let whole = whole.trim_end();
        let end = (whole.len() as f64 * kept) as usize;
        prop_assert!(ControlFile::read(&whole.as_bytes()[..end]).is_err());
    }
}

#[test]
fn the_first_of_two_elements_counts() {
    let twice = xml(&[TO, ("To_DTS", "EVIL"), ("TO_DTS", "EVIL")]);
    assert_eq!(read(&twice).unwrap().to_dts.as_deref(), Some("A20047OT001"));
}

#[test]
fn a_file_of_the_largest_size_is_read_and_one_byte_more_is_not() {
    let mut text = xml(&[VERSION, FROM, TO]);
    text.push_str(&" ".repeat(MAX_BYTES - text.len()));
    assert!(read(&text).is_ok());
    text.push(' ');
    assert_eq!(read(&text), Err(MeshError::ControlFileTooLong));
}

#[test]
fn what_fits_the_size_but_not_the_shape_is_refused() {
    let attributes: String = (0..1_000).map(|n| format!(" a{n}=\"\"")).collect();
    let namespaces: String = (0..1_000)
        .map(|n| format!(" xmlns:n{n}=\"u{n}\""))
        .collect();
    let nested = format!("{}{}", "<a>".repeat(8_000), "</a>".repeat(8_000));
    for inside in [nested, "<a/>".repeat(16_000), "<!---->".repeat(9_000)] {
        let text = format!("<DTSControl>{inside}</DTSControl>");
        assert!(text.len() <= MAX_BYTES, "{}", text.len());
        assert!(matches!(read(&text), Err(MeshError::ControlFileXml { .. })));
    }
    // Odd but harmless: they end, and say nothing.
    for attributes in [attributes, namespaces] {
        let text = format!("<DTSControl{attributes}></DTSControl>");
        assert!(text.len() <= MAX_BYTES, "{}", text.len());
        assert_eq!(read(&text), Ok(ControlFile::default()));
    }
}

#[test]
fn what_editors_and_declarations_make_of_a_file_is_the_same_file() {
    let plain = xml(&[VERSION, FROM, TO, ("Subject", "Siân Groß")]);
    let expected = read(&plain).unwrap();
    let bytes = |text: &str, unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    };
    let marked = format!("\u{feff}{plain}");
    let western = |name: &str| -> Vec<u8> {
        let declared = format!("<?xml version=\"1.0\" encoding=\"{name}\"?>\n{plain}");
        declared.chars().map(|c| c as u8).collect()
    };
    for file in [
        bytes(&marked, u16::to_le_bytes),
        bytes(&marked, u16::to_be_bytes),
        bytes(&plain, u16::to_le_bytes),
        western("ISO-8859-1"),
        western("windows-1252"),
    ] {
        assert_eq!(ControlFile::read(&file).as_ref(), Ok(&expected));
    }
}

#[test]
fn other_encodings_are_refused_and_named() {
    let plain = xml(&[VERSION, FROM, ("To_DTS", "caf\u{e9}")]);
    let undeclared: Vec<u8> = plain.chars().map(|c| c as u8).collect();
    let error = ControlFile::read(&undeclared).unwrap_err();
    assert!(matches!(error, MeshError::ControlFileEncoding(_)));
    assert!(
        error
            .to_string()
            .contains("UTF-8, found another byte sequence at line 4, column 14"),
        "{error}"
    );
    let japanese = format!("<?xml version=\"1.0\" encoding=\"Shift_JIS\"?>{plain}");
    let error = read(&japanese).unwrap_err();
    assert!(
        error.to_string().contains("found Shift_JIS in the XML"),
        "{error}"
    );
}

/// What is said of a file by `check`, one line a fault.
fn faults(text: &str) -> Vec<String> {
    let (file, places) = match ControlFile::read_with_places(text.as_bytes()) {
        Ok(read) => read,
        Err(error) => return vec![control_file::unreadable(&error).to_string()],
    };
    let mailbox = MailboxId::parse("A81001OT001").unwrap();
    let faults = control_file::check(&file, &places, Some(&mailbox)).err();
    let faults = faults.unwrap_or_default();
    faults.iter().map(ToString::to_string).collect()
}

const GOOD: [Element<'static>; 7] = [
    VERSION,
    ADDRESS_TYPE,
    MESSAGE_TYPE,
    FROM,
    TO,
    SUBJECT,
    WORKFLOW,
];

#[test]
fn each_fault_is_told_by_element_place_expected_and_found() {
    assert_eq!(faults(&xml(&GOOD)), [""; 0]);
    let long = "x".repeat(501);
    let with = |changed: &[Element]| {
        let elements = GOOD.map(|(name, text): Element| {
            let changed = changed.iter().find(|(it, _)| *it == name);
            changed.copied().unwrap_or((name, text))
        });
        faults(&xml(&elements))
    };
    for (changed, expected) in [
        (
            ("Version", "one"),
            "Version at line 2, column 3: expected 1.0, found one",
        ),
        (
            ("AddressType", "SMTP"),
            "AddressType at line 3, column 3: expected DTS or ALL, found SMTP",
        ),
        (
            ("MessageType", ""),
            "MessageType at line 4, column 3: expected Data, found none",
        ),
        (
            ("From_DTS", "A20047OT001"),
            "From_DTS at line 5, column 3: expected A81001OT001, the mailbox of this directory, found \
             A20047OT001",
        ),
        (
            ("To_DTS", ""),
            "To_DTS at line 6, column 3: expected the recipient's mailbox or a patient address, found none",
        ),
        (
            ("Subject", &long),
            "Subject at line 7, column 3: expected at most 500 characters, found 501, which is too long",
        ),
    ] {
        assert_eq!(with(&[changed]), [expected]);
    }
    let workflow = with(&[("WorkflowId", "")]);
    assert!(
        workflow[0].starts_with("WorkflowId at line 8, column 3: expected a workflow ("),
        "{workflow:?}"
    );
    let several = with(&[
        ("Version", "GARTON 9693632109"),
        ("To_DTS", ""),
        ("Subject", &long),
    ]);
    assert_eq!(several.len(), 3);
    assert!(!several.concat().contains("GARTON"));
    let missing = faults(&xml(&[VERSION, ADDRESS_TYPE, MESSAGE_TYPE, TO]));
    assert_eq!(missing.len(), 2, "{missing:?}");
    assert!(
        missing[0].starts_with("From_DTS: expected A81001OT001"),
        "{missing:?}"
    );
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    for (text, expected) in [
        (
            "",
            "DTSControl: expected a control file, XML with the root element DTSControl, found an empty file",
        ),
        (
            "<DTSControl>\n<Subject>Smith & Jones</Subject></DTSControl>",
            "DTSControl at line 2, column 16: expected well-formed XML, found an '&' that is not written as \
             '&amp;'",
        ),
        (
            "<dtscontrol/>",
            "DTSControl: expected the root element DTSControl, in this spelling, found dtscontrol",
        ),
        (
            "<DTSControl><Subject>a</DTSControl>",
            "DTSControl at line 1, column 23: expected well-formed XML, found an end tag that does not fit \
             its start tag",
        ),
    ] {
        assert_eq!(faults(text), [expected]);
    }
}
