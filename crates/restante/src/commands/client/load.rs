//! Reading the client's configuration.

use std::path::Path;

use mesh_client::config::{self, Loaded};

use crate::config::KINDS;
use crate::error::Error;

/// Either client's file, and the variables that override it.
///
/// # Errors
///
/// When the file cannot be read or is wrong.
pub fn read(path: &Path) -> Result<Loaded, Error> {
    Ok(config::load(path, &KINDS, settings::process_variables())?)
}
