//! Imports a synthetic registry and measures lookups in it. The patients are the same in every run.
//! The first lookups are cold when the system's file cache was dropped before.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nhs::{DateOfBirth, FamilyName, NhsNumber, SystemRandomness};
use pds::{ImportOptions, Kind, Registry, Trace, TraceQuery, import_with};

use load_generator::patients::{mix, valid_number};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(clap::Args)]
pub struct Options {
    /// In the registry
    #[arg(long, default_value_t = 1_000_000)]
    patients: u64,
    /// Of each kind
    #[arg(long, default_value_t = 500_000)]
    lookups: u64,
    /// Keep names, as the stand-in needs them
    #[arg(long)]
    details: bool,
    /// Look up in what an earlier run left in the directory
    #[arg(long)]
    no_import: bool,
    /// Where the registry is, and stays [default: a temporary directory]
    #[arg(long)]
    dir: Option<PathBuf>,
}

pub fn run(options: &Options) -> Result<(), Failure> {
    let temporary = tempfile::tempdir()?;
    let directory = options.dir.as_deref().unwrap_or(temporary.path());
    if !options.no_import {
        import(options, directory)?;
    }
    let registry = Registry::open(directory)?;
    for (what, offset) in [("first", 0), ("known", 0), ("unknown", options.patients)] {
        let times = look_up(&registry, options, offset)?;
        println!("{what:10} {}", percentiles(times));
    }
    println!("memory     {} now", memory("VmRSS")?);
    Ok(())
}

fn import(options: &Options, directory: &Path) -> Result<(), Failure> {
    let how = ImportOptions {
        kind: Some(Kind::Patients),
        details: options.details,
        ..ImportOptions::default()
    };
    let begin = Instant::now();
    let file = Patients {
        next: 0,
        count: options.patients,
        line: Vec::new(),
        read: 0,
    };
    let now = jiff::Timestamp::now();
    let report = import_with(directory, file, &how, now, &SystemRandomness)?;
    let seconds = begin.elapsed().as_secs_f64();
    let per_second = report.accepted as f64 / seconds;
    println!(
        "import     {} patients in {seconds:.1} s, {per_second:.0} a second",
        report.accepted
    );
    println!("memory     {} at most while importing", memory("VmHWM")?);

    let table = directory.join(format!("patients-{:010}/patients.table", report.generation));
    let bytes = std::fs::metadata(table)?.len() as f64 / report.accepted as f64;
    println!(
        "table      {bytes:.1} bytes a patient; 64 million: {:.2} GB",
        bytes * 64e6 / 1e9
    );
    Ok(())
}

/// Looks up patients at random; those from `offset` on, so that none, or all, are unknown.
fn look_up(registry: &Registry, options: &Options, offset: u64) -> Result<Vec<Duration>, Failure> {
    let mut times = Vec::with_capacity(usize::try_from(options.lookups)?);
    for turn in 0..options.lookups {
        let patient = Patient::of(offset + mix(turn ^ 0x5EED) % options.patients);
        let query = patient.query()?;
        let begin = Instant::now();
        let trace = registry.lookup(&query)?;
        times.push(begin.elapsed());
        if matches!(trace, Trace::Registered { .. }) != (offset == 0) {
            return Err("a lookup went wrong".into());
        }
    }
    Ok(times)
}

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let total: Duration = times.iter().sum();
    let rate = times.len() as f64 / total.as_secs_f64();
    let at = |share: f64| {
        let index = (times.len() as f64 * share) as usize;
        times
            .get(index)
            .or(times.last())
            .copied()
            .unwrap_or_default()
            .as_secs_f64()
            * 1e6
    };
    format!(
        "{} lookups, {rate:.0} a second, p50 {:.1} us, p99 {:.1} us, p99.9 {:.1} us",
        times.len(),
        at(0.50),
        at(0.99),
        at(0.999)
    )
}

/// A made-up patient: everything follows from the index.
struct Patient {
    number: u64,
    random: u64,
}

impl Patient {
    fn of(index: u64) -> Self {
        Self {
            number: valid_number(index),
            random: mix(index),
        }
    }

    fn family(&self) -> String {
        let syllables = [
            "GAR", "TON", "WIL", "COX", "MEL", "LOY", "HART", "BEN", "SON", "LEY",
        ];
        let parts = (0..3).map(|place| (self.random >> (8 * place)) as usize % syllables.len());
        parts
            .filter_map(|index| syllables.get(index).copied())
            .collect()
    }

    fn birth(&self) -> String {
        let (year, month, day) = (
            self.random >> 24 & 0xFFF,
            self.random >> 36 & 0xFF,
            self.random >> 44 & 0xFF,
        );
        format!(
            "{}-{:02}-{:02}",
            1920 + year % 105,
            1 + month % 12,
            1 + day % 28
        )
    }

    fn row(&self) -> String {
        format!(
            "{},{},ALEX,{},A{:05},2015-04-01,,,U,,\n",
            self.number,
            self.family(),
            self.birth(),
            self.random >> 52
        )
    }

    fn query(&self) -> Result<TraceQuery, Failure> {
        Ok(TraceQuery {
            nhs_number: NhsNumber::parse(&self.number.to_string())?,
            date_of_birth: DateOfBirth::parse_iso(&self.birth())?,
            family_name: FamilyName::parse(&self.family())?,
        })
    }
}

/// The patients file, made while it is read.
struct Patients {
    next: u64,
    count: u64,
    line: Vec<u8>,
    read: usize,
}

impl Read for Patients {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.line.len() {
            self.line.clear();
            self.read = 0;
            if self.next == 0 {
                self.line.extend_from_slice(
                    b"nhs_number,family_name,given_names,date_of_birth,gp_ods_code,gp_start_date,\
                      gp_end_date,date_of_death,sensitivity,superseded_by,other_family_names\n",
                );
            }
            while self.line.len() < 60_000 && self.next < self.count {
                self.line
                    .extend_from_slice(Patient::of(self.next).row().as_bytes());
                self.next += 1;
            }
        }
        let rest = self.line.get(self.read..).unwrap_or_default();
        let count = (&*rest).read(buffer)?;
        self.read += count;
        Ok(count)
    }
}

/// A line of `/proc/self/status`, in MB; unknown elsewhere than on Linux.
fn memory(field: &str) -> Result<String, Failure> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return Ok("unknown".into());
    };
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kilobytes: u64 = line
        .unwrap_or_default()
        .trim()
        .trim_end_matches(" kB")
        .trim()
        .parse()
        .unwrap_or_default();
    Ok(format!("{} MB", kilobytes / 1024))
}
