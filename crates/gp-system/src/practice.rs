use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use nhs::{Clock, Randomness};
use send_document::Consultation;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::directories::Directories;
use crate::inner::Inner;
use crate::patient_file::PatientFile;
use crate::sending::{building, deleting, following, placing, submitting};
use crate::store::{self, Store, alerts, consultations, tasks};
use crate::{
    Alert, AttachmentContent, ConsultationId, ConsultationRecord, Counts, Deletion,
    DeletionWarning, Observer, PracticeConfig, PracticeError, ReceivedMessage, Summary, Task,
    TaskId, receiving, watching,
};

/// The longest list a page or caller is given.
const LONGEST_LIST: u32 = 500;

/// One practice over its mailbox directories. Cloning it gives another handle on the same practice.
#[derive(Clone)]
pub struct Practice {
    inner: Arc<Inner>,
}

impl Practice {
    /// Makes the directories, opens the records and reads the patient list. Blocks while it does.
    ///
    /// Errors: a setting the rules forbid, a directory or the patient list that cannot be read, or
    /// records of another release.
    pub fn open(
        config: PracticeConfig,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
        observer: Observer,
    ) -> Result<Self, PracticeError> {
        config.check()?;
        let directories = Directories::open(&config)?;
        let store = Store::open(&config.data_directory.join("practice.sqlite"))?;
        let patients = PatientFile::open(config.patients.clone())?;
        let inner = Inner {
            config,
            directories,
            store,
            patients,
            clock,
            randomness,
            observer,
            pass: Mutex::new(()),
            changed: Notify::new(),
            suspects: Mutex::new(HashSet::new()),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The practice's settings.
    pub fn config(&self) -> &PracticeConfig {
        &self.inner.config
    }

    /// Works until `shutdown`: takes what appears in IN, sends what is due. What fails is logged
    /// and tried again at the next look.
    pub async fn run(&self, shutdown: CancellationToken) {
        watching::run(self, &shutdown).await;
    }

    /// Takes everything in IN, sends everything due, follows what is under way, and returns.
    ///
    /// An error leaves what was not done for the next call; calling again is safe.
    pub async fn run_once(&self) -> Result<Summary, PracticeError> {
        self.blocking(|inner| {
            let _one_at_a_time = inner.pass.lock().unwrap_or_else(PoisonError::into_inner);
            let mut summary = Summary::default();
            refresh_patients(inner)?;
            following::follow_client(inner)?;
            let taken = receiving::take_all(inner, &mut summary);
            building::build_due(inner)?;
            placing::place_all(inner, &mut summary)?;
            following::find_overdue(inner)?;
            taken.map(|()| summary)
        })
        .await
    }

    /// Stores a consultation durably; it is sent once the practice's wait time has passed.
    ///
    /// Errors: [`PracticeError::Consultation`] names the fields to correct,
    /// [`PracticeError::OwnPatient`] when the patient is registered here.
    pub async fn submit(
        &self,
        consultation: Consultation,
    ) -> Result<ConsultationId, PracticeError> {
        self.blocking(move |inner| submitting::submit(inner, &consultation))
            .await
    }

    /// Changes a consultation. While it waits, its clock starts again and only the latest content
    /// is sent; afterwards the change is sent as the next version, replacing the one before. The
    /// id returned is the one to follow: the same while it waits, a new one afterwards.
    pub async fn update(
        &self,
        id: ConsultationId,
        consultation: Consultation,
    ) -> Result<ConsultationId, PracticeError> {
        self.blocking(move |inner| submitting::update(inner, id, &consultation))
            .await
    }

    /// What a person must be shown before a consultation is deleted; none when no report of it has
    /// left (GPCM-SD-135).
    pub fn deletion_warning(
        &self,
        id: ConsultationId,
    ) -> Result<Option<DeletionWarning>, PracticeError> {
        deleting::warning(&self.inner, id)
    }

    /// Deletes a consultation. While it waits it is withdrawn and never sent. Once its report has
    /// left nothing is done until `confirmed` says that the warning was seen; no message goes out,
    /// and the consultation and its report stay on record.
    ///
    /// Errors: [`PracticeError::Consultation`] when it is not known here or already withdrawn.
    pub async fn delete(
        &self,
        id: ConsultationId,
        confirmed: bool,
    ) -> Result<Deletion, PracticeError> {
        self.blocking(move |inner| deleting::delete(inner, id, confirmed))
            .await
    }

    /// A consultation as it was entered, whatever became of it since.
    pub fn content(&self, id: ConsultationId) -> Result<Option<Consultation>, PracticeError> {
        deleting::content(&self.inner, id)
    }

    /// The latest 500 consultations, newest first, without their timelines.
    pub fn consultations(&self) -> Result<Vec<ConsultationRecord>, PracticeError> {
        self.read(|connection| consultations::list(connection, LONGEST_LIST))
    }

    /// One consultation with its timeline.
    pub fn consultation(
        &self,
        id: ConsultationId,
    ) -> Result<Option<ConsultationRecord>, PracticeError> {
        self.read(|connection| consultations::one(connection, id))
    }

    /// The latest 500 tasks of the workflow inbox, archived ones included, newest first.
    pub fn tasks(&self) -> Result<Vec<Task>, PracticeError> {
        self.read(|connection| tasks::list(connection, LONGEST_LIST))
    }

    /// One task.
    pub fn task(&self, id: TaskId) -> Result<Option<Task>, PracticeError> {
        self.read(|connection| tasks::one(connection, id))
    }

    /// The bytes of a task's document (position 0) or of one of its attachments.
    pub fn attachment(
        &self,
        task: TaskId,
        position: u32,
    ) -> Result<Option<AttachmentContent>, PracticeError> {
        self.read(|connection| tasks::attachment(connection, task, position))
    }

    /// The latest 500 messages received on document workflows and the answers they got, refused
    /// ones included, newest first.
    pub fn received(&self) -> Result<Vec<ReceivedMessage>, PracticeError> {
        self.read(|connection| store::received::documents(connection, LONGEST_LIST))
    }

    /// How much of everything there is.
    pub fn counts(&self) -> Result<Counts, PracticeError> {
        self.read(|connection| {
            let (under_way, delivered, failed) = consultations::counts(connection)?;
            Ok(Counts {
                tasks: tasks::count_open(connection)?,
                under_way,
                delivered,
                failed,
            })
        })
    }

    /// What needs a person and is not dealt with yet, newest first.
    pub fn alerts(&self) -> Result<Vec<Alert>, PracticeError> {
        self.read(alerts::open)
    }

    /// Marks an alert as dealt with; tells whether it was open.
    pub async fn settle_alert(&self, id: i64) -> Result<bool, PracticeError> {
        self.blocking(move |inner| {
            let now = inner.now();
            inner
                .store
                .write(|transaction| alerts::settle(transaction, id, now))
        })
        .await
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    fn read<T>(
        &self,
        look: impl FnOnce(&rusqlite::Connection) -> Result<T, PracticeError>,
    ) -> Result<T, PracticeError> {
        self.inner.store.read(look)
    }

    /// Runs work that waits for the disk on a thread where that does not hold up others.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, PracticeError> + Send + 'static,
    ) -> Result<T, PracticeError> {
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || work(&inner))
            .await
            .unwrap_or(Err(PracticeError::Interrupted))
    }
}

/// Takes over a changed list of patients, or tells that it cannot be read.
fn refresh_patients(inner: &Inner) -> Result<(), PracticeError> {
    let Err(error) = inner.patients.refresh() else {
        return Ok(());
    };
    let what = format!(
        "The list of patients has changed and cannot be read, so the list read before stays in force. {error}"
    );
    inner.alert(&format!("patient-list:{}", inner.now()), &what, None)
}
