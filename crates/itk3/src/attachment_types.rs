//! The media types of attachments that the systems of general practices are expected to take.

/// The types in the spelling we send.
const LISTED: [&str; 10] = [
    "application/pdf",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/rtf",
    "text/html",
    "text/plain",
    "application/xml",
    "image/jpeg",
    "image/png",
    "image/tiff",
];

/// Other spellings that are read as listed ones, the guide's own misprints among them.
const SPELLINGS: [(&str, &str); 4] = [
    ("application/mswrtford", "application/rtf"),
    ("text/rtf", "application/rtf"),
    ("image/jpg", "image/jpeg"),
    ("text/xml", "application/xml"),
];

/// A PDF.
pub const PDF: &str = "application/pdf";

/// The listed type this is, in our spelling; parameters and case are ignored.
pub fn known(content_type: &str) -> Option<&'static str> {
    let name = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let spelt = SPELLINGS
        .iter()
        .find(|(other, _)| *other == name)
        .map(|(_, listed)| *listed);
    let name = spelt.unwrap_or(&name);
    LISTED.into_iter().find(|listed| *listed == name)
}
