//! The published messages, when they are there.

use std::path::{Path, PathBuf};

/// Every file with this ending under `data/<folder>` of the shared folder, sorted; empty, with a
/// line on the output, when there is no such folder.
pub fn published(folder: &str, ending: &str) -> Vec<(String, Vec<u8>)> {
    let shared = std::env::var_os("RESTANTE_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = shared.join("data").join(folder);
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!(
            "no published messages at {}, nothing to do",
            folder.display()
        );
        return Vec::new();
    };
    let mut found: Vec<_> = files
        .map(|file| file.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == ending)
        })
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect();
    found.sort();
    assert!(!found.is_empty(), "an empty folder of published messages");
    found
}
