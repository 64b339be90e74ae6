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

#[test]
fn the_page_without_a_sign_in_is_refused_off_loopback_unless_it_may_be_open() {
    let refused = |code: i32, arguments: &[&str]| {
        let mut command = restante();
        command.args(["server", "--listen", "127.0.0.1:0"]);
        let output = command.args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let said = refused(1, &["--sandbox", "--ui", "0.0.0.0:0"]);
    assert!(
        said.contains("--ui") && said.contains("--ui-open"),
        "{said}"
    );
    let said = refused(2, &["--sandbox", "--ui-open"]);
    assert!(said.contains("--ui <ADDR>"), "{said}");
    refused(2, &["--ui", "127.0.0.1:0"]);
    let mut open = restante();
    open.args(["server", "--sandbox", "--listen", "127.0.0.1:0"]);
    open.args(["--ui", "0.0.0.0:0", "--ui-open"]);
    Service::start(&mut open);
}

#[test]
fn a_sandbox_has_the_mailboxes_that_were_asked_for_in_place_of_the_peers() {
    let data = tempfile::tempdir().unwrap();
    let mut command = restante();
    command
        .args(["server", "--sandbox", "--strict", "--listen", "127.0.0.1:0"])
        .args(["--mailbox", "mine", "--mailbox", "YOURS", "--data"])
        .arg(data.path());
    let _sandbox = Service::start(&mut command);
    let list = |what: &str| {
        let mut list = restante();
        list.args([what, "list", "--format", "json", "--data"]);
        let output = list.arg(data.path()).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let mailboxes = list("mailbox");
    assert!(
        mailboxes.contains("\"MINE\"") && mailboxes.contains("\"YOURS\""),
        "{mailboxes}"
    );
    assert!(!mailboxes.contains("X26ABC1"), "{mailboxes}");
    let workflows = list("workflow");
    assert!(workflows.contains("MINE"), "{workflows}");
    let mut wrong = restante();
    wrong.args(["server", "--sandbox", "--mailbox", "no spaces"]);
    let said = wrong.output().unwrap();
    assert_eq!(said.status.code(), Some(2));
}

#[test]
fn health_says_whether_a_service_can_work() {
    let mut command = restante();
    command.args(["server", "--sandbox", "--listen", "127.0.0.1:0"]);
    let sandbox = Service::start(&mut command);
    let ask = |url: &str| {
        let output = restante().args(["health", url]).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    let (code, said) = ask(&format!("{}/health", sandbox.url));
    assert!(code == Some(0) && said.starts_with("200 "), "{said}");
    let (code, said) = ask(&format!("{}/nowhere", sandbox.url));
    assert!(code == Some(1) && said.starts_with("404 "), "{said}");
    let (code, said) = ask("http://127.0.0.1:1/health");
    assert!(code == Some(1) && said.contains("no answer"), "{said}");
}
