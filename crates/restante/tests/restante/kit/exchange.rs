//! An exchange's directories as its operator begins them: a configuration, and what its commands made.

use std::fs;
use std::path::{Path, PathBuf};

use super::process::restante;

/// Writes the least `server.toml` in a directory, with the data directory `exchange` in it.
pub fn write_server_toml(directory: &Path) {
    let data = directory.join("exchange");
    let text = format!(
        "data = {data:?}\nshared_key = \"a key of the tests\"\n[listener]\nlisten = \"127.0.0.1:0\"\n"
    );
    fs::write(directory.join("server.toml"), text).unwrap();
}

/// Writes `server.toml` and lets a command make the data directory, which is returned.
pub fn new_exchange(directory: &Path) -> PathBuf {
    write_server_toml(directory);
    let made = restante()
        .args(["mailbox", "list", "--config"])
        .arg(directory.join("server.toml"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    directory.join("exchange")
}
