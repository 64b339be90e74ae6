//! Counting and printing what was measured.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::{Options, Taken};

/// Most reasons that are told apart.
const MOST_REASONS: usize = 20;

/// Latencies and bytes of each kind of request, and why some failed.
#[derive(Default)]
pub struct Measured {
    kinds: BTreeMap<&'static str, Kind>,
    reasons: BTreeMap<String, u64>,
}

#[derive(Default)]
struct Kind {
    /// Of the requests that went well, in microseconds.
    latencies: Vec<u32>,
    bytes: u64,
    failed: u64,
}

impl Kind {
    /// Of all its requests together.
    fn seconds(&self) -> f64 {
        let micros: u64 = self.latencies.iter().copied().map(u64::from).sum();
        // none went well: nothing a second, whatever it is divided by
        micros.max(1) as f64 / 1e6
    }
}

impl Measured {
    /// Counts a request that was due at `due`: its bytes, or `None` when it failed.
    pub fn count(&mut self, name: &'static str, due: Instant, bytes: Option<u64>) {
        let kind = self.kinds.entry(name).or_default();
        match bytes {
            Some(bytes) => {
                kind.latencies
                    .push(u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX));
                kind.bytes += bytes;
            }
            None => kind.failed += 1,
        }
    }

    /// How many requests of these kinds went well.
    pub(crate) fn went_well(&self, kinds: &[&str]) -> u64 {
        let kinds = kinds.iter().filter_map(|kind| self.kinds.get(kind));
        kinds.map(|kind| kind.latencies.len() as u64).sum()
    }

    /// Notes why a request failed.
    pub fn note(&mut self, reason: &str) {
        self.note_times(reason, 1);
    }

    fn note_times(&mut self, reason: &str, times: u64) {
        let is_new = !self.reasons.contains_key(reason);
        let reason = if is_new && self.reasons.len() >= MOST_REASONS {
            "other reasons"
        } else {
            reason
        };
        *self.reasons.entry(reason.to_owned()).or_default() += times;
    }

    /// Adds another connection's figures.
    pub fn add(&mut self, other: Self) {
        for (name, kind) in other.kinds {
            let mine = self.kinds.entry(name).or_default();
            mine.latencies.extend(kind.latencies);
            mine.bytes += kind.bytes;
            mine.failed += kind.failed;
        }
        for (reason, times) in other.reasons {
            self.note_times(&reason, times);
        }
    }
}

/// What a run measured, each kind of request by itself.
#[derive(Serialize)]
pub struct Report {
    profile: crate::Profile,
    connections: usize,
    rate: Option<f64>,
    seconds: f64,
    requests: Vec<Row>,
    /// Why requests failed.
    failures: Vec<Failures>,
    /// What a nation took of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    machine: Option<Taken>,
}

#[derive(Serialize)]
struct Failures {
    reason: String,
    count: u64,
}

#[derive(Serialize)]
struct Row {
    request: &'static str,
    count: usize,
    failed: u64,
    per_second: f64,
    megabytes_per_second: f64,
    p50_ms: f64,
    p90_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

impl Report {
    pub(crate) fn new(options: &Options, measured: &Measured, took: Duration) -> Self {
        let seconds = took.as_secs_f64();
        let requests = measured
            .kinds
            .iter()
            .map(|(name, kind)| {
                // one kind after the other: each has its own part of the time
                let seconds = if options.profile.is_once() {
                    kind.seconds() / options.connections.max(1) as f64
                } else {
                    seconds
                };
                row(name, kind, seconds)
            })
            .collect();
        Self {
            profile: options.profile,
            connections: options.connections,
            rate: options.rate,
            seconds,
            requests,
            failures: measured
                .reasons
                .iter()
                .map(|(reason, count)| Failures {
                    reason: reason.clone(),
                    count: *count,
                })
                .collect(),
            machine: None,
        }
    }

    pub(crate) fn with(self, machine: Taken) -> Self {
        Self {
            machine: Some(machine),
            ..self
        }
    }

    /// Whether requests failed and none went well: there is nothing to compare.
    pub fn is_failure(&self) -> bool {
        let is_failed = |row: &Row| row.count == 0 && row.failed > 0;
        !self.requests.is_empty() && self.requests.iter().all(is_failed)
    }
}

/// A table for people.
impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{} connections, {:.1} s",
            self.connections, self.seconds
        )?;
        write!(
            out,
            "{:<12} {:>9} {:>7} {:>10} {:>8} {:>9} {:>9} {:>9} {:>9}",
            "request", "count", "failed", "per s", "MB/s", "p50 ms", "p90 ms", "p99 ms", "max ms"
        )?;
        for row in &self.requests {
            write!(
                out,
                "\n{:<12} {:>9} {:>7} {:>10.1} {:>8.1} {:>9.3} {:>9.3} {:>9.3} {:>9.3}",
                row.request,
                row.count,
                row.failed,
                row.per_second,
                row.megabytes_per_second,
                row.p50_ms,
                row.p90_ms,
                row.p99_ms,
                row.max_ms
            )?;
        }
        for failures in &self.failures {
            write!(
                out,
                "\nfailed {} times: {}",
                failures.count, failures.reason
            )?;
        }
        for (name, value, unit) in self.machine.iter().flat_map(Taken::lines) {
            write!(out, "\n{name}: {value:.2} {unit}")?;
        }
        Ok(())
    }
}

fn row(name: &'static str, kind: &Kind, seconds: f64) -> Row {
    let mut sorted = kind.latencies.clone();
    sorted.sort_unstable();
    let at = |part: f64| {
        let place = (sorted.len().saturating_sub(1) as f64 * part).round() as usize;
        f64::from(sorted.get(place).copied().unwrap_or(0)) / 1_000.0
    };
    Row {
        request: name,
        count: sorted.len(),
        failed: kind.failed,
        per_second: sorted.len() as f64 / seconds,
        megabytes_per_second: kind.bytes as f64 / 1e6 / seconds,
        p50_ms: at(0.5),
        p90_ms: at(0.9),
        p99_ms: at(0.99),
        max_ms: at(1.0),
    }
}
