//! How often the client waits for the disk in a burst, by the system calls it makes.

use std::path::Path;
use std::process::Command;

use test_kit::Needs;

use super::ledger;
use super::mailbox::{Kind, Mailbox, Pair, RECEIVER, SENDER, client_toml};
use crate::kit::{Sandbox, restante};

const BURST: usize = 100;
/// Syncs of a message by itself, up and down.
const ALONE_UP: usize = 7;
const ALONE_DOWN: usize = 8;
/// Beyond it the client no longer syncs whole file systems for a while (`durable::GroupSync`).
const PATIENCE_SECONDS: f64 = 2.0;

/// The syncs of one round of a mailbox; `None` when the test was skipped.
fn syncs_of_a_round(mailbox: &Mailbox, url: &str, directory: &Path) -> Option<usize> {
    let config = directory.join(format!("{}.toml", mailbox.id));
    std::fs::write(&config, client_toml(url, &[mailbox])).unwrap();
    let log = directory.join(format!("{}.strace", mailbox.id));
    let ran = Command::new("strace")
        .args(["-f", "-T", "-e", "trace=fsync,fdatasync,syncfs", "-o"])
        .arg(&log)
        .arg(restante().get_program())
        .args(["client", "--once", "--config"])
        .arg(&config)
        .output();
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let Some(ran) = ran.ok().filter(|_| !text.is_empty()) else {
        test_kit::skip(Needs::Tools, "strace is not there, or may not trace");
        return None;
    };
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let ended: Vec<_> = text.lines().filter(|line| line.ends_with('>')).collect();
    let whole: Vec<_> = ended
        .iter()
        .filter(|line| line.contains("syncfs"))
        .collect();
    let is_slow = |line: &str| {
        let time = line.rsplit_once('<');
        let time = time.and_then(|(_, time)| time.trim_end_matches('>').parse::<f64>().ok());
        time.is_some_and(|seconds| seconds > PATIENCE_SECONDS)
    };
    // Neither is a tool that could be installed.
    if whole.is_empty() || whole.iter().any(|line| is_slow(line)) {
        println!("skipped: the file system is not one to sync whole, or others write much to it");
        return None;
    }
    Some(ended.len())
}

/// How many messages make a group depends on how busy the machine is: 0.5 to 0.9 syncs a message up and 0.4 down where
/// it is not, 2.0 where it is very. What holds everywhere is that a burst costs less than its messages one by one.
#[test]
fn a_burst_costs_fewer_syncs_than_its_messages_one_by_one() {
    let server = Sandbox::start();
    let directory = tempfile::tempdir().unwrap();
    let sender = Mailbox::new(SENDER, directory.path());
    let receiver = Mailbox::new(RECEIVER, directory.path());
    let pair = |n| Pair::new(&format!("burst-{n:03}"), Kind::Small);
    let pairs: Vec<_> = (0..BURST).map(pair).collect();
    pairs.iter().for_each(|pair| sender.put(pair));
    for (mailbox, alone) in [(&sender, ALONE_UP), (&receiver, ALONE_DOWN)] {
        let Some(syncs) = syncs_of_a_round(mailbox, server.url(), directory.path()) else {
            return;
        };
        println!("{}: {syncs} syncs for {BURST} messages", mailbox.id);
        assert!(syncs < alone * BURST, "{}: {syncs} syncs", mailbox.id);
    }
    ledger::check(&sender, &receiver, &pairs);
}
