//! Looking at the pack of a rehearsal.

use std::path::Path;
use std::process::Command;

/// Whether `SHA256SUMS` is what `sha256sum` finds.
pub fn hashes_verify(pack: &Path) {
    let checked = Command::new("sha256sum")
        .args(["-c", "--strict", "--quiet", "SHA256SUMS"])
        .current_dir(pack)
        .output()
        .unwrap();
    assert!(checked.status.success(), "{checked:?}");
}
