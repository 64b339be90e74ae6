//! Finding pairs in OUT, and claiming them by rename into TEMP.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::files::sync_directory;

/// The prefix of the directories in TEMP that hold a claimed pair each.
pub(super) const CLAIM_PREFIX: &str = "out-";

/// How long files must rest before they are taken.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Settle {
    pub pair: Duration,
    pub lone_control: Duration,
    pub lone_data: Duration,
}

/// A pair in OUT, or what there is of one.
#[derive(Debug, Default)]
pub(super) struct Pair {
    pub base: String,
    pub control: Option<PathBuf>,
    pub data: Option<PathBuf>,
}

/// What a scan found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Pairs to take now, by name.
    pub ready: Vec<Pair>,
    /// When the next pair will have rested.
    pub next: Option<Duration>,
    /// How many there are, rested or not.
    pub seen: usize,
}

/// A claimed pair in its own directory in TEMP.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub directory: PathBuf,
    /// When it was claimed, and an id of its own: both are in the directory's name.
    pub claimed_at: Option<Timestamp>,
    pub id: Option<String>,
    pub base: String,
    pub control: Option<PathBuf>,
    pub data: Option<PathBuf>,
    /// Bytes of the data file.
    pub length: u64,
    /// Just taken from OUT.
    pub fresh: bool,
    /// Left by an earlier run of the agent.
    pub leftover: bool,
}

/// Looks once through OUT. Only plain files count: a link could lead anywhere.
pub(super) fn scan(out: &Path, settle: Settle, now: Timestamp) -> io::Result<Scan> {
    let mut pairs: BTreeMap<String, Pair> = BTreeMap::new();
    for entry in fs::read_dir(out)? {
        let entry = entry?;
        let path = entry.path();
        let Some((base, is_control)) = name_of(&path) else {
            continue;
        };
        if !entry.file_type()?.is_file() {
            continue;
        }
        let pair = pairs.entry(base.clone()).or_default();
        pair.base = base;
        if is_control {
            pair.control = Some(path)
        } else {
            pair.data = Some(path)
        }
    }
    let mut found = Scan {
        seen: pairs.len(),
        ..Scan::default()
    };
    for pair in pairs.into_values() {
        match rest(&pair, settle, now) {
            Duration::ZERO => found.ready.push(pair),
            wait => found.next = Some(found.next.map_or(wait, |next| next.min(wait))),
        }
    }
    Ok(found)
}

/// The base name and whether it is a control file; only the last extension counts, in any case.
fn name_of(path: &Path) -> Option<(String, bool)> {
    let extension = path.extension()?.to_str()?;
    let is_control = extension.eq_ignore_ascii_case("ctl");
    let base = path.file_stem()?.to_str()?;
    let ours = is_control || extension.eq_ignore_ascii_case("dat");
    ours.then(|| (base.to_owned(), is_control))
}

/// How long the pair must still rest.
fn rest(pair: &Pair, settle: Settle, now: Timestamp) -> Duration {
    let needed = match (&pair.control, &pair.data) {
        (Some(_), Some(_)) => settle.pair,
        (Some(_), None) => settle.lone_control.max(settle.pair),
        (None, _) => settle.lone_data.max(settle.pair),
    };
    if needed.is_zero() {
        return Duration::ZERO;
    }
    let files = [&pair.control, &pair.data].into_iter().flatten();
    let waits = files.map(|path| needed.saturating_sub(age(path, now)));
    waits.max().unwrap_or_default()
}

pub(super) fn age(path: &Path, now: Timestamp) -> Duration {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    let modified = modified
        .ok()
        .and_then(|time| Timestamp::try_from(time).ok());
    modified
        .and_then(|at| now.duration_since(at).try_into().ok())
        .unwrap_or_default()
}

/// Takes a pair: `.ctl` first, so that a second client sees no pair, then `.dat`. The directory's
/// name makes claims sort by age.
pub(super) fn claim(temp: &Path, pair: &Pair, now: Timestamp, unique: &str) -> io::Result<Claim> {
    let name = format!("{CLAIM_PREFIX}{:013}-{unique}", now.as_millisecond());
    let directory = temp.join(name);
    fs::create_dir(&directory)?;
    for path in [&pair.control, &pair.data].into_iter().flatten() {
        if let Some(name) = path.file_name()
            && let Err(error) = fs::rename(path, directory.join(name))
        {
            // Nothing was taken: leave nothing behind.
            let _ = fs::remove_dir(&directory);
            return Err(error);
        }
    }
    sync_directory(&directory)?;
    let claim = Claim::open(&directory)?;
    Ok(Claim {
        fresh: true,
        ..claim
    })
}

impl Claim {
    /// Reads which files a claim holds.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let name = directory.file_name().and_then(|name| name.to_str());
        let name = name.and_then(|name| name.strip_prefix(CLAIM_PREFIX));
        let parts = name.and_then(|name| name.split_once('-'));
        let milliseconds = parts.and_then(|(at, _)| at.parse().ok());
        let mut claim = Self {
            directory: directory.to_owned(),
            claimed_at: milliseconds.and_then(|at| Timestamp::from_millisecond(at).ok()),
            id: parts.map(|(_, id)| id.to_owned()),
            base: String::new(),
            control: None,
            data: None,
            length: 0,
            fresh: false,
            leftover: false,
        };
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let path = entry.path();
            let Some((base, is_control)) = name_of(&path) else {
                continue;
            };
            claim.base = base;
            if is_control {
                claim.control = Some(path);
            } else {
                claim.data = Some(path);
                claim.length = entry.metadata()?.len();
            }
        }
        Ok(claim)
    }

    /// A crash may have come between the two renames: takes the data file that was left in OUT.
    pub fn complete_from(&mut self, out: &Path) -> io::Result<()> {
        let Some(control) = self.control.as_ref().filter(|_| self.data.is_none()) else {
            return Ok(());
        };
        for extension in ["dat", "DAT"] {
            let left = control.with_extension(extension);
            let Some(name) = left.file_name() else {
                continue;
            };
            let target = self.directory.join(name);
            if fs::rename(out.join(name), &target).is_ok() {
                self.length = fs::metadata(&target)?.len();
                self.data = Some(target);
                return Ok(());
            }
        }
        Ok(())
    }

    /// A file of the agent's own beside the pair.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}
