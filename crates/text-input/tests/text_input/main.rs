//! Bytes as editors and programs write text, read and refused.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use proptest::prelude::*;
use std::io::Read;

use text_input::{Decoded, TextError, decode, decode_xml, foreign, pem, utf8};

const TEXT: &str = "Größe\nSiân\t€";

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn utf8_and_utf16_with_and_without_a_mark_are_the_same_text() {
    let marked = format!("\u{feff}{TEXT}");
    for bytes in [
        TEXT.as_bytes().to_vec(),
        marked.as_bytes().to_vec(),
        utf16(TEXT, u16::to_le_bytes),
        utf16(TEXT, u16::to_be_bytes),
        utf16(&marked, u16::to_le_bytes),
        utf16(&marked, u16::to_be_bytes),
    ] {
        assert_eq!(decode(&bytes).unwrap(), TEXT);
        assert_eq!(decode_xml(&bytes).unwrap(), TEXT);
    }
}

#[test]
fn xml_is_read_as_it_declares() {
    for name in ["ISO-8859-1", "iso-8859-1", "windows-1252", "Windows-1252"] {
        for quote in ['"', '\''] {
            let head =
                format!("<?xml version={quote}1.0{quote} encoding = {quote}{name}{quote}?><a>");
            let bytes = [head.as_bytes(), b"Si\xe2n \x80</a>"].concat();
            assert_eq!(decode_xml(&bytes).unwrap(), format!("{head}Siân €</a>"));
        }
    }
    let unicode = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>Siân</a>";
    assert_eq!(decode_xml(unicode.as_bytes()).unwrap(), unicode);
    let other = "<?xml version=\"1.0\" encoding=\"Shift_JIS<x>\"?><a/>";
    let name = "Shift_JISx".to_owned();
    assert_eq!(
        decode_xml(other.as_bytes()),
        Err(TextError::Declared { name })
    );
    // A mark counts before the declaration, as XML says.
    let marked = "\u{feff}<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>Siân</a>";
    assert_eq!(decode_xml(marked.as_bytes()).unwrap(), marked[3..]);
}

#[test]
fn where_text_ends_is_told() {
    let at = |line, column, offset| TextError::NotUtf8 {
        offset,
        line,
        column,
    };
    assert_eq!(decode(b"a\nb\xe9c"), Err(at(2, 2, 3)));
    assert_eq!(decode_xml(b"\xef\xbb\xbf<a>\xe9"), Err(at(1, 4, 3)));
    let half = [
        b"\xff\xfe".as_slice(),
        &utf16("ab", u16::to_le_bytes),
        b"\x00\xd8",
    ]
    .concat();
    assert_eq!(
        decode(&half),
        Err(TextError::NotUtf16 { line: 1, column: 3 })
    );
    let odd = [b"\xff\xfe".as_slice(), b"a\x00b"].concat();
    assert_eq!(
        decode(&odd),
        Err(TextError::NotUtf16 { line: 1, column: 2 })
    );
}

#[test]
fn what_knows_utf8_only_is_told_what_it_got() {
    assert_eq!(utf8("\u{feff}é".as_bytes()), Ok("é"));
    let wide = utf16("<a/>", u16::to_le_bytes);
    assert!(matches!(utf8(&wide), Err(TextError::OnlyUtf8 { .. })));
    let western = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>";
    assert!(matches!(utf8(western), Err(TextError::OnlyUtf8 { .. })));
    // What a declaration says of plain ASCII is harmless.
    assert!(utf8(&western[..46]).is_ok());
    assert!(matches!(
        utf8(b"\xe9"),
        Err(TextError::NotUtf8 { offset: 0, .. })
    ));
}

#[test]
fn pem_is_pem_whatever_editor_wrote_it_and_der_stays_der() {
    let text = "-----BEGIN CERTIFICATE-----\nMIGH\n-----END CERTIFICATE-----\n";
    let marked = format!("\u{feff}{text}");
    for bytes in [
        text.as_bytes().to_vec(),
        marked.as_bytes().to_vec(),
        utf16(text, u16::to_le_bytes),
        utf16(&marked, u16::to_be_bytes),
    ] {
        assert_eq!(*pem(&bytes), *text.as_bytes());
    }
    for der in [&b"\x30\x82\x01\x02"[..], b"\x30\x00\x01", b""] {
        assert_eq!(*pem(der), *der);
    }
}

/// Gives a byte at each call.
struct ByteByByte<'a>(&'a [u8]);

impl Read for ByteByByte<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(1);
        self.0.read(&mut buffer[..most])
    }
}

/// However the bytes arrive, a stream gives what the whole gives.
#[test]
fn a_stream_is_decoded_as_the_whole_is() {
    let text = format!("{TEXT}\n").repeat(300);
    let marked = format!("\u{feff}{text}");
    for bytes in [
        text.as_bytes().to_vec(),
        marked.as_bytes().to_vec(),
        utf16(&text, u16::to_le_bytes),
        utf16(&marked, u16::to_le_bytes),
        utf16(&marked, u16::to_be_bytes),
    ] {
        let mut read = String::new();
        Decoded::new(bytes.as_slice())
            .read_to_string(&mut read)
            .unwrap();
        assert!(read == text);
        let mut slowly = String::new();
        Decoded::new(ByteByByte(&bytes))
            .read_to_string(&mut slowly)
            .unwrap();
        assert!(slowly == text);
    }
    let empty = std::io::read_to_string(Decoded::new(&b""[..])).unwrap();
    assert_eq!(empty, "");
}

#[test]
fn what_is_no_text_is_named() {
    for (bytes, name) in [
        (&b""[..], "an empty file"),
        (b" \r\n", "a file of blanks only"),
        (b"\n%PDF-1.7", "a PDF"),
        (
            b"PK\x03\x04",
            "a ZIP archive or an Office document (.docx, .xlsx)",
        ),
        (b"\x1f\x8b\x08", "gzip: expand it first"),
    ] {
        assert_eq!(foreign(bytes), Some(name));
    }
    for text in ["<Bundle/>", "{}", "a,b", "text"] {
        assert_eq!(foreign(text.as_bytes()), None);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = (decode(&bytes), decode_xml(&bytes), utf8(&bytes), foreign(&bytes));
    }

    #[test]
    fn any_text_comes_back(text in "[ -~]\\PC{0,60}") {
        for bytes in [utf16(&text, u16::to_le_bytes), utf16(&text, u16::to_be_bytes), text.clone().into_bytes()] {
            prop_assert_eq!(decode(&bytes).unwrap(), text.as_str());
        }
    }
}
