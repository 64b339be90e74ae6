//! Reading the client's configuration.

use std::path::Path;

use mesh_client::config::{self, Loaded};

use crate::error::Error;

/// Either client's file, and the variables that override it.
///
/// # Errors
///
/// When the file cannot be read or is wrong.
pub fn read(path: &Path) -> Result<Loaded, Error> {
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Ok(config::load(path, variables)?)
}
