//! The file of the list, read again when it changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;
use parking_lot::Mutex;

use super::list::PatientList;
use crate::PracticeError;

/// The practice's list of patients, read again whenever its file changes. Replace the file by
/// renaming another over it: one that is written in place may be read half written.
pub(crate) struct PatientFile {
    path: Option<PathBuf>,
    /// Replaced whole or not at all.
    state: Mutex<State>,
}

struct State {
    list: Arc<PatientList>,
    /// Of the file as it was last looked at, whether or not it could be read.
    stamp: Option<Stamp>,
    /// When the list was read.
    read_at: Option<Timestamp>,
    /// Why the file could not be read when it was last looked at.
    failure: Option<String>,
}

/// What was read of the practice's list of patients: numbers, lines and reasons, no content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientListStanding {
    /// The file.
    pub path: PathBuf,
    /// When the list in force was read.
    pub read_at: Option<Timestamp>,
    /// The patients it holds.
    pub patients: usize,
    /// The rows without a date of birth that can be read for certain.
    pub refused: usize,
    /// The lines of the first of them.
    pub lines: Vec<u64>,
    /// Why the file as it is now cannot be read; the list read before is in force.
    pub failure: Option<String>,
}

/// When the file was changed, and how long it was.
type Stamp = (SystemTime, u64);

impl PatientFile {
    /// Reads the list. Without a path nobody is known here.
    pub(crate) fn open(path: Option<PathBuf>, now: Timestamp) -> Result<Self, PracticeError> {
        let file = Self {
            path,
            state: Mutex::new(State {
                list: Arc::default(),
                stamp: None,
                read_at: None,
                failure: None,
            }),
        };
        if let Some(path) = &file.path {
            let stamp = file.stamp();
            let list = Arc::new(PatientList::open(path)?);
            *file.state.lock() = State {
                list,
                stamp,
                read_at: Some(now),
                failure: None,
            };
        }
        Ok(file)
    }

    /// The list as it was last read.
    pub(crate) fn current(&self) -> Arc<PatientList> {
        Arc::clone(&self.state.lock().list)
    }

    /// Reads the list again when its file has changed. A file that cannot be read is an error once;
    /// the list read before stays in force.
    pub(crate) fn refresh(&self, now: Timestamp) -> Result<(), PracticeError> {
        let (Some(path), Some(stamp)) = (&self.path, self.stamp()) else {
            return Ok(());
        };
        if self.state.lock().stamp == Some(stamp) {
            return Ok(());
        }
        let read = PatientList::open(path);
        let mut state = self.state.lock();
        state.stamp = Some(stamp);
        state.failure = read.as_ref().err().map(ToString::to_string);
        state.list = Arc::new(read?);
        state.read_at = Some(now);
        Ok(())
    }

    /// What was read of it; none without a list.
    pub(crate) fn standing(&self) -> Option<PatientListStanding> {
        let path = self.path.as_deref().map(Path::to_owned)?;
        let state = self.state.lock();
        let (refused, lines) = state.list.lines_left_out();
        Some(PatientListStanding {
            path,
            read_at: state.read_at,
            patients: state.list.len(),
            refused,
            lines,
            failure: state.failure.clone(),
        })
    }

    /// None while the file is away, as between the two steps of being replaced.
    fn stamp(&self) -> Option<Stamp> {
        let metadata = fs::metadata(self.path.as_ref()?).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    }
}
