//! Printing results: text for people, JSON for programs. What a file or a message says may hold characters that
//! move a terminal's cursor, change its title or turn the direction of text; none of them is printed as it is.

use std::fmt::Write as _;
use std::io::Write;

use clap::ValueEnum;
use text_input::is_unseen;

use crate::error::Error;

/// How results are printed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// Prints `value` as one JSON document, or what `text` writes.
///
/// # Errors
///
/// When standard output cannot be written to.
pub fn print<T: serde::Serialize>(
    format: Format,
    value: &T,
    text: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), Error> {
    let stdout = std::io::stdout().lock();
    match format {
        Format::Text => {
            let mut out = Harmless {
                out: stdout,
                escape: |escaped, character| write!(escaped, "{}", character.escape_unicode()),
            };
            text(&mut out)?;
            out.flush()?;
        }
        Format::Json => {
            // Outside of strings JSON has no such characters.
            let mut out = Harmless {
                out: stdout,
                escape: |escaped, character| {
                    let mut units = [0; 2];
                    let mut units = character.encode_utf16(&mut units).iter();
                    units.try_for_each(|unit| write!(escaped, "\\u{unit:04x}"))
                },
            };
            serde_json::to_writer_pretty(&mut out, value).map_err(std::io::Error::from)?;
            writeln!(out)?;
            out.flush()?;
        }
    }
    Ok(())
}

/// Text for a terminal, with the characters escaped that would do something to it.
pub fn harmless(text: &str) -> String {
    let mut out = Harmless {
        out: Vec::with_capacity(text.len()),
        escape: |escaped, character| write!(escaped, "{}", character.escape_unicode()),
    };
    // Writing into memory cannot fail.
    let _ = out.write_all(text.as_bytes());
    String::from_utf8_lossy(&out.out).into_owned()
}

/// Writes text on, with the characters escaped that would do something to a terminal.
struct Harmless<W> {
    out: W,
    escape: fn(&mut String, char) -> std::fmt::Result,
}

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    /// Text comes here in whole characters, for it was formatted.
    fn write_all(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let text = String::from_utf8_lossy(bytes);
        if !text.contains(is_unseen) {
            return self.out.write_all(text.as_bytes());
        }
        let mut escaped = String::with_capacity(text.len());
        for character in text.chars() {
            if is_unseen(character) {
                (self.escape)(&mut escaped, character).map_err(std::io::Error::other)?;
            } else {
                escaped.push(character);
            }
        }
        self.out.write_all(escaped.as_bytes())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_a_terminal_that_acts_on_it() {
        let text = "a\u{1b}[2J\u{7}\u{9b}31m\u{202e}NOTRAG\u{2066}é\r\n\tend\u{7f}";
        let expected = "a\\u{1b}[2J\\u{7}\\u{9b}31m\\u{202e}NOTRAG\\u{2066}é\\u{d}\n\tend\\u{7f}";
        assert_eq!(harmless(text), expected);
        for character in ('\0'..=char::MAX).filter(|it| is_unseen(*it)) {
            let shown = harmless(&character.to_string());
            assert!(shown.is_ascii() && shown.starts_with('\\'), "{shown}");
        }
    }
}
