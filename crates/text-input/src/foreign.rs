//! What is no text, by how it begins.

/// Beginnings and what has them.
const KINDS: [(&[u8], &str); 14] = [
    (b"%PDF-", "a PDF"),
    (
        b"PK\x03\x04",
        "a ZIP archive or an Office document (.docx, .xlsx)",
    ),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Office document (.doc, .xls)",
    ),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "gzip: expand it first"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"-----BEGIN ", "PEM (a certificate or key)"),
    (b"MIME-Version:", "an e-mail"),
    (b"<!DOCTYPE html", "an HTML page"),
];

/// Names what the bytes are when they are none of the texts that are read here: nothing at all, a PDF, a
/// picture, an archive. Looks at how they begin, behind blanks.
pub fn foreign(bytes: &[u8]) -> Option<&'static str> {
    let begins = bytes.trim_ascii_start();
    if begins.is_empty() {
        return Some(if bytes.is_empty() {
            "an empty file"
        } else {
            "a file of blanks only"
        });
    }
    KINDS
        .iter()
        .find(|(beginning, _)| begins.starts_with(beginning))
        .map(|(_, name)| *name)
}
