//! `kill -9` at random moments of a client process that sends and receives.
//!
//! `RESTANTE_KILL_ROUNDS` says how often (`scripts/kill-client-rounds`), `RESTANTE_KILL_SEED` which
//! moments, as far as a machine lets a moment be chosen.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Stdio};
use std::time::{Duration, Instant};

use super::dice::Dice;
use super::ledger;
use super::mailbox::{KINDS, Mailbox, Pair, RECEIVER, SENDER, client_toml};
use crate::kit::{Sandbox, restante};

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

    /// Adds a pair of each kind while no more than so many have not arrived yet.
    fn fill(&mut self, round: u64) {
        for kind in KINDS {
            if self.pairs.len() - self.arrived() < 2 * KINDS.len() {
                let pair = Pair::new(&format!("{round}-{kind:?}"), kind);
                self.sender.put(&pair);
                self.pairs.push(pair);
            }
        }
    }

    fn arrived(&self) -> usize {
        let names = self.receiver.names("IN");
        names.iter().filter(|name| name.ends_with(".dat")).count()
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
        let settled = self.sender.is_settled() && self.receiver.is_settled();
        settled && self.arrived() >= self.pairs.len()
    }

    fn state(&self) -> String {
        let of = |mailbox: &Mailbox, names: &[&str]| {
            let counts = names
                .iter()
                .map(|name| format!("{name} {}", mailbox.names(name).len()));
            counts.collect::<Vec<_>>().join(", ")
        };
        let sender = of(&self.sender, &["OUT", "TEMP", "SENT", "FAILED"]);
        let receiver = of(&self.receiver, &["TEMP", "IN"]);
        let pairs = self.pairs.len();
        format!("{pairs} pairs; files of the sender: {sender}; of the receiver: {receiver}")
    }

    /// Lets a client run undisturbed until everything has arrived, and stops it; how long that took.
    fn run_undisturbed(&self) -> Duration {
        let client = self.start();
        while !self.is_done() {
            assert!(client.began.elapsed() < DEADLINE, "{}", self.state());
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
    let mut scene = Scene::set(server.url(), directory.path());
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
