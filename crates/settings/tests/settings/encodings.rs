//! Files are read whatever editor wrote them.

use std::fs;

use settings::{Settings, read_text};

use crate::{SHOP, Shop};

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn marks_utf_16_and_windows_line_ends_are_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.toml");
    let text = "name = \"Zoë 🏥\"\r\n\r\n[limits]\r\nsmall = 7\r\n";
    for bytes in [
        text.as_bytes().to_vec(),
        format!("\u{feff}{text}").into_bytes(),
        utf16(text, u16::to_le_bytes),
        utf16(text, u16::to_be_bytes),
        utf16(&format!("\u{feff}{text}"), u16::to_le_bytes),
        utf16(&format!("\u{feff}{text}"), u16::to_be_bytes),
    ] {
        fs::write(&path, &bytes).unwrap();
        assert_eq!(read_text(&path).unwrap().text, text);
        let shop: Shop = Settings::load(&path, &SHOP, &[]).unwrap();
        assert_eq!((shop.name.as_str(), shop.limits.small), ("Zoë 🏥", 7));
    }
}

#[test]
fn what_is_no_text_is_refused_with_its_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.toml");
    for bytes in [
        // Latin-1
        b"# good\nname = \"Zo\xeb\"\n".to_vec(),
        // half a character
        utf16("# good\nname = \"Zo", u16::to_le_bytes)
            .into_iter()
            .chain([0x00, 0xd8, b'x', 0])
            .collect(),
    ] {
        fs::write(&path, bytes).unwrap();
        let refused = read_text(&path).unwrap_err().to_string();
        assert!(
            refused.contains("line 2, column 11: is neither UTF-8 nor UTF-16"),
            "{refused}"
        );
    }
}

#[test]
fn xml_is_read_as_it_declares() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("meshclient.cfg");
    let text = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><MESHConfig>Zo\u{eb}</MESHConfig>";
    let western: Vec<u8> = text.chars().map(|c| c as u8).collect();
    fs::write(&path, &western).unwrap();
    assert_eq!(read_text(&path).unwrap().text, text);
    let other = text.replace("ISO-8859-1", "Shift_JIS");
    fs::write(&path, other).unwrap();
    let refused = read_text(&path).unwrap_err().to_string();
    assert!(
        refused.contains("is declared to be in Shift_JIS"),
        "{refused}"
    );
}
