//! The published messages, when they are there.

/// Every file with this ending under `data/<folder>` of the shared folder, sorted; empty when there is
/// no such folder, and the test was skipped.
pub fn published(folder: &str, ending: &str) -> Vec<(String, Vec<u8>)> {
    let Some(folder) = test_kit::shared(&format!("data/{folder}")) else {
        return Vec::new();
    };
    let files = std::fs::read_dir(folder).unwrap();
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
