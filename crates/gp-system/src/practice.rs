use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use nhs::{Clock, NhsNumber, Randomness};
use send_document::Consultation;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::directories::Directories;
use crate::inbox::{self, Work};
use crate::inner::Inner;
use crate::patients::PatientFile;
use crate::sending::{building, deleting, drafting, following, placing, submitting};
use crate::store::{self, Store, alerts, consultations, task_steps, tasks};
use crate::{
    Alert, AttachmentContent, ConsultationId, ConsultationRecord, Counts, Deletion,
    DeletionWarning, Draft, DraftId, Event, InboxPage, InboxQuery, ListedPatient, Observer,
    PracticeConfig, PracticeError, ReceivedMessage, SentPage, SentQuery, Settlement, Summary, Task,
    TaskId, TaskStep, receiving, watching,
};

/// The longest list a page or caller is given.
const LONGEST_LIST: u32 = 500;

/// One practice over its mailbox directories. Cloning it gives another handle on the same practice.
#[derive(Clone)]
pub struct Practice {
    inner: Arc<Inner>,
    /// Who is at work; nobody is the system itself.
    user: Option<Arc<str>>,
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
            user: None,
        })
    }

    /// The same practice with this user at work: what is done through it is written down as theirs.
    #[must_use]
    pub fn used_by(&self, user: &str) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            user: Some(Arc::from(user)),
        }
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
        let user = self.user.clone();
        let id = self
            .blocking(move |inner| submitting::submit(inner, &consultation, user.as_deref()))
            .await?;
        Ok(self.tell_changed(id))
    }

    /// Changes a consultation. While it waits, its clock starts again and only the latest content
    /// is sent; afterwards the change is sent as the next version, replacing the one before. The
    /// id returned is the one to follow: the same while it waits, a new one afterwards.
    pub async fn update(
        &self,
        id: ConsultationId,
        consultation: Consultation,
    ) -> Result<ConsultationId, PracticeError> {
        let user = self.user.clone();
        let id = self
            .blocking(move |inner| submitting::update(inner, id, &consultation, user.as_deref()))
            .await?;
        Ok(self.tell_changed(id))
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
        let user = self.user.clone();
        let deletion = self
            .blocking(move |inner| deleting::delete(inner, id, confirmed, user.as_deref()))
            .await?;
        self.tell_changed(id);
        Ok(deletion)
    }

    /// A consultation as it was entered, whatever became of it since.
    pub fn content(&self, id: ConsultationId) -> Result<Option<Consultation>, PracticeError> {
        deleting::content(&self.inner, id)
    }

    /// Stores what was entered as a draft of this user, so that it is looked at before it goes.
    /// With `id` it replaces what that draft held. Forgotten after seven days.
    ///
    /// Errors: as [`Practice::submit`] and [`Practice::update`], and when the draft is not there.
    pub async fn save_draft(
        &self,
        id: Option<DraftId>,
        draft: Draft,
    ) -> Result<DraftId, PracticeError> {
        let user = self.user.clone();
        self.blocking(move |inner| drafting::save(inner, id, &draft, user.as_deref()))
            .await
    }

    /// A draft of this user; none when it was sent or discarded, or is somebody else's.
    pub fn draft(&self, id: DraftId) -> Result<Option<Draft>, PracticeError> {
        drafting::one(&self.inner, id, self.user.as_deref())
    }

    /// The PDF report of a draft, as it will be sent.
    ///
    /// Errors: [`PracticeError::Consultation`] when it can no longer be sent.
    pub fn preview(&self, draft: &Draft) -> Result<Vec<u8>, PracticeError> {
        drafting::preview(&self.inner, draft)
    }

    /// Submits a draft of this user, or the update it is; once.
    pub async fn send_draft(&self, id: DraftId) -> Result<ConsultationId, PracticeError> {
        let user = self.user.clone();
        let sent = self
            .blocking(move |inner| drafting::send(inner, id, user.as_deref()))
            .await?;
        Ok(self.tell_changed(sent))
    }

    /// Forgets a draft of this user; tells whether it was there.
    pub async fn discard_draft(&self, id: DraftId) -> Result<bool, PracticeError> {
        let user = self.user.clone();
        self.blocking(move |inner| drafting::discard(inner, id, user.as_deref()))
            .await
    }

    /// The patients of the practice's own list whose names have words beginning with each word of
    /// `text`, or whose NHS number begins with its digits: at most twenty, by name.
    pub fn search_patients(&self, text: &str) -> Vec<ListedPatient> {
        let patients = self.inner.patients.current();
        patients.search(text, &self.inner.config.ods, self.inner.today())
    }

    /// The patient with this NHS number in the practice's own list.
    pub fn listed_patient(&self, number: NhsNumber) -> Option<ListedPatient> {
        let patients = self.inner.patients.current();
        patients.find(number, &self.inner.config.ods, self.inner.today())
    }

    /// One page of the sent consultations.
    pub fn sent(&self, query: &SentQuery) -> Result<SentPage, PracticeError> {
        self.read(|connection| consultations::page(connection, query))
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

    /// One page of the workflow inbox.
    pub fn inbox(&self, query: &InboxQuery) -> Result<InboxPage, PracticeError> {
        self.read(|connection| store::inbox::page(connection, query))
    }

    /// The senders of all tasks, each once, at most two hundred.
    pub fn inbox_senders(&self) -> Result<Vec<String>, PracticeError> {
        self.read(store::inbox::senders)
    }

    /// What happened to a task, oldest first.
    pub fn task_history(&self, id: TaskId) -> Result<Vec<TaskStep>, PracticeError> {
        self.read(|connection| task_steps::of(connection, id))
    }

    /// Gives an open task to a user, or to nobody.
    ///
    /// Errors, as for everything done with a task: [`PracticeError::Task`] when it is not known
    /// here, or somebody else was quicker.
    pub async fn assign_task(&self, id: TaskId, to: Option<String>) -> Result<(), PracticeError> {
        self.work(id, Work::Assign(to)).await
    }

    /// Adds a note to a task's history.
    pub async fn note_task(&self, id: TaskId, note: String) -> Result<(), PracticeError> {
        self.work(id, Work::Note(note)).await
    }

    /// Files an open task's document to the record.
    pub async fn file_task(&self, id: TaskId) -> Result<(), PracticeError> {
        self.work(id, Work::File).await
    }

    /// Returns an open task for a reason. No message goes out: Send Document has none for it, and
    /// the acknowledgements are given already.
    pub async fn return_task(&self, id: TaskId, reason: String) -> Result<(), PracticeError> {
        self.work(id, Work::Return(reason)).await
    }

    /// Takes up again what was filed or returned.
    pub async fn reopen_task(&self, id: TaskId) -> Result<(), PracticeError> {
        self.work(id, Work::Reopen).await
    }

    async fn work(&self, id: TaskId, work: Work) -> Result<(), PracticeError> {
        let user = self.user.clone();
        self.blocking(move |inner| inbox::work(inner, id, &work, user.as_deref()))
            .await
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

    /// The latest 200 alerts that somebody dealt with, latest first.
    pub fn settled_alerts(&self) -> Result<Vec<Alert>, PracticeError> {
        self.read(|connection| alerts::settled(connection, 200))
    }

    /// Marks an alert as dealt with, by this user and with their note; tells whether it was open.
    pub async fn settle_alert(&self, id: i64, note: Option<String>) -> Result<bool, PracticeError> {
        let who = self.user.as_deref().map(str::to_owned);
        self.blocking(move |inner| {
            let settlement = Settlement {
                at: inner.now(),
                who,
                note,
            };
            let settled = inner
                .store
                .write(|transaction| alerts::settle(transaction, id, &settlement))?;
            inner.tell(settled.then_some(Event::AlertSettled));
            Ok(settled)
        })
        .await
    }

    fn tell_changed(&self, consultation: ConsultationId) -> ConsultationId {
        self.inner
            .tell([Event::ConsultationChanged { consultation }]);
        consultation
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
