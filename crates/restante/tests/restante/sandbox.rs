//! `restante server --sandbox` as a drop-in for mesh-sandbox.

use std::fs;

use crate::kit::{Service, restante};

#[test]
fn a_sandbox_without_a_directory_of_its_own_leaves_nothing_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = restante();
    command
        .args(["server", "--sandbox", "--listen", "127.0.0.1:0"])
        .env("TMPDIR", temporary.path())
        .env("TEMP", temporary.path());
    let mut sandbox = Service::start(&mut command);
    let entries = || fs::read_dir(temporary.path()).unwrap().count();
    assert_eq!(entries(), 1, "its store is among the temporary files");
    sandbox.signal("-TERM");
    assert!(sandbox.process().wait().unwrap().success());
    assert_eq!(entries(), 0);
}
