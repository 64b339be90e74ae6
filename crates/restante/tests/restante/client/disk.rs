//! A disk that is full, at every write of a transfer; and a limit on the size of files.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use test_kit::Needs;

use super::ledger;
use super::mailbox::{Kind, Mailbox, Pair, RECEIVER, SENDER, client_toml, settle};
use crate::kit::{Sandbox, restante};

const PAGE: usize = 4096;

/// A file system in memory of one megabyte and 200 files; goes when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where none can be mounted; the test was skipped then.
    fn mount(path: &Path) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m,nr_inodes=200", "tmpfs"]);
        let done = mount.arg(path).output();
        if done.is_ok_and(|done| done.status.success()) {
            return Some(Self(path.to_owned()));
        }
        test_kit::skip(Needs::Root, "a small disk cannot be mounted here");
        None
    }

    /// Leaves room for so many pages of data.
    fn leave_pages(&self, pages: usize) {
        let mut filler = File::create(self.filler()).unwrap();
        let mut written = 0;
        while filler.write_all(&[0; PAGE]).is_ok() {
            written += PAGE;
        }
        filler.set_len((written - pages * PAGE) as u64).unwrap();
    }

    /// Leaves room for so many files.
    fn leave_files(&self, files: usize) {
        let directory = self.filler();
        fs::create_dir(&directory).unwrap();
        let mut made = 0;
        while File::create(directory.join(made.to_string())).is_ok() {
            made += 1;
        }
        for n in made - files..made {
            fs::remove_file(directory.join(n.to_string())).unwrap();
        }
    }

    fn clear(&self) {
        let filler = self.filler();
        if filler.is_dir() {
            fs::remove_dir_all(filler).unwrap();
        } else {
            fs::remove_file(filler).unwrap();
        }
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// What a disk has left when the transfer begins.
#[derive(Debug, Clone, Copy)]
enum Left {
    Pages(usize),
    Files(usize),
}

fn every_shortage() -> Vec<Left> {
    let pages = (0..9).map(Left::Pages);
    pages.chain((0..9).map(Left::Files)).collect()
}

/// One round on a disk that has so little left.
async fn round_with(left: Left, disk: &SmallDisk, mailbox: &Mailbox, url: &str) -> bool {
    match left {
        Left::Pages(pages) => disk.leave_pages(pages),
        Left::Files(files) => disk.leave_files(files),
    }
    let well = match mailbox.try_agent(url) {
        Ok(agent) => agent.run_once().await.is_ok_and(|cycle| cycle.delayed == 0),
        Err(_) => false,
    };
    disk.clear();
    well
}

#[tokio::test]
async fn a_full_disk_costs_the_receiver_nothing_but_time() {
    let directory = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(&directory.path().join("disk")) else {
        return;
    };
    let server = Sandbox::start();
    let sender = Mailbox::new(SENDER, directory.path());
    let receiver = Mailbox::new(RECEIVER, &disk.0);
    let sending = sender.agent(server.url());
    let (mut pairs, mut full, mut roomy) = (Vec::new(), 0, 0);
    for left in every_shortage() {
        let pair = Pair::new(&format!("{left:?}"), Kind::Gzip);
        sender.put(&pair);
        pairs.push(pair);
        settle(&sender, &sending).await;
        if round_with(left, &disk, &receiver, server.url()).await {
            roomy += 1
        } else {
            full += 1;
            ledger::nothing_is_half_published(&receiver, &pairs);
        }
        settle(&receiver, &receiver.agent(server.url())).await;
        ledger::check(&sender, &receiver, &pairs);
    }
    assert!(full > 2 && roomy > 2, "full {full}, roomy {roomy}");
}

#[tokio::test]
async fn a_full_disk_costs_the_sender_nothing_but_time() {
    let directory = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(&directory.path().join("disk")) else {
        return;
    };
    let server = Sandbox::start();
    let sender = Mailbox::new(SENDER, &disk.0);
    let receiver = Mailbox::new(RECEIVER, directory.path());
    let (mut pairs, mut full, mut roomy) = (Vec::new(), 0, 0);
    for left in every_shortage() {
        let pair = Pair::new(&format!("{left:?}"), Kind::Small);
        sender.put(&pair);
        pairs.push(pair);
        match round_with(left, &disk, &sender, server.url()).await {
            true => roomy += 1,
            false => full += 1,
        }
        settle(&sender, &sender.agent(server.url())).await;
    }
    settle(&receiver, &receiver.agent(server.url())).await;
    ledger::check(&sender, &receiver, &pairs);
    assert!(sender.names("FAILED").is_empty());
    assert!(full > 2 && roomy > 2, "full {full}, roomy {roomy}");
}

/// Needs no root: the process may write no file beyond 8 KiB. A write beyond fails half-way.
#[tokio::test]
async fn a_message_that_cannot_be_written_whole_is_neither_published_nor_acknowledged() {
    let server = Sandbox::start();
    let directory = tempfile::tempdir().unwrap();
    let sender = Mailbox::new(SENDER, directory.path());
    let receiver = Mailbox::new(RECEIVER, directory.path());
    let pair = Pair::new("large", Kind::Chunked);
    sender.put(&pair);
    settle(&sender, &sender.agent(server.url())).await;
    let config = directory.path().join("client.toml");
    fs::write(&config, client_toml(server.url(), &[&receiver])).unwrap();

    let limited = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"])
        .arg(restante().get_program())
        .args(["client", "--once", "--config"])
        .arg(&config)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&limited.stderr).into_owned();
    assert_eq!(limited.status.code(), Some(1), "{told}");
    assert!(told.contains("writing a message: File too large"), "{told}");
    assert!(receiver.names("IN").is_empty());

    settle(&receiver, &receiver.agent(server.url())).await;
    ledger::check(&sender, &receiver, &[pair]);
}
