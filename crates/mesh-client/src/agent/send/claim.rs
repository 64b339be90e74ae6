//! Claiming a pair: by rename into a directory of its own in TEMP, where nobody else may change names. Each
//! file is then opened once, without following links and without waiting, and judged by its descriptor.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::attempt::{Attempt, OpenNote};
use super::pair::Pair;
use super::scan::{data_for, name_of};
use crate::agent::disk::Group;
use crate::agent::files::{make_private_directory, printable, rename};

/// The prefix of the directories in TEMP that hold a claimed pair each.
pub(in crate::agent) const CLAIM_PREFIX: &str = "out-";

/// A claimed pair in its own directory in TEMP.
#[derive(Debug, Clone)]
pub(in crate::agent) struct Claim {
    pub directory: PathBuf,
    /// When it was claimed, and an id of its own: both are in the directory's name.
    pub claimed_at: Option<Timestamp>,
    pub id: Option<String>,
    /// The name without extension, as text.
    pub base: String,
    pub control: Option<PathBuf>,
    pub data: Option<PathBuf>,
    /// Bytes of the data file, as the directory says; it decides only what goes beside others.
    pub length: u64,
    /// Just taken from OUT.
    pub fresh: bool,
    /// What is noted of its sending, as long as that is open.
    pub note: Option<Arc<OpenNote>>,
}

/// What became of an attempt to claim a pair.
#[derive(Debug)]
pub(super) enum Taken {
    Claimed(Claim),
    /// The application took the files back meanwhile.
    Gone,
    /// The operating system does not let go of a file, or another program holds it.
    NotPermitted(io::Error),
}

/// A pair to be claimed, and what tells its claim from others.
#[derive(Debug)]
pub(super) struct Chosen {
    pub pair: Pair,
    /// Later than that of any claim before, for claims are sent in the order of their times.
    pub at: Timestamp,
    pub unique: String,
}

/// Takes pairs. On disk when this returns.
pub(super) fn claim_all(
    temp: &Path,
    group: &mut Group,
    pairs: &[Chosen],
) -> io::Result<Vec<Taken>> {
    let mut taken = Vec::with_capacity(pairs.len());
    let mut places = Vec::with_capacity(pairs.len() + 1);
    for chosen in pairs {
        let one = claim(temp, chosen, group)?;
        if let Taken::Claimed(claim) = &one {
            places.push(claim.directory.clone());
        }
        taken.push(one);
    }
    if !places.is_empty() {
        places.push(temp.to_owned());
        group.sync(&places)?;
    }
    Ok(taken)
}

/// Takes a pair: `.ctl` first, so that a second client sees no pair, then `.dat`. The directory's
/// name makes claims sort by age. What cannot be taken whole is left in OUT.
fn claim(temp: &Path, chosen: &Chosen, group: &Group) -> io::Result<Taken> {
    let Chosen { pair, at, unique } = chosen;
    let name = format!("{CLAIM_PREFIX}{:013}-{unique}", at.as_millisecond());
    let directory = temp.join(name);
    let note = make_place(&directory, *at, group)?;
    let mut moved: Vec<(&PathBuf, PathBuf)> = Vec::with_capacity(2);
    for path in [&pair.control, &pair.data].into_iter().flatten() {
        let target = directory.join(path.file_name().unwrap_or_default());
        let Err(error) = fs::rename(path, &target) else {
            moved.push((path, target));
            continue;
        };
        for (from, to) in moved {
            rename(&to, from)?;
        }
        drop(note);
        fs::remove_dir_all(&directory)?;
        return match error.kind() {
            io::ErrorKind::NotFound => Ok(Taken::Gone),
            io::ErrorKind::PermissionDenied => Ok(Taken::NotPermitted(error)),
            _ if durable::is_held(&error) => Ok(Taken::NotPermitted(error)),
            _ => Err(error),
        };
    }
    let mut claim = Claim {
        fresh: true,
        note: note.map(Arc::new),
        ..Claim::of(&directory)
    };
    for (_, target) in moved {
        if claim.note_file(target)
            && let Some(data) = &claim.data
        {
            claim.length = data.symlink_metadata()?.len();
        }
    }
    Ok(Taken::Claimed(claim))
}

/// Makes the directory of a claim, with what is noted of it. Without that, and after another boot, what an earlier run
/// left counts as in doubt.
fn make_place(directory: &Path, at: Timestamp, group: &Group) -> io::Result<Option<OpenNote>> {
    let (claim, attempt, mut note) = (Claim::of(directory), Attempt::claimed(at), None);
    let is_reused = group.reuse(directory, |file| {
        note = Some(attempt.begin_over(&claim, file)?);
        Ok(())
    });
    if !is_reused {
        make_private_directory(directory)?;
        note = attempt.begin(&claim).ok();
    }
    Ok(note)
}

impl Claim {
    /// A claim whose files are not known yet.
    pub fn of(directory: &Path) -> Self {
        let name = directory.file_name().and_then(|name| name.to_str());
        let name = name.and_then(|name| name.strip_prefix(CLAIM_PREFIX));
        let parts = name.and_then(|name| name.split_once('-'));
        let milliseconds = parts.and_then(|(at, _)| at.parse().ok());
        Self {
            directory: directory.to_owned(),
            claimed_at: milliseconds.and_then(|at| Timestamp::from_millisecond(at).ok()),
            id: parts.map(|(_, id)| id.to_owned()),
            base: String::new(),
            control: None,
            data: None,
            length: 0,
            fresh: false,
            note: None,
        }
    }

    /// Reads which files a claim holds.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let mut claim = Self::of(directory);
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            if claim.note_file(entry.path()) {
                claim.length = entry.metadata()?.len();
            }
        }
        Ok(claim)
    }

    /// Takes note of a file of the pair, if it is one; whether it is the data.
    fn note_file(&mut self, path: PathBuf) -> bool {
        let Some((base, is_control)) = name_of(&path) else {
            return false;
        };
        if is_control || self.base.is_empty() {
            self.base = printable(base);
        }
        if is_control {
            self.control = Some(path);
        } else {
            self.data = Some(path);
        }
        !is_control
    }

    /// A crash may have come between the two renames: takes the data file that was left in OUT.
    pub fn complete_from(&mut self, out: &Path) -> io::Result<()> {
        let control = self.control.as_ref().filter(|_| self.data.is_none());
        let Some(control) = control.and_then(|path| path.file_name()) else {
            return Ok(());
        };
        let Some(left) = data_for(out, control)? else {
            return Ok(());
        };
        let target = self.directory.join(left.file_name().unwrap_or_default());
        match fs::rename(left, &target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(()) => {
                self.length = target.symlink_metadata()?.len();
                self.data = Some(target);
                Ok(())
            }
        }
    }

    /// Lets go of what is noted of its sending, before its files are put away.
    pub fn close_note(&self) {
        if let Some(note) = &self.note {
            note.close();
        }
    }

    /// A file of the agent's own beside the pair.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}
