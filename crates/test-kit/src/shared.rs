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

/// Name and bytes of every file with this ending in the folder `data/<folder>` of [`shared`], sorted;
/// empty when it is not there, and the test was skipped.
///
/// # Panics
///
/// When the folder cannot be read, or has no such file.
#[allow(clippy::panic, clippy::unwrap_used)]
pub fn shared_files(folder: &str, ending: &str) -> Vec<(String, Vec<u8>)> {
    let Some(folder) = shared(&format!("data/{folder}")) else {
        return Vec::new();
    };
    let files = std::fs::read_dir(&folder).unwrap();
    let mut found: Vec<_> = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            (name.into_owned(), std::fs::read(&path).unwrap())
        })
        .collect();
    found.sort();
    assert!(!found.is_empty(), "nothing in {}", folder.display());
    found
}
