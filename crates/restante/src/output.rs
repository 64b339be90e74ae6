//! Printing results: text for people, JSON for programs.

use std::io::Write;

use clap::ValueEnum;

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
