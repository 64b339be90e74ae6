//! When the files in OUT were first seen as they are now. Kept in TEMP, so that a restart, or a client that is
//! run once in a while, does not begin to count anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::pair::Pair;
use crate::agent::files::{printable, read_own, write_volatile};

const FIRST_SEEN: &str = "restante-first-seen";
/// More files than this are not remembered over a restart.
const MOST_REMEMBERED: usize = 10_000;

/// The files in OUT, and since when each is as it is.
#[derive(Debug, Default)]
pub(in crate::agent) struct FirstSeen {
    path: PathBuf,
    files: BTreeMap<String, Seen>,
    /// Files met in the look under way.
    met: BTreeMap<String, Seen>,
    /// Files of whole pairs that may be taken.
    ready: BTreeSet<String>,
    written: BTreeMap<String, Seen>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    since: Timestamp,
    length: u64,
    modified: Option<Timestamp>,
    /// It was seen to change, so that its time stamp says nothing.
    changes: bool,
}

/// How long a file has rested.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ages {
    /// Since it was first seen as it is now.
    pub seen: Duration,
    /// By its time stamp; zero when that is in the future, or the file was seen to change since.
    pub unchanged_by_time_stamp: Duration,
}

impl FirstSeen {
    /// Reads what an earlier agent noted; nothing when it cannot be read.
    pub fn read(temp: &Path) -> Self {
        let path = temp.join(FIRST_SEEN);
        let noted = read_own(&path).ok();
        let files: BTreeMap<String, Seen> = noted
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        Self {
            written: files.clone(),
            files,
            path,
            ..Self::default()
        }
    }

    pub(super) fn begin_look(&mut self) {
        self.met.clear();
        self.ready.clear();
    }

    /// A pair may be taken. Of a whole one nothing need be remembered over a restart: it is taken soon, or
    /// rests once more.
    pub(super) fn note_ready(&mut self, pair: &Pair) {
        if let (Some(control), Some(data)) = (&pair.control, &pair.data) {
            self.ready.extend([control, data].map(|path| name_of(path)));
        }
    }

    /// Forgets what is gone.
    pub(super) fn end_look(&mut self) {
        self.files = std::mem::take(&mut self.met);
    }

    /// Writes down what waits, when that changed. A failure only means that counting may begin anew.
    pub fn save(&mut self) {
        let waits = |(name, _): &(&String, &Seen)| !self.ready.contains(*name);
        let remembered: BTreeMap<_, _> = self
            .files
            .iter()
            .filter(waits)
            .take(MOST_REMEMBERED)
            .map(|(name, seen)| (name.clone(), seen.clone()))
            .collect();
        if remembered == self.written {
            return;
        }
        let saved = serde_json::to_vec(&remembered)
            .map_err(std::io::Error::other)
            .and_then(|bytes| write_volatile(&self.path, &bytes));
        match saved {
            Ok(()) => self.written = remembered,
            Err(error) => tracing::debug!(%error, "what waits in OUT was not noted"),
        }
    }

    /// Forgets a pair that was taken: the next of its name is another.
    pub fn forget(&mut self, pair: &Pair) {
        for path in [&pair.control, &pair.data].into_iter().flatten() {
            self.files.remove(&name_of(path));
        }
    }

    /// How long a file has rested, which is noted when it was not known.
    pub(super) fn ages(&mut self, path: &Path, now: Timestamp) -> Ages {
        let name = name_of(path);
        let metadata = path.symlink_metadata().ok();
        let modified = metadata.as_ref().and_then(modified);
        let length = metadata.map_or(0, |metadata| metadata.len());
        let known = self.files.get(&name);
        let same = known.filter(|seen| (seen.length, seen.modified) == (length, modified));
        // A clock that was put back must not keep a file here for ever.
        let since = same.map_or(now, |seen| seen.since.min(now));
        let changes = known.is_some_and(|seen| seen.changes || same.is_none());
        let by_time_stamp = modified.filter(|_| !changes);
        self.met.insert(
            name,
            Seen {
                since,
                length,
                modified,
                changes,
            },
        );
        let age = |since: Timestamp| now.duration_since(since).try_into().unwrap_or_default();
        Ages {
            seen: age(since),
            unchanged_by_time_stamp: by_time_stamp.map(age).unwrap_or_default(),
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(printable).unwrap_or_default()
}

fn modified(metadata: &Metadata) -> Option<Timestamp> {
    Timestamp::try_from(metadata.modified().ok()?).ok()
}
