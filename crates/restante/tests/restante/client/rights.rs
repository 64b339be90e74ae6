//! Directories and files whose rights are wrong: a plain error, and the other mailboxes go on.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use test_kit::Needs;

use super::ledger;
use super::mailbox::{Kind, Mailbox, Pair, RECEIVER, SENDER, client_toml, settle};
use crate::kit::{Sandbox, restante};

/// A command that minds rights, even when the tests run as root; `None` where that cannot be had, and
/// the test was skipped.
fn without_root_rights(directory: &Path) -> Option<Command> {
    let locked = directory.join("locked");
    fs::create_dir(&locked).unwrap();
    set_mode(&locked, 0o000);
    let mut plain = Command::new("ls");
    let minds = !plain.arg(&locked).output().unwrap().status.success();
    if minds {
        return Some(restante());
    }
    let capabilities = "-dac_override,-dac_read_search,-fowner";
    let drop = ["--inh-caps=-all", "--bounding-set", capabilities, "--"];
    let mut command = Command::new("setpriv");
    command.args(drop).arg("ls").arg(&locked);
    match command.output() {
        Ok(output) if output.status.code() == Some(2) => {
            let mut command = Command::new("setpriv");
            command.args(drop).arg(restante().get_program());
            Some(command)
        }
        _ => {
            test_kit::skip(
                Needs::Tools,
                "root cannot give up its rights here (setpriv)",
            );
            None
        }
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

struct Scene {
    server: Sandbox,
    sender: Mailbox,
    receiver: Mailbox,
    directory: tempfile::TempDir,
}

impl Scene {
    fn set() -> Self {
        let server = Sandbox::start();
        let directory = tempfile::tempdir().unwrap();
        let sender = Mailbox::new(SENDER, directory.path());
        let receiver = Mailbox::new(RECEIVER, directory.path());
        let config = client_toml(server.url(), &[&receiver, &sender]);
        fs::write(directory.path().join("client.toml"), config).unwrap();
        Self {
            server,
            sender,
            receiver,
            directory,
        }
    }

    /// Runs a client process once over both mailboxes.
    fn run(&self) -> Option<Output> {
        let mut command = without_root_rights(self.directory.path())?;
        command
            .args(["client", "--once", "--config"])
            .arg(self.directory.path().join("client.toml"));
        Some(command.output().unwrap())
    }

    async fn settle(&self) {
        for mailbox in [&self.sender, &self.receiver] {
            settle(mailbox, &mailbox.agent(self.server.url())).await;
        }
    }
}

/// Takes the rights to one of the receiver's directories away for one round.
async fn the_other_mailbox_goes_on_without(name: &str, mode: u32) {
    let scene = Scene::set();
    let waiting = Pair::new("waiting", Kind::Small);
    scene.sender.put(&waiting);
    settle(&scene.sender, &scene.sender.agent(scene.server.url())).await;
    let next = Pair::new("next", Kind::Small);
    scene.sender.put(&next);

    set_mode(&scene.receiver.path(name), mode);
    let ran = scene.run();
    set_mode(&scene.receiver.path(name), 0o755);
    let Some(ran) = ran else { return };
    let told = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{told}");
    assert!(told.contains("denied"), "{told}");
    assert!(told.contains(RECEIVER), "it says whose: {told}");
    assert!(scene.receiver.names("IN").is_empty());
    assert_eq!(scene.sender.names("SENT").len(), 4, "{told}");

    scene.settle().await;
    ledger::check(&scene.sender, &scene.receiver, &[waiting, next]);
}

#[tokio::test]
async fn an_inbox_directory_that_cannot_be_written_stops_its_mailbox_only() {
    the_other_mailbox_goes_on_without("IN", 0o555).await;
}

#[tokio::test]
async fn a_temp_directory_that_cannot_be_entered_stops_its_mailbox_only() {
    the_other_mailbox_goes_on_without("TEMP", 0o000).await;
}

#[tokio::test]
async fn an_out_directory_that_cannot_be_read_stops_its_mailbox_only() {
    the_other_mailbox_goes_on_without("OUT", 0o000).await;
}

#[tokio::test]
async fn a_data_file_that_cannot_be_read_fails_and_the_next_one_is_sent() {
    let scene = Scene::set();
    let (locked, open) = (
        Pair::new("a-locked", Kind::Small),
        Pair::new("b-open", Kind::Small),
    );
    scene.sender.put(&locked);
    scene.sender.put(&open);
    set_mode(&scene.sender.path("OUT/a-locked.dat"), 0o000);
    if scene.run().is_none() {
        return;
    }
    assert_eq!(
        scene.sender.names("FAILED"),
        ["a-locked.ctl", "a-locked.dat"]
    );
    scene.settle().await;
    ledger::check(&scene.sender, &scene.receiver, &[locked, open]);
}
