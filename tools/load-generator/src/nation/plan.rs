//! Which messages are sent: when, by whom, to whom and how long, all from one seed.

use std::f64::consts::TAU;
use std::time::Duration;

use nhs::{IdError, MailboxId};
use parking_lot::Mutex;

use super::curve::{Curve, Due};
use super::options::Nation;
use crate::patients::{address, mix};

/// Of the logarithm of a message's length: one of a hundred has 83 times the median.
const SPREAD: f64 = 1.9;
const SMALLEST: u64 = 200;

/// A day's messages.
pub(super) struct Plan {
    pub(super) practices: u64,
    pub(super) senders: u64,
    /// As many as the registry spreads its patients over.
    all_practices: u64,
    patients: u64,
    routed: u64,
    waiting: u64,
    median: f64,
    largest: u64,
    seed: u64,
    curve: Curve,
    /// How many were taken, and how many were due by the curve when the last of them was.
    taken: Mutex<(u64, f64)>,
}

/// One message.
pub(super) struct Planned {
    pub(super) number: u64,
    pub(super) due: Due,
    pub(super) sender: u64,
    /// `Mex-To`.
    pub(super) to: String,
    pub(super) length: u64,
}

impl Plan {
    pub(super) fn new(nation: &Nation, day: Duration) -> Self {
        let scaled = |count: u64| ((count as f64 * nation.scale).round() as u64).max(1);
        Self {
            practices: scaled(nation.practices),
            senders: scaled(nation.senders),
            all_practices: nation.practices,
            patients: nation.patients,
            routed: nation.routed,
            waiting: nation.waiting,
            median: nation.median_size as f64,
            largest: nation.largest.max(SMALLEST),
            seed: mix(nation.seed),
            curve: Curve::new(nation.peak * nation.scale, day),
            taken: Mutex::default(),
        }
    }

    /// The next message; `None` when the day's are all taken.
    pub(super) fn next(&self) -> Option<Planned> {
        let (number, due) = {
            let mut taken = self.taken.lock();
            let number = taken.0;
            // between two messages that come by chance
            let pause = -(1.0 - self.chance(number, 0)).ln();
            *taken = (number + 1, taken.1 + pause);
            (number, self.curve.due(taken.1)?)
        };
        let practice = self.number(number, 1) % self.practices;
        let to = if self.number(number, 2) % 100 < self.routed {
            address(self.patient_of(practice, self.number(number, 3)))
        } else {
            practice_name(practice)
        };
        Some(Planned {
            number,
            due,
            sender: self.number(number, 4) % self.senders,
            to,
            length: self.length(number),
        })
    }

    /// One of those that the registry knows to be a practice's.
    fn patient_of(&self, practice: u64, by: u64) -> u64 {
        let each = (self.patients / self.all_practices).max(1);
        (practice + self.all_practices * (by % each)) % self.patients
    }

    /// Whether a practice waits at the server.
    pub(super) fn waits(&self, practice: u64) -> bool {
        self.number(practice, 5) % 100 < self.waiting
    }

    /// When within its interval a practice polls, as a share of it.
    pub(super) fn phase(&self, practice: u64) -> f64 {
        self.chance(practice, 6)
    }

    /// Distributed log-normally.
    fn length(&self, number: u64) -> u64 {
        let (one, other) = (1.0 - self.chance(number, 7), self.chance(number, 8));
        let normal = (-2.0 * one.ln()).sqrt() * (TAU * other).cos();
        let length = (self.median * (SPREAD * normal).exp()) as u64;
        length.clamp(SMALLEST, self.largest)
    }

    fn number(&self, of: u64, what: u64) -> u64 {
        mix(mix(self.seed ^ of) ^ what)
    }

    /// From 0, below 1.
    fn chance(&self, of: u64, what: u64) -> f64 {
        (self.number(of, what) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn practice_name(number: u64) -> String {
    format!("A{number:05}OT001")
}

/// A practice's mailbox.
pub fn practice(number: u64) -> Result<MailboxId, IdError> {
    MailboxId::parse(&practice_name(number))
}

/// A sender's mailbox.
pub fn sender(number: u64) -> Result<MailboxId, IdError> {
    MailboxId::parse(&format!("B{number:05}OT001"))
}

#[cfg(test)]
mod tests {
    use clap::{Args, FromArgMatches};

    use super::*;

    fn plan(words: &[&str]) -> Option<Plan> {
        let command = Nation::augment_args(clap::Command::new("nation").no_binary_name(true));
        let matches = command.try_get_matches_from(words).ok()?;
        let nation = Nation::from_arg_matches(&matches).ok()?;
        Some(Plan::new(&nation, Duration::from_secs(60)))
    }

    fn all(words: &[&str]) -> Vec<Planned> {
        let plan = plan(words);
        plan.iter()
            .flat_map(|plan| std::iter::from_fn(|| plan.next()))
            .collect()
    }

    #[test]
    fn sizes_and_addresses_are_those_of_the_field() {
        let messages = all(&["--largest", "1000000000"]);
        let share = |of: &dyn Fn(&Planned) -> bool| {
            let count = messages.iter().filter(|message| of(message)).count();
            count as f64 / messages.len() as f64
        };
        assert!(messages.len() > 5_000, "{}", messages.len());
        let median = share(&|message| message.length < 60_000);
        assert!((0.48..0.52).contains(&median), "{median}");
        let long = share(&|message| message.length > 5_000_000);
        assert!((0.006..0.014).contains(&long), "{long}");
        let routed = share(&|message| message.to.starts_with("GPPROVIDER_"));
        assert!((0.83..0.87).contains(&routed), "{routed}");
    }

    #[test]
    fn a_seed_tells_everything_and_a_scale_makes_all_of_it_smaller() {
        let text = |message: &Planned| {
            let (due, to) = (message.due, &message.to);
            format!("{due:?} {} {to} {}", message.sender, message.length)
        };
        let some = |words: &[&str]| all(words).iter().map(text).collect::<Vec<_>>();
        let small = ["--scale", "0.01", "--seed", "7"];
        assert_eq!(some(&small), some(&small));
        assert_ne!(some(&small), some(&["--scale", "0.01", "--seed", "8"]));
        let senders = all(&small).iter().map(|message| message.sender).max();
        assert_eq!(senders, Some(2));
    }
}
