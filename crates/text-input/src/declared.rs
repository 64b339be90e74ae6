//! The encoding that an XML declaration names.

/// Bytes in which a declaration ends, or there is none.
const LONGEST: usize = 256;

/// What a declaration says of the encoding.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Declared {
    /// There is no declaration, or none that names an encoding.
    Nothing,
    /// UTF-8, a part of it, or UTF-16, which its bytes show by themselves.
    Unicode,
    /// ISO-8859-1 or windows-1252.
    Western,
    /// An encoding that is not read.
    Other(String),
}

/// Reads `<?xml … encoding="…"`.
pub(crate) fn of(bytes: &[u8]) -> Declared {
    name(bytes).map_or(Declared::Nothing, |name| {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" | "us-ascii" | "ascii" | "utf-16" | "utf-16le" | "utf-16be" => {
                Declared::Unicode
            }
            "iso-8859-1" | "iso_8859-1" | "iso8859-1" | "latin1" | "latin-1" | "windows-1252"
            | "cp1252" => Declared::Western,
            _ => Declared::Other(name),
        }
    })
}

fn name(bytes: &[u8]) -> Option<String> {
    let begin = bytes.get(..bytes.len().min(LONGEST))?;
    let begin = String::from_utf8_lossy(begin.trim_ascii_start());
    let (declaration, _) = begin.strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (name, _) = value.get(1..)?.split_once(quote)?;
    let known = |c: &char| c.is_ascii_alphanumeric() || "-._:".contains(*c);
    Some(name.trim().chars().filter(known).take(40).collect())
}
