//! The local registry: a compiled, sealed snapshot of who is registered where, on this machine.

pub(crate) mod details;
pub(crate) mod key;
mod positioned;
pub(crate) mod practices;
pub(crate) mod record;
pub(crate) mod seal;
pub(crate) mod snapshot;
pub(crate) mod sorter;
pub(crate) mod table;
pub(crate) mod view;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use nhs::{Clock, DateOfBirth, FamilyName, NhsNumber, OdsCode, SystemClock};
use parking_lot::{Mutex, RwLock};
use serde::Serialize;

pub use key::{KeySource, RegistryKey};
pub use practices::Practice;
pub use snapshot::SnapshotStatus;

use crate::{Demographics, MatchPolicy, PdsError, Trace, TraceQuery};
use details::PatientDetails;
use snapshot::Subject;
use view::View;

/// How often a registry looks whether an import has swapped in a new snapshot.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The local registry, open for lookups. Clones share one view of the files.
///
/// A snapshot that another process swaps in is taken up within about half a second. Lookups never
/// wait for that: they use the snapshot they began with. A lookup reads a few kilobytes from one
/// file and costs some microseconds while that page is in the operating system's cache; memory
/// holds only the tables' directories, about 16 MB for 64 million patients.
#[derive(Clone)]
pub struct Registry {
    shared: Arc<Shared>,
}

/// How a registry is opened.
pub struct RegistryOptions {
    /// What counts as a match and as a registration.
    pub policy: MatchPolicy,
    /// Where the key is.
    pub key: KeySource,
    /// Today, for registrations that begin or end.
    pub clock: Arc<dyn Clock>,
}

/// The snapshots that count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Patients, once imported.
    pub patients: Option<SnapshotStatus>,
    /// Practices, once imported.
    pub practices: Option<SnapshotStatus>,
}

struct Shared {
    directory: PathBuf,
    options: RegistryOptions,
    view: RwLock<Arc<View>>,
    refreshing: Mutex<()>,
    /// Dropped with the registry, which ends the thread that looks for new snapshots.
    _alive: Sender<()>,
}

impl Default for RegistryOptions {
    fn default() -> Self {
        Self {
            policy: MatchPolicy::default(),
            key: KeySource::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

/// What snapshots a registry directory holds. Needs no key.
///
/// # Errors
///
/// When the directory or a manifest cannot be read, or was written in another format.
pub fn status(directory: &Path) -> Result<Status, PdsError> {
    let of = |subject| -> Result<Option<SnapshotStatus>, PdsError> {
        let name = snapshot::current(directory, subject)?;
        name.map(|name| Ok(snapshot::manifest(&directory.join(name), None)?.status))
            .transpose()
    };
    Ok(Status {
        patients: of(Subject::Patients)?,
        practices: of(Subject::Practices)?,
    })
}

impl Registry {
    /// Opens a registry directory with the default policy, its own key file and the system clock.
    ///
    /// Nothing needs to be imported yet: until then lookups fail with [`PdsError::NoRegistry`],
    /// so that messages wait rather than bounce.
    ///
    /// # Errors
    ///
    /// As [`Self::open_with`].
    pub fn open(directory: &Path) -> Result<Self, PdsError> {
        Self::open_with(directory, RegistryOptions::default())
    }

    /// Opens a registry directory.
    ///
    /// # Errors
    ///
    /// When a snapshot is there and cannot be used: unreadable, damaged, of another format, or under another key.
    pub fn open_with(directory: &Path, options: RegistryOptions) -> Result<Self, PdsError> {
        let view = View::load(directory, &options.key)?;
        let (alive, gone) = mpsc::channel();
        let shared = Arc::new(Shared {
            directory: directory.to_owned(),
            options,
            view: RwLock::new(Arc::new(view)),
            refreshing: Mutex::new(()),
            _alive: alive,
        });
        let watched = Arc::downgrade(&shared);
        std::thread::Builder::new()
            .name("registry-watch".into())
            .spawn(move || watch(&watched, &gone))
            .map_err(PdsError::read(directory))?;
        Ok(Self { shared })
    }

    /// Traces a patient; [`Demographics::trace`] without the future.
    ///
    /// # Errors
    ///
    /// [`PdsError::NoRegistry`] before the first import; [`PdsError::RegistryDamaged`] when the record cannot be
    /// opened. Neither says anything about the patient: asking again later is safe.
    pub fn lookup(&self, query: &TraceQuery) -> Result<Trace, PdsError> {
        let options = &self.shared.options;
        self.view().trace(query, &options.policy, self.today())
    }

    /// A practice, once practices are imported.
    pub fn practice(&self, code: &OdsCode) -> Option<Practice> {
        self.view().practice(code).cloned()
    }

    /// The snapshots in use.
    pub fn status(&self) -> Status {
        self.view().status()
    }

    /// Looks for a new snapshot now. Answers whether one was taken up.
    ///
    /// # Errors
    ///
    /// When there is a new snapshot that cannot be used; the one before stays in use.
    pub fn refresh(&self) -> Result<bool, PdsError> {
        self.shared.refresh()
    }

    /// What the stand-in shows of a patient: the surviving number and the details.
    pub(crate) fn details(
        &self,
        number: NhsNumber,
    ) -> Result<Option<(NhsNumber, PatientDetails)>, PdsError> {
        self.view().details(number)
    }

    /// The numbers of patients with this usual name and date of birth, at most three.
    pub(crate) fn search(
        &self,
        family: &FamilyName,
        birth: DateOfBirth,
    ) -> Result<Vec<NhsNumber>, PdsError> {
        self.view().search(family, birth)
    }

    fn view(&self) -> Arc<View> {
        self.shared.view.read().clone()
    }

    fn today(&self) -> Date {
        self.shared
            .options
            .clock
            .now()
            .to_zoned(TimeZone::UTC)
            .date()
    }
}

impl Shared {
    fn refresh(&self) -> Result<bool, PdsError> {
        let _one_at_a_time = self.refreshing.lock();
        let held = self.view.read().clone();
        let Some(next) = held.newer(&self.directory, &self.options.key)? else {
            return Ok(false);
        };
        *self.view.write() = Arc::new(next);
        tracing::info!("took up a new registry snapshot");
        Ok(true)
    }
}

fn watch(registry: &Weak<Shared>, gone: &mpsc::Receiver<()>) {
    let mut told = None;
    while let Err(RecvTimeoutError::Timeout) = gone.recv_timeout(LOOK_EVERY) {
        let Some(registry) = registry.upgrade() else {
            return;
        };
        let failed = registry.refresh().err();
        if let Some(error) = failed.as_ref().filter(|error| told != Some(error.code())) {
            tracing::error!(code = error.code(), %error, "cannot take up a new snapshot");
        }
        told = failed.map(|error| error.code());
    }
}

#[async_trait]
impl Demographics for Registry {
    async fn trace(&self, query: &TraceQuery) -> Result<Trace, PdsError> {
        self.lookup(query)
    }

    fn trace_here(&self, query: &TraceQuery) -> Option<Trace> {
        self.lookup(query).ok()
    }

    fn successor(&self, practice: &OdsCode) -> Option<OdsCode> {
        let closed = self.practice(practice)?;
        closed
            .successor
            .filter(|_| !closed.active || closed.closed.is_some_and(|last| last < self.today()))
    }
}
