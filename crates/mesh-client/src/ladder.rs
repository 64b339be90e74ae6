//! A ladder of checks for whoever sets a client up: each rung looks at one thing, says what was found, and how to
//! cure it. [`local()`] needs no server; [`server()`] goes the way to it step by step.
//!
//! A rung that cannot be tried, because one below it does not hold, is left out.

mod local;
mod server;

pub use local::{foreign_paths, local};
pub use server::server;

use serde::Serialize;

/// The names of rungs, in the order in which they are shown.
pub const ORDER: [&str; 14] = [
    "configuration",
    "files",
    "directories",
    "disk",
    "clock",
    "dns",
    "tcp",
    "tls",
    "certificate",
    "login",
    "rights",
    "pds",
    "store",
    "alerts",
];

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rung {
    /// One of [`ORDER`].
    pub name: &'static str,
    /// Whether it holds.
    pub ok: bool,
    /// What was looked at and found.
    pub what: String,
    /// What to do; empty when it holds.
    pub cure: String,
}

impl Rung {
    /// It holds.
    pub fn holds(name: &'static str, what: impl Into<String>) -> Self {
        Self {
            name,
            ok: true,
            what: what.into(),
            cure: String::new(),
        }
    }

    /// It does not hold.
    pub fn fails(name: &'static str, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            name,
            ok: false,
            what: what.into(),
            cure: cure.into(),
        }
    }

    /// It holds when nothing was found to be wrong; `good` says what was looked at.
    pub fn of(name: &'static str, faults: &[String], good: impl Into<String>, cure: &str) -> Self {
        if faults.is_empty() {
            Self::holds(name, good)
        } else {
            Self::fails(name, faults.join("; "), cure)
        }
    }
}

/// Rungs in the order of [`ORDER`], one of each name: of several the first that does not hold.
pub fn in_order(rungs: Vec<Rung>) -> Vec<Rung> {
    let of_name = |name: &&'static str| {
        let mut these = rungs.iter().filter(|rung| rung.name == *name);
        let first = these.clone().next();
        these.find(|rung| !rung.ok).or(first).cloned()
    };
    ORDER.iter().filter_map(of_name).collect()
}
