//! What a file is, by its contents; its name and the type it states have to agree.

use itk3::attachment_types::{self, PDF};

use super::html;

const WORD: &str = "application/msword";
const WORD_XML: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const RTF: &str = "application/rtf";
const HTML: &str = "text/html";
const TEXT: &str = "text/plain";
const XML: &str = "application/xml";
const JPEG: &str = "image/jpeg";
const PNG: &str = "image/png";
const TIFF: &str = "image/tiff";

/// Each type that Send Document lists: what people call it, and how names of such files end.
const TYPES: [(&str, &str, &[&str]); 10] = [
    (PDF, "a PDF", &["pdf"]),
    (WORD, "a Word document (.doc)", &["doc"]),
    (WORD_XML, "a Word document (.docx)", &["docx"]),
    (RTF, "an RTF document", &["rtf"]),
    (HTML, "HTML", &["html", "htm"]),
    (TEXT, "plain text", &["txt"]),
    (XML, "XML", &["xml"]),
    (JPEG, "a JPEG picture", &["jpg", "jpeg"]),
    (PNG, "a PNG picture", &["png"]),
    (TIFF, "a TIFF picture", &["tif", "tiff"]),
];

/// How the contents of some begin.
const BEGINNINGS: [(&[u8], &str); 6] = [
    (b"%PDF-", PDF),
    (b"{\\rtf", RTF),
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
];

/// A file of an Office document, and the name in it that only Word's has.
const ZIP: (&[u8], &[u8]) = (b"PK\x03\x04", b"word/document.xml");
const OLE: (&[u8], &[u8]) = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0",
);

/// How much of a text is looked at for the element it begins with, in characters.
const BEGINNING: usize = 2_000;

/// The listed type that the contents are, or which field is wrong (from the file's path on) and what was
/// expected. `name` is the file's.
pub(super) fn judge(
    content: &[u8],
    stated: Option<&str>,
    name: Option<&str>,
) -> Result<&'static str, (&'static str, String)> {
    let stated = match stated.map(attachment_types::known) {
        Some(None) => {
            let listed: Vec<&str> = TYPES.iter().map(|(listed, _, _)| *listed).collect();
            let expected = format!(
                "one of {}; send the file as one of these",
                listed.join(", ")
            );
            return Err((".content_type", expected));
        }
        Some(known) => known.map(|known| (known, ".content_type")),
        None => None,
    };
    let named = name.and_then(of_name).map(|named| (named, ".file"));
    let found = of_content(content);
    let Some((expected, field)) = stated.or(named) else {
        return found.map_or_else(
            |found| {
                let expected = "a PDF, Word, RTF, HTML, text, XML, JPEG, PNG or TIFF file";
                Err(("", format!("{expected}, found {found}")))
            },
            fit(content),
        );
    };
    match found {
        Ok(found) if found == expected => fit(content)(found),
        // A part of a page, without the elements around it.
        Ok(TEXT) if expected == HTML => fit(content)(HTML),
        Ok(HTML | XML) if expected == TEXT => Ok(TEXT),
        Ok(found) => Err((field, differs(expected, in_words(found)))),
        Err(found) => Err((field, differs(expected, found))),
    }
}

/// The type, unless it is HTML that does not stand by itself.
fn fit(content: &[u8]) -> impl Fn(&'static str) -> Result<&'static str, (&'static str, String)> {
    move |found| match found {
        HTML => match html::unfit(&String::from_utf8_lossy(content)) {
            Some(what) => {
                let expected = "HTML that shows everything by itself and does nothing";
                Err((
                    "",
                    format!("{expected}, found {what}; remove it, or send a PDF"),
                ))
            }
            None => Ok(HTML),
        },
        other => Ok(other),
    }
}

fn differs(expected: &'static str, found: &str) -> String {
    let expected = in_words(expected);
    format!("{expected} as it says, found {found}; correct it or the file")
}

fn in_words(content_type: &'static str) -> &'static str {
    let mut types = TYPES.iter();
    let known = types.find(|(listed, _, _)| *listed == content_type);
    known.map_or(content_type, |(_, words, _)| words)
}

fn of_name(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    let ending = ending.to_ascii_lowercase();
    let mut types = TYPES.iter();
    let known = types.find(|(_, _, endings)| endings.contains(&ending.as_str()));
    known.map(|(listed, _, _)| *listed)
}

/// The listed type, or the name of what is none.
fn of_content(content: &[u8]) -> Result<&'static str, &'static str> {
    let has = |part: &[u8]| content.windows(part.len()).any(|window| window == part);
    let mut beginnings = BEGINNINGS.iter();
    if let Some((_, listed)) = beginnings.find(|(begin, _)| content.starts_with(begin)) {
        return Ok(listed);
    }
    if content.starts_with(ZIP.0) && has(ZIP.1) {
        return Ok(WORD_XML);
    }
    if content.starts_with(OLE.0) && has(OLE.1) {
        return Ok(WORD);
    }
    match text_input::foreign(content) {
        Some("an HTML page") | None => of_text(content),
        Some(other) => Err(other),
    }
}

fn of_text(content: &[u8]) -> Result<&'static str, &'static str> {
    let Ok(text) = std::str::from_utf8(content) else {
        return Err("bytes of an unknown kind, or text that is not in UTF-8");
    };
    let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    if text.contains(is_odd) {
        return Err("bytes of an unknown kind");
    }
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let begin: String = text.chars().take(BEGINNING).collect();
    let begin = begin.to_ascii_lowercase();
    Ok(
        if begin.starts_with("<!doctype html") || begin.starts_with("<html") {
            HTML
        } else if !begin.starts_with("<?xml") {
            TEXT
        } else if begin.contains("<html") {
            HTML
        } else {
            XML
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_one_that_attachments_have() {
        for (listed, _, _) in TYPES {
            assert_eq!(attachment_types::known(listed), Some(listed));
        }
    }

    #[test]
    fn contents_tell_the_type() {
        let office = |begin: &[u8], mark: &[u8]| [begin, b"\0\0\0\0 other ", mark].concat();
        for (content, expected) in [
            (b"%PDF-1.7\n".to_vec(), Ok(PDF)),
            (b"{\\rtf1 a}".to_vec(), Ok(RTF)),
            (b"\xff\xd8\xff\xe0\0".to_vec(), Ok(JPEG)),
            (b"\x89PNG\r\n\x1a\n\0".to_vec(), Ok(PNG)),
            (b"II*\0\x08\0".to_vec(), Ok(TIFF)),
            (b"MM\0*\0".to_vec(), Ok(TIFF)),
            (office(ZIP.0, ZIP.1), Ok(WORD_XML)),
            (office(OLE.0, OLE.1), Ok(WORD)),
            (b"\xef\xbb\xbf\n<!DOCTYPE HTML><p>".to_vec(), Ok(HTML)),
            (b"<HTML lang=en>".to_vec(), Ok(HTML)),
            (
                b"<?xml version='1.0'?>\n<html xmlns='a'/>".to_vec(),
                Ok(HTML),
            ),
            (b"<?xml version='1.0'?><a/>".to_vec(), Ok(XML)),
            ("caf\u{e9}\n".as_bytes().to_vec(), Ok(TEXT)),
        ] {
            assert_eq!(of_content(&content), expected, "{content:?}");
        }
        for content in [
            &b""[..],
            b" \n",
            b"GIF89a",
            b"a\0b",
            b"caf\xe9",
            &office(ZIP.0, b"xl/workbook.xml"),
            &office(OLE.0, b"W\0o\0r\0k\0b\0o\0o\0k\0"),
        ] {
            assert!(of_content(content).is_err(), "{content:?}");
        }
    }

    #[test]
    fn name_and_stated_type_agree_with_the_contents() {
        for (content, stated, name, expected) in [
            (&b"%PDF-1.7"[..], None, None, Ok(PDF)),
            (
                b"%PDF-1.7",
                Some("Application/PDF; a=b"),
                Some("letter"),
                Ok(PDF),
            ),
            (b"%PDF-1.7", None, Some("a.b.PDF"), Ok(PDF)),
            (b"%PDF-1.7", None, Some("letter.png"), Err(".file")),
            (
                b"%PDF-1.7",
                Some("image/png"),
                Some("letter.pdf"),
                Err(".content_type"),
            ),
            (b"%PDF-1.7", Some("image/gif"), None, Err(".content_type")),
            (b"GIF89a", None, None, Err("")),
            (b"GIF89a", None, Some("a.png"), Err(".file")),
            (b"<p>a</p>", Some("text/html"), None, Ok(HTML)),
            (b"<p>a</p>", None, Some("a.htm"), Ok(HTML)),
            (b"<p>a</p>", None, None, Ok(TEXT)),
            (b"<html>", Some("text/plain"), None, Ok(TEXT)),
            (b"a", None, Some("a.xml"), Err(".file")),
            (b"<html><script>a</script>", None, None, Err("")),
        ] {
            let judged = judge(content, stated, name).map_err(|(field, _)| field);
            assert_eq!(judged, expected, "{content:?} {stated:?} {name:?}");
        }
    }
}
