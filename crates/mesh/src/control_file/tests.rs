//! Control files read and written, and hostile ones refused.

use proptest::prelude::*;

use super::*;
use crate::status::{self, parse_time};
use crate::{StatusCode, StatusEvent};

const OUT: &str = "<DTSControl>
  <Version>1.0</Version>
  <AddressType>DTS</AddressType>
  <MessageType>Data</MessageType>
  <From_DTS>A81001OT001</From_DTS>
  <To_DTS>GPPROVIDER_9693632109_23061946_GARTON</To_DTS>
  <Subject>Consultation &amp; more</Subject>
  <LocalId>A81001</LocalId>
  <Compress>Y</Compress>
  <Encrypted>N</Encrypted>
  <WorkflowId>GPFED_CONSULT_REPORT</WorkflowId>
  <AllowChunking>Y</AllowChunking>
</DTSControl>
";

#[test]
fn the_order_written_is_the_order_of_the_sheet() {
    let file = ControlFile::read(OUT.as_bytes()).unwrap();
    assert_eq!(file.subject.as_deref(), Some("Consultation & more"));
    assert_eq!(String::from_utf8(file.write()).unwrap(), OUT);
}

#[test]
fn a_received_file_has_the_empty_elements() {
    let mut file = ControlFile::read(OUT.as_bytes()).unwrap();
    file.dts_id = Some("20260114093012123456_0AB1C2".into());
    file.is_compressed = Some(false);
    file.allow_chunking = None;
    let at = parse_time("20260114093014").unwrap();
    let text = status::TRANSFERRED_TO_RECIPIENT;
    file.status = Some(StatusRecord::success(at, StatusEvent::Transfer, text));
    let written = String::from_utf8(file.write_received()).unwrap();
    for line in [
        "  <From_ESMTP></From_ESMTP>\n",
        "  <PartnerId></PartnerId>\n",
        "  <ProcessId></ProcessId>\n  <DataChecksum></DataChecksum>\n  <IsCompressed>N</IsCompressed>\n  <StatusRecord>\n    <DateTime>20260114093014</DateTime>\n    <Event>TRANSFER</Event>\n    <Status>SUCCESS</Status>\n    <StatusCode>00</StatusCode>\n",
    ] {
        assert!(written.contains(line), "{written}");
    }
    assert_eq!(ControlFile::read(written.as_bytes()), Ok(file));
}

#[test]
fn mark_declaration_order_variants_and_strangers_are_tolerated() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<DTSControl Version=\"1\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">
  <Unknown>x</Unknown><DataCheckSum>abc</DataCheckSum><PartnerIdentifier/>
  <PartnerIdentifier> p </PartnerIdentifier>
  <To_DTS> X<!-- a comment -->26 </To_DTS><Compress>yes</Compress><Encrypted>maybe</Encrypted>
  <MessageType>DATA</MessageType></DTSControl>";
    let file = ControlFile::read(text.as_bytes()).unwrap();
    assert_eq!(file.data_checksum.as_deref(), Some("abc"));
    assert_eq!(file.partner_id.as_deref(), Some("p"));
    assert_eq!(file.to_dts.as_deref(), Some("X26"));
    assert_eq!((file.compress, file.encrypted), (Some(true), None));
    assert_eq!(file.message_type(), Some(MessageType::Data));
}

#[test]
fn hostile_files_are_refused() {
    let entity = r#"<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><DTSControl><Subject>&e;</Subject></DTSControl>"#;
    let deep = "<a>".repeat(20_000);
    let wide = format!("<DTSControl>{}</DTSControl>", "<a/>".repeat(10_000));
    for text in ["not XML", "<DTSControl>", deep.as_str(), wide.as_str()] {
        let read = ControlFile::read(text.as_bytes());
        assert!(
            matches!(read, Err(MeshError::ControlFileXml { .. })),
            "{read:?}"
        );
    }
    assert_eq!(
        ControlFile::read(entity.as_bytes()),
        Err(MeshError::ControlFileDocumentType)
    );
    let found = "an empty file";
    assert_eq!(
        ControlFile::read(b""),
        Err(MeshError::ControlFileForeign { found })
    );
    let found = "Other".to_owned();
    assert_eq!(
        ControlFile::read(b"<Other/>"),
        Err(MeshError::ControlFileRoot { found })
    );
    assert!(matches!(
        ControlFile::read(b"<DTSControl>\xff"),
        Err(MeshError::ControlFileEncoding(_))
    ));
    assert_eq!(
        ControlFile::read(&[b' '; MAX_BYTES + 1]),
        Err(MeshError::ControlFileTooLong)
    );
}

#[test]
fn header_text_is_one_line() {
    assert_eq!(header_text(" a\r\n\tb  c "), "a b c");
}

#[test]
fn debug_never_shows_what_may_identify_a_patient() {
    let mut file = ControlFile::read(OUT.replace("more", "GARTON").as_bytes()).unwrap();
    file.partner_id = Some("GARTON".into());
    file.local_id = Some("GARTON".into());
    assert!(!format!("{file:?}").contains("GARTON"));
}

/// Any text XML can hold that is not changed by trimming.
fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(
        "[^\\x00-\\x20\\p{Z}\\u{85}\\u{fffe}\\u{ffff}]([\\t\\n\\r -~é李<>&'\"]{0,40}[!-~é李])?",
    )
}

fn record() -> impl Strategy<Value = Option<StatusRecord>> {
    let part = (text(), "[A-Z0-9-]{0,10}", any::<bool>(), any::<bool>());
    proptest::option::of(
        part.prop_map(|(description, code, well, timed)| StatusRecord {
            at: timed.then(|| parse_time("20260114093014").unwrap()),
            event: if well {
                StatusEvent::Transfer
            } else {
                StatusEvent::Send
            },
            status: if well {
                crate::Status::Success
            } else {
                crate::Status::Error
            },
            code: StatusCode::new(&code),
            description: description.unwrap_or_default(),
        }),
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        texts in proptest::collection::vec(text(), 14),
        flags in any::<[Option<bool>; 4]>(),
        status in record(),
    ) {
        let mut texts = texts.into_iter();
        let mut next = || texts.next().unwrap();
        let file = ControlFile {
            version: next(), address_type: next(), message_type: next(), from_dts: next(),
            to_dts: next(), from_esmtp: next(), to_esmtp: next(), subject: next(),
            local_id: next(), dts_id: next(), partner_id: next(), workflow_id: next(),
            process_id: next(), data_checksum: next(),
            compress: flags[0], encrypted: flags[1], is_compressed: flags[2],
            allow_chunking: flags[3], status,
        };
        prop_assert_eq!(ControlFile::read(&file.write()), Ok(file.clone()));
        prop_assert_eq!(ControlFile::read(&file.write_received()), Ok(file));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = ControlFile::read(&bytes);
    }

    #[test]
    fn any_header_text_is_written_as_xml(subject in "\\PC{0,80}") {
        let file = ControlFile { subject: Some(subject), ..ControlFile::default() };
        prop_assert!(ControlFile::read(&file.write()).is_ok());
    }
}
