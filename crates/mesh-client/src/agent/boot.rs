//! Which boot of the machine this is.

use std::fs;
use std::sync::LazyLock;

use nhs::{SystemRandomness, uuid_v4};

/// The id of this boot. Where the system gives none, one of this process: what an earlier process left is then
/// taken for what an earlier boot left.
pub(super) fn boot() -> &'static str {
    static BOOT: LazyLock<String> = LazyLock::new(|| {
        let given = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        match given.trim() {
            "" => uuid_v4(&SystemRandomness).to_string(),
            given => given.to_owned(),
        }
    });
    &BOOT
}
