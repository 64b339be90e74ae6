//! The file of the list, read again when it changes.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

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
}

/// When the file was changed, and how long it was.
type Stamp = (SystemTime, u64);

impl PatientFile {
    /// Reads the list. Without a path nobody is known here.
    pub(crate) fn open(path: Option<PathBuf>) -> Result<Self, PracticeError> {
        let file = Self {
            path,
            state: Mutex::new(State {
                list: Arc::default(),
                stamp: None,
            }),
        };
        if let Some(path) = &file.path {
            let stamp = file.stamp();
            let list = Arc::new(PatientList::open(path)?);
            *file.state.lock() = State { list, stamp };
        }
        Ok(file)
    }

    /// The list as it was last read.
    pub(crate) fn current(&self) -> Arc<PatientList> {
        Arc::clone(&self.state.lock().list)
    }

    /// Reads the list again when its file has changed. A file that cannot be read is an error once;
    /// the list read before stays in force.
    pub(crate) fn refresh(&self) -> Result<(), PracticeError> {
        let (Some(path), Some(stamp)) = (&self.path, self.stamp()) else {
            return Ok(());
        };
        if self.state.lock().stamp == Some(stamp) {
            return Ok(());
        }
        let read = PatientList::open(path);
        let mut state = self.state.lock();
        state.stamp = Some(stamp);
        state.list = Arc::new(read?);
        Ok(())
    }

    /// None while the file is away, as between the two steps of being replaced.
    fn stamp(&self) -> Option<Stamp> {
        let metadata = fs::metadata(self.path.as_ref()?).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    }
}
