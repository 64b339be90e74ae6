//! `kill -9` at random moments of a client process that sends and receives.
//!
//! `RESTANTE_KILL_ROUNDS` says how often (`scripts/kill-client-rounds`), `RESTANTE_KILL_SEED` which
//! moments, as far as a machine lets a moment be chosen.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Stdio};
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::ledger;
use crate::mailbox::{KINDS, Mailbox, Pair, RECEIVER, SENDER, client_toml};
use crate::sandbox::{Sandbox, restante};

const ROUNDS: u64 = 15;
const DEADLINE: Duration = Duration::from_secs(60);

fn number(variable: &str, otherwise: u64) -> u64 {
    let given = std::env::var(variable).ok();
    given.map_or(otherwise, |text| text.parse().expect("a number"))
}

struct Scene {
    sender: Mailbox,
    receiver: Mailbox,
    config: PathBuf,
    pairs: Vec<Pair>,
}

impl Scene {
    fn set(url: &str, directory: &Path) -> Self {
        let (sender, receiver) = (
            Mailbox::new(SENDER, directory),
            Mailbox::new(RECEIVER, directory),
        );
        let config = directory.join("client.toml");
        fs::write(&config, client_toml(url, &[&sender, &receiver])).unwrap();
        let pairs = Vec::new();
        Self {
            sender,
            receiver,
            config,
            pairs,
        }
    }

    /// Keeps a pair of each kind waiting: what the last client left counts.
    fn fill(&mut self, round: u64) {
        let waiting = self.sender.names("OUT").len() / 2;
        for kind in KINDS.into_iter().skip(waiting) {
            let pair = Pair::new(&format!("{round}-{kind:?}"), kind);
            self.sender.put(&pair);
            self.pairs.push(pair);
        }
    }

    /// Starts a client, and returns when it begins to send.
    fn start(&self) -> Client {
        let mut process = restante()
            .args(["client", "--config"])
            .arg(&self.config)
            .env("RESTANTE_LOG", "info")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        log.read_line(&mut String::new()).unwrap();
        Client {
            process,
            began: Instant::now(),
            _log: log,
        }
    }

    fn is_done(&self) -> bool {
        let received = self.receiver.names("IN").len();
        self.sender.is_settled() && self.receiver.is_settled() && received == 2 * self.pairs.len()
    }

    /// Lets a client run undisturbed until everything has arrived, and stops it; how long that took.
    fn run_undisturbed(&self) -> Duration {
        let client = self.start();
        while !self.is_done() {
            assert!(client.began.elapsed() < DEADLINE, "not all arrived");
            std::thread::sleep(Duration::from_millis(1));
        }
        client.began.elapsed()
    }
}

/// A client process; killed (-9) when dropped.
struct Client {
    process: Child,
    began: Instant,
    _log: BufReader<ChildStderr>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn a_client_killed_at_random_moments_neither_loses_nor_doubles_a_message() {
    let rounds = number("RESTANTE_KILL_ROUNDS", ROUNDS);
    let seed = number("RESTANTE_KILL_SEED", u64::from(std::process::id()));
    println!("{rounds} rounds, RESTANTE_KILL_SEED={seed}");
    let server = Sandbox::start();
    let directory = tempfile::tempdir().unwrap();
    let mut scene = Scene::set(&server.url(), directory.path());
    let mut dice = Dice::new(seed);
    scene.fill(0);
    let whole = scene.run_undisturbed();
    for round in 1..=rounds {
        scene.fill(round);
        let client = scene.start();
        let moment = Duration::from_micros(dice.below(whole.as_micros() as usize) as u64);
        std::thread::sleep(moment.saturating_sub(client.began.elapsed()));
        drop(client);
        if round % 50 == 0 {
            println!("round {round}: {} messages", scene.pairs.len());
        }
    }
    scene.fill(rounds + 1);
    scene.run_undisturbed();
    ledger::check(&scene.sender, &scene.receiver, &scene.pairs);
    println!("{} messages, each arrived once", scene.pairs.len());
}
