//! Published messages and data that are not in this repository.

use std::path::{Path, PathBuf};

use crate::{Needs, skip};

/// What lies at this path of the folder that `RESTANTE_SHARED` names, or of `shared` beside the
/// checkout; `None` when it is not there, and the test was skipped.
pub fn shared(path: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("RESTANTE_SHARED").map_or_else(beside, PathBuf::from);
    let found = folder.join(path);
    if found.exists() {
        return Some(found);
    }
    skip(Needs::Shared, &format!("{} is not there", found.display()));
    None
}
