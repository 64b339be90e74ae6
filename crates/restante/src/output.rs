//! Printing results: text for people, JSON for programs.

use std::io::Write;

use crate::cli::Format;
use crate::error::Error;

/// Prints `value` as one JSON document, or what `text` writes.
pub fn print<T: serde::Serialize>(
    format: Format,
    value: &T,
    text: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    match format {
        Format::Text => text(&mut out)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, value).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(())
}
