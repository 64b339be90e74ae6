//! What the server and this process took of the machine they share, as Linux tells it; nothing elsewhere.

use std::fs;
use std::path::Path;

use serde::Serialize;

use super::options::Nation;

/// The kernel counts a process's time in hundredths of a second.
const TICKS: f64 = 100.0;

/// What was taken so far.
pub(super) struct Machine {
    generator: Option<f64>,
    server: Option<f64>,
    stored: Option<u64>,
}

/// What was taken during the day.
#[derive(Serialize)]
pub struct Taken {
    generator_processor_seconds: Option<f64>,
    server_processor_seconds: Option<f64>,
    /// Of the processor time of both.
    generator_share: Option<f64>,
    server_microseconds_per_message: Option<f64>,
    server_memory_megabytes: Option<f64>,
    server_peak_memory_megabytes: Option<f64>,
    data_megabytes: Option<f64>,
    data_grew_megabytes: Option<f64>,
    load_average: Option<f64>,
}

impl Machine {
    pub(super) fn now(nation: &Nation) -> Self {
        Self {
            generator: seconds_of("self"),
            server: nation
                .server_pid
                .and_then(|pid| seconds_of(&pid.to_string())),
            stored: nation.server_data.as_deref().map(bytes_in),
        }
    }

    /// Since then, for so many messages.
    pub(super) fn taken(&self, nation: &Nation, messages: u64) -> Taken {
        let now = Self::now(nation);
        let since = |before: Option<f64>, after: Option<f64>| Some(after? - before?);
        let generator = since(self.generator, now.generator);
        let server = since(self.server, now.server);
        let memory = |field: &str| memory_of(nation.server_pid?, field);
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        let both = generator.zip(server);
        Taken {
            generator_processor_seconds: generator,
            server_processor_seconds: server,
            generator_share: both
                .map(|(generator, server)| generator / (generator + server).max(0.01)),
            server_microseconds_per_message: server
                .map(|server| server * 1e6 / messages.max(1) as f64),
            server_memory_megabytes: memory("VmRSS:"),
            server_peak_memory_megabytes: memory("VmHWM:"),
            data_megabytes: now.stored.map(megabytes),
            data_grew_megabytes: self
                .stored
                .zip(now.stored)
                .map(|(before, after)| megabytes(after) - megabytes(before)),
            load_average: load_average(),
        }
    }
}

/// Processor time of a process, all its threads.
fn seconds_of(process: &str) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // the name in parentheses may hold blanks
    let (_, fields) = text.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11);
    let mut ticks = || times.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS)
}

/// In millions of bytes.
fn memory_of(process: u32, field: &str) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find(|line| line.starts_with(field))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}

fn load_average() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}

/// Of all files below.
fn bytes_in(directory: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(directory) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => bytes_in(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .sum()
}

impl Taken {
    /// What is known of it, each with its name and unit.
    pub(crate) fn lines(&self) -> Vec<(&'static str, f64, &'static str)> {
        [
            (
                "generator's processor time",
                self.generator_processor_seconds,
                "s",
            ),
            (
                "server's processor time",
                self.server_processor_seconds,
                "s",
            ),
            ("the generator's share of both", self.generator_share, ""),
            (
                "server's time a message",
                self.server_microseconds_per_message,
                "µs",
            ),
            (
                "server's memory at the end",
                self.server_memory_megabytes,
                "MB",
            ),
            (
                "server's peak memory",
                self.server_peak_memory_megabytes,
                "MB",
            ),
            ("data", self.data_megabytes, "MB"),
            ("data grew by", self.data_grew_megabytes, "MB"),
            ("load average at the end", self.load_average, ""),
        ]
        .into_iter()
        .filter_map(|(name, value, unit)| Some((name, value?, unit)))
        .collect()
    }
}
