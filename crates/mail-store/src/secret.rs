//! Secrets in files.

use std::path::Path;

use crate::StoreError;

/// The first line of a file.
pub(crate) fn first_line(path: &Path) -> Result<String, StoreError> {
    let text = std::fs::read_to_string(path).map_err(StoreError::file(path))?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}
