//! Looking through OUT: which pairs may be taken now, and what lies there for another reason.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use unicode_normalization::UnicodeNormalization;

use super::first_seen::FirstSeen;
use super::pair::Pair;
use crate::agent::files::printable;

/// How long files must rest before they are taken.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::agent) struct Settle {
    pub pair: Duration,
    pub lone_control: Duration,
    pub lone_data: Duration,
}

/// What a look through OUT found.
#[derive(Debug, Default)]
pub(in crate::agent) struct Scan {
    /// Pairs to take now, by name.
    pub ready: Vec<Pair>,
    /// When the next pair will have rested.
    pub next: Option<Duration>,
    /// How many there are, rested or not.
    pub seen: usize,
}

/// What has the name of a control or data file and cannot be one.
#[derive(Debug)]
pub(in crate::agent) struct NotAFile {
    pub name: String,
    pub what: &'static str,
}

/// The pairs in a directory, whole or not, by name.
#[derive(Debug, Default)]
pub(in crate::agent) struct Pairs {
    pub pairs: Vec<Pair>,
    pub not_files: Vec<NotAFile>,
}

/// Looks once through OUT.
pub(in crate::agent) fn scan(
    out: &Path,
    settle: Settle,
    seen: &mut FirstSeen,
    now: Timestamp,
) -> io::Result<Scan> {
    let found = pairs_in(out)?;
    let mut scan = Scan {
        seen: found.pairs.len(),
        ..Scan::default()
    };
    seen.begin_look();
    for pair in found.pairs {
        match rest(&pair, settle, seen, now) {
            Duration::ZERO => {
                seen.note_ready(&pair);
                scan.ready.push(pair);
            }
            wait => scan.next = Some(scan.next.map_or(wait, |next| next.min(wait))),
        }
    }
    seen.end_look();
    Ok(scan)
}

/// Finds the pairs in a directory. A control and a data file of one name make a pair, and where there is
/// only one of each, names that differ in upper and lower case, or in how accents are written, count as one. What is no
/// directory counts as a file here, whatever it is: it is judged once it is claimed.
pub(in crate::agent) fn pairs_in(directory: &Path) -> io::Result<Pairs> {
    let mut found = Pairs::default();
    let mut pairs: BTreeMap<OsString, Pair> = BTreeMap::new();
    let mut entries: Vec<_> = fs::read_dir(directory)?.collect::<Result<_, _>>()?;
    // Of one name in two spellings (x.dat, x.DAT) the lower-case one counts, the other waits.
    entries.sort_by_cached_key(|entry| std::cmp::Reverse(entry.file_name()));
    for entry in entries {
        let path = entry.path();
        let name = entry.file_name();
        if is_extension_alone(&name) {
            let what = "has no name before its extension; move it away";
            let name = printable(&name);
            found.not_files.push(NotAFile { name, what });
            continue;
        }
        let Some((base, is_control)) = name_of(&path) else {
            continue;
        };
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                let what = "is a directory, and a file was expected; move it away";
                let name = printable(&name);
                found.not_files.push(NotAFile { name, what });
                continue;
            }
            // The application took it back while OUT was read.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            kind => _ = kind?,
        }
        let pair = pairs.entry(base.to_owned()).or_default();
        let place = if is_control {
            &mut pair.control
        } else {
            &mut pair.data
        };
        place.get_or_insert(path);
    }
    found.pairs = matched(pairs);
    Ok(found)
}

/// A name without what two machines may write differently: upper and lower case, and whether an accent is a
/// character of its own, as of old Macs.
fn folded(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase()
}

/// Joins lone files whose names differ in that only, where it is plain which belong together.
fn matched(pairs: BTreeMap<OsString, Pair>) -> Vec<Pair> {
    let mut lone: BTreeMap<String, Vec<OsString>> = BTreeMap::new();
    for (base, pair) in &pairs {
        if pair.control.is_none() || pair.data.is_none() {
            let folded = folded(&printable(base));
            lone.entry(folded).or_default().push(base.clone());
        }
    }
    let mut pairs = pairs;
    for bases in lone.into_values() {
        let [one, other] = bases.as_slice() else {
            continue;
        };
        let controls =
            [one, other].map(|base| pairs.get(base).is_some_and(|it| it.control.is_some()));
        if controls == [true, true] || controls == [false, false] {
            continue;
        }
        let (control, data) = if controls == [true, false] {
            (one, other)
        } else {
            (other, one)
        };
        if let Some(data) = pairs.remove(data).and_then(|pair| pair.data)
            && let Some(pair) = pairs.get_mut(control)
        {
            pair.data = Some(data);
        }
    }
    let named = pairs.into_iter().map(|(base, pair)| Pair {
        base: printable(&base),
        ..pair
    });
    named.collect()
}

/// The data file that belongs to a control file which was claimed before it.
pub(super) fn data_for(out: &Path, control: &OsStr) -> io::Result<Option<PathBuf>> {
    let Some(wanted) = Path::new(control).file_stem().map(printable) else {
        return Ok(None);
    };
    let lone = pairs_in(out)?.pairs.into_iter();
    let mut lone: Vec<_> = lone.filter(|pair| pair.control.is_none()).collect();
    if let Some(exact) = lone.iter().find(|pair| pair.base == wanted) {
        return Ok(exact.data.clone());
    }
    lone.retain(|pair| folded(&pair.base) == folded(&wanted));
    Ok(match lone.as_slice() {
        [only] => only.data.clone(),
        _ => None,
    })
}

/// The base name and whether it is a control file; only the last extension counts, in any case.
pub(super) fn name_of(path: &Path) -> Option<(&OsStr, bool)> {
    let extension = path.extension()?.to_str()?;
    let is_control = extension.eq_ignore_ascii_case("ctl");
    let ours = is_control || extension.eq_ignore_ascii_case("dat");
    Some((path.file_stem()?, is_control)).filter(|_| ours)
}

/// What in a directory may be meant to be sent, and is not: files whose names hide their extension, and directories
/// with control or data files. For whoever asks how it stands.
pub(in crate::agent) fn misplaced(directory: &Path) -> io::Result<Vec<NotAFile>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        if name_of(&path).is_some() {
            continue;
        }
        let what = if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if !holds_pairs(&path) {
                continue;
            }
            "is a directory, and what is in it is not sent; move the files up into OUT"
        } else if hides_extension(&entry.file_name().to_string_lossy()) {
            "ends in neither .dat nor .ctl, and is not sent; rename it"
        } else {
            continue;
        };
        let name = printable(&entry.file_name());
        found.push(NotAFile { name, what });
    }
    Ok(found)
}

/// Whether a directory holds a control or data file, as far as its first thousand names tell.
fn holds_pairs(directory: &Path) -> bool {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut entries = entries.take(1000);
    entries.any(|entry| name_of(&entry.path()).is_some())
}

/// Whether something stands behind the extension: a blank, a dot, another extension, as editors add one.
fn hides_extension(name: &str) -> bool {
    let trimmed = name.trim_end_matches(|c: char| c.is_whitespace() || c == '.');
    let inner = trimmed.rsplit_once('.').map(|(inner, _)| inner);
    let is_ours = |name: &str| name_of(Path::new(name.trim_end())).is_some();
    is_ours(trimmed) || inner.is_some_and(is_ours)
}

/// Whether a name is `.ctl` or `.dat`, which is no extension of anything.
fn is_extension_alone(name: &OsStr) -> bool {
    name.eq_ignore_ascii_case(".ctl") || name.eq_ignore_ascii_case(".dat")
}

/// How long the pair must still rest. A file's age counts from when it was first seen here as it is
/// now. Of a whole pair a time stamp in the past counts too, so that one look is enough for what
/// rested before the agent came; of half a pair it does not, for it may have been copied with its old time
/// or moved here a moment ago, and it is not taken but failed.
fn rest(pair: &Pair, settle: Settle, seen: &mut FirstSeen, now: Timestamp) -> Duration {
    let whole = pair.control.is_some() && pair.data.is_some();
    let needed = match (&pair.control, &pair.data) {
        (Some(_), Some(_)) => settle.pair,
        (Some(_), None) => settle.lone_control.max(settle.pair),
        (None, _) => settle.lone_data.max(settle.pair),
    };
    let mut longest = Duration::ZERO;
    for path in [&pair.control, &pair.data].into_iter().flatten() {
        let ages = seen.ages(path, now);
        let age = match whole {
            true => ages.seen.max(ages.unchanged_by_time_stamp),
            false => ages.seen,
        };
        longest = longest.max(needed.saturating_sub(age));
    }
    longest
}
