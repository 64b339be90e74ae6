//! Pages of the documentation that are made from the code: compared with what is committed.

use std::path::Path;

/// Fails when the page at `path`, from the top of the repository, is not `made`. With `RESTANTE_WRITE` in the
/// environment it is written first; `command` is what people run for that.
///
/// # Panics
/// When the page differs, and when it cannot be written.
pub fn committed_page(path: &str, made: &str, command: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path);
    if std::env::var_os("RESTANTE_WRITE").is_some() {
        let written = std::fs::write(&file, made);
        assert!(written.is_ok(), "{path} cannot be written: {written:?}");
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = committed.lines().zip(made.lines()).find(|(a, b)| a != b);
    assert!(
        committed == made,
        "{path} is out of date ({differs:#?}); run RESTANTE_WRITE=1 {command}"
    );
}
