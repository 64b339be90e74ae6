//! The practice as its callers see it: what is done through it is done by a user.

use std::collections::HashSet;
use std::ops::Deref;
use std::sync::Arc;

use nhs::{Clock, NhsNumber, Randomness};
use parking_lot::Mutex;
use send_document::{Consultation, Practitioner};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::answer_policy::{AnswerPolicy, ByPatientList};
use crate::directories::Directories;
use crate::inner::{self, Inner};
use crate::patients::PatientFile;
use crate::rehearsal::RehearsalPartner;
use crate::review::{ReviewOutcome, ReviewWork};
use crate::scan::Scanner;
use crate::sending::typing::{self, Typed};
use crate::sending::{deleting, drafting, recipient, submitting};
use crate::store::{Store, clinicians, habits};
use crate::task_work::{self, TaskAct, TaskWork};
use crate::{
    ConsultationId, Deletion, DeletionWarning, Draft, DraftId, DraftLine, Event, InboxHabit,
    KeptDraft, ListedPatient, Observer, PatientListStanding, PatientMatch, PracticeConfig,
    PracticeError, StoredMessage, Summary, Task, TaskId, TypedDraft, review_work, round,
    stored_message, tidying, watching,
};

/// One practice over its mailbox directories. Cloning it gives another handle on the same practice.
/// What is on record is read through it by the functions of [`Store`].
#[derive(Clone)]
pub struct Practice {
    inner: Arc<Inner>,
    /// Who is at work; nobody is the system itself.
    user: Option<Arc<str>>,
    /// Of a rehearsal partner: what the next message is answered by.
    next_answer: Arc<Mutex<Option<String>>>,
}

impl Practice {
    /// Makes the directories, opens the records and reads the patient list. Blocks while it does.
    ///
    /// # Errors
    /// A setting the rules forbid, a directory or the patient list that cannot be read, or records
    /// of a later release.
    pub fn open(
        config: PracticeConfig,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
        observer: Observer,
    ) -> Result<Self, PracticeError> {
        config.check()?;
        let directories = Directories::open(&config)?;
        let store = Store::open(&config.data_directory.join("practice.sqlite"))?;
        let patients = PatientFile::open(config.patients.clone(), clock.now())?;
        let next_answer = Arc::<Mutex<Option<String>>>::default();
        let answers: Box<dyn AnswerPolicy> = if config.rehearsal {
            Box::new(RehearsalPartner {
                has_list: config.patients.is_some(),
                findings_first: config.rehearsal_findings_first,
                next: Arc::clone(&next_answer),
            })
        } else {
            Box::new(ByPatientList)
        };
        let changed = Arc::new(Notify::new());
        let scanner = config.scan.clone().map(|settings| {
            let (clock, changed) = (Arc::clone(&clock), Arc::clone(&changed));
            Arc::new(Scanner::new(settings, directories.clone(), clock, changed))
        });
        let inner = Inner {
            answers,
            config,
            directories,
            store,
            patients,
            clock,
            randomness,
            observer,
            pass: Mutex::new(()),
            tidied_at: Mutex::new(None),
            changed,
            scanner,
            suspects: Mutex::new(HashSet::new()),
        };
        tidying::remove_doomed(&inner)?;
        Ok(Self {
            inner: Arc::new(inner),
            user: None,
            next_answer,
        })
    }

    /// The same practice with this user at work: what is done through it is written down as theirs.
    #[must_use]
    pub fn used_by(&self, user: &str) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            user: Some(Arc::from(user)),
            next_answer: Arc::clone(&self.next_answer),
        }
    }

    /// The rehearsal partner answers the next message as though this were a given name in it: a response code, `IB001`,
    /// `noresponse`. Without `rehearsal` it changes nothing.
    pub fn answer_next_as(&self, keyword: &str) {
        *self.next_answer.lock() = Some(keyword.to_ascii_uppercase());
    }

    /// What was read of the practice's list of patients; none without one.
    pub fn patient_list(&self) -> Option<PatientListStanding> {
        self.inner.patients.standing()
    }

    /// The practice's settings.
    pub fn config(&self) -> &PracticeConfig {
        &self.inner.config
    }

    /// Works until `shutdown`: takes what appears in IN, sends what is due. What fails is logged
    /// and tried again at the next look.
    pub async fn run(&self, shutdown: CancellationToken) {
        watching::run(&self.inner, &shutdown).await;
    }

    /// Takes everything in IN, sends everything due, follows what is under way, and returns.
    ///
    /// # Errors
    /// The records or directories cannot be read or written. What was not done is left for the
    /// next call; calling again is safe.
    pub async fn run_once(&self) -> Result<Summary, PracticeError> {
        let Some(scanner) = &self.inner.scanner else {
            return self.blocking(round::run).await;
        };
        let mut before = scanner.ended();
        let mut summary = self.blocking(round::run).await?;
        // What waits for the malware scanner is taken once it has looked.
        while scanner.finished(before).await {
            before = scanner.ended();
            summary = summary.and_then(self.blocking(round::run).await?);
        }
        Ok(summary)
    }

    /// Stores a consultation durably; it is sent once the practice's wait time has passed.
    ///
    /// # Errors
    /// [`PracticeError::Consultation`] names the fields to correct, [`PracticeError::OwnPatient`]
    /// when the patient is registered here.
    pub async fn submit(
        &self,
        consultation: Consultation,
    ) -> Result<ConsultationId, PracticeError> {
        let user = self.user.clone();
        let id = self
            .blocking(move |inner| submitting::submit(inner, consultation, user.as_deref()))
            .await?;
        Ok(self.tell_changed(id))
    }

    /// Changes a consultation. While it waits, its clock starts again and only the latest content
    /// is sent; afterwards the change is sent as the next version, replacing the one before. The
    /// id returned is the one to follow: the same while it waits, a new one afterwards.
    ///
    /// # Errors
    /// As [`Practice::submit`], and [`PracticeError::NotFound`], [`PracticeError::Changed`] when a
    /// later version exists, [`PracticeError::Gone`] when it was deleted,
    /// [`PracticeError::OtherPatient`].
    pub async fn update(
        &self,
        id: ConsultationId,
        consultation: Consultation,
    ) -> Result<ConsultationId, PracticeError> {
        let user = self.user.clone();
        let id = self
            .blocking(move |inner| submitting::update(inner, id, consultation, user.as_deref()))
            .await?;
        Ok(self.tell_changed(id))
    }

    /// What a person must be shown before a consultation is deleted; none when no report of it has
    /// left (GPCM-SD-135).
    ///
    /// # Errors
    /// The records cannot be read.
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
    /// # Errors
    /// [`PracticeError::NotFound`], or [`PracticeError::Gone`] when it was deleted before.
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

    /// Says which of several mailboxes that answered a report got it
    /// ([`ConsultationRecord::rivals`](crate::ConsultationRecord::rivals)): its answers count.
    ///
    /// # Errors
    /// [`PracticeError::NotFound`], or [`PracticeError::Changed`] when that mailbox did not answer
    /// or it is known already which one got the report.
    pub async fn decide_recipient(
        &self,
        id: ConsultationId,
        mailbox: String,
    ) -> Result<(), PracticeError> {
        let user = self.user.clone();
        self.blocking(move |inner| recipient::decide(inner, id, &mailbox, user.as_deref()))
            .await
    }

    /// A consultation as it was entered, whatever became of it since.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn content(&self, id: ConsultationId) -> Result<Option<Consultation>, PracticeError> {
        deleting::content(&self.inner, id)
    }

    /// The message a task was raised by, byte for byte; none when it is no longer kept. Blocks.
    ///
    /// # Errors
    /// The records or the files cannot be read.
    pub fn message_of_task(&self, task: TaskId) -> Result<Option<StoredMessage>, PracticeError> {
        stored_message::of_task(&self.inner, task)
    }

    /// The control file of the message a task was raised by; none when it is no longer kept. Blocks.
    ///
    /// # Errors
    /// The records or the file cannot be read.
    pub fn control_of_task(&self, task: TaskId) -> Result<Option<Vec<u8>>, PracticeError> {
        stored_message::control_of_task(&self.inner, task)
    }

    /// The message a consultation left in, byte for byte; none before it is built, and when it is no longer
    /// kept. Blocks.
    ///
    /// # Errors
    /// The records or the files cannot be read.
    pub fn message_of_consultation(
        &self,
        id: ConsultationId,
    ) -> Result<Option<StoredMessage>, PracticeError> {
        stored_message::of_consultation(&self.inner, id)
    }

    /// Stores what was entered as a draft of this user with its report, so that it is looked at
    /// before it goes. With `id` it replaces what that draft held when it was read. Forgotten after seven days.
    ///
    /// # Errors
    /// As [`Practice::submit`] and [`Practice::update`], [`PracticeError::Gone`] when the draft
    /// is not there, and [`PracticeError::Changed`] when it was kept since it was read.
    pub async fn save_draft(
        &self,
        id: Option<DraftId>,
        draft: Draft,
    ) -> Result<KeptDraft, PracticeError> {
        let user = self.user.clone();
        self.blocking(move |inner| drafting::save(inner, id, draft, user.as_deref()))
            .await
    }

    /// A draft of this user as its report was looked at; none when it was typed on since, sent or discarded, or
    /// is somebody else's.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn draft(&self, id: DraftId) -> Result<Option<Draft>, PracticeError> {
        drafting::draft(&self.inner, id, self.user.as_deref())
    }

    /// Keeps a form as it was typed, as a draft of this user; nothing in it is checked. With `id` it becomes
    /// what is typed of that draft.
    ///
    /// # Errors
    /// [`PracticeError::Gone`] when the draft is not there, [`PracticeError::Changed`] when it was kept since the
    /// form was shown, [`PracticeError::TooManyDrafts`], [`PracticeError::KeptJustNow`].
    pub async fn keep_typed(
        &self,
        id: Option<DraftId>,
        typed: Typed,
    ) -> Result<KeptDraft, PracticeError> {
        let user = self.user.clone();
        self.blocking(move |inner| typing::keep(inner, id, &typed, user.as_deref()))
            .await
    }

    /// A draft of this user with what was typed since it was checked, if it ever was.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn typed_draft(&self, id: DraftId) -> Result<Option<TypedDraft>, PracticeError> {
        typing::typed(&self.inner, id, self.user.as_deref())
    }

    /// The drafts of this user, the one kept last first; fifty at most.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn drafts(&self) -> Result<Vec<DraftLine>, PracticeError> {
        typing::list(&self.inner, self.user.as_deref())
    }

    /// The clinicians of the consultations this user sent, the one of the latest first; twenty at most.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn clinicians(&self) -> Result<Vec<Practitioner>, PracticeError> {
        let Some(user) = self.user.as_deref() else {
            return Ok(Vec::new());
        };
        self.inner
            .store
            .read(|connection| clinicians::of(connection, user))
    }

    /// Forgets one of this user's clinicians, by SDS user id; tells whether it was there.
    ///
    /// # Errors
    /// The records cannot be written.
    pub async fn forget_clinician(&self, sds_user_id: String) -> Result<bool, PracticeError> {
        let Some(user) = self.user.clone() else {
            return Ok(false);
        };
        self.blocking(move |inner| {
            inner
                .store
                .write(|transaction| clinicians::forget(transaction, &user, &sds_user_id))
        })
        .await
    }

    /// The PDF report of a draft of this user, as it will be sent; none when there is no such
    /// draft.
    ///
    /// # Errors
    /// As [`Practice::update`], when the draft can no longer be sent.
    pub async fn draft_report(&self, id: DraftId) -> Result<Option<Vec<u8>>, PracticeError> {
        let user = self.user.clone();
        self.blocking(move |inner| drafting::report(inner, id, user.as_deref()))
            .await
    }

    /// Submits a draft of this user, or the update it is; once, and only as it was seen: with the revision it had
    /// then.
    ///
    /// # Errors
    /// As [`Practice::update`], [`PracticeError::Gone`] when it was sent or discarded already, and
    /// [`PracticeError::Changed`] when it was kept since it was seen.
    pub async fn send_draft(
        &self,
        id: DraftId,
        seen: u32,
    ) -> Result<ConsultationId, PracticeError> {
        let user = self.user.clone();
        let sent = self
            .blocking(move |inner| drafting::send(inner, (id, seen), user.as_deref()))
            .await?;
        Ok(self.tell_changed(sent))
    }

    /// Forgets a draft of this user; tells whether it was there.
    ///
    /// # Errors
    /// The records cannot be written.
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

    /// Whom a task's letter is about, beside whom the practice's own list has now. Quick: nothing is read
    /// from disk.
    pub fn patient_match(&self, task: &Task) -> PatientMatch {
        self.inner.match_of_task(task)
    }

    /// Does something with a task, as this user, and writes it into the task's history.
    ///
    /// # Errors
    /// [`PracticeError::NotFound`], [`PracticeError::Changed`] when somebody else was quicker,
    /// [`PracticeError::Note`], [`PracticeError::NeedsReview`], or
    /// [`PracticeError::PatientNotMatched`] when a letter is filed whose patient is not as the
    /// practice's list has them, and nobody confirmed that they compared the two.
    pub async fn work_on_task(&self, id: TaskId, work: TaskWork) -> Result<i64, PracticeError> {
        let user = self.user.clone();
        self.blocking(move |inner| task_work::work(inner, id, &work, user.as_deref()))
            .await
    }

    /// Does the same with several tasks at once, as this user; what could not be done with one of them does
    /// not keep it from the others. Letters are filed so only when each was opened by somebody.
    ///
    /// # Errors
    /// The records cannot be written: then nothing was done.
    pub async fn work_on_tasks(
        &self,
        ids: Vec<TaskId>,
        work: TaskWork,
    ) -> Result<TaskAct, PracticeError> {
        let user = self.user.clone();
        self.blocking(move |inner| task_work::work_on_all(inner, &ids, &work, user.as_deref()))
            .await
    }

    /// Takes back what this user did at once, with each task that nobody did anything with since; tells with
    /// which. Notes stay.
    ///
    /// # Errors
    /// The records cannot be written.
    pub async fn undo_task_act(&self, act: i64) -> Result<Vec<TaskId>, PracticeError> {
        let user = self.user.clone();
        self.blocking(move |inner| task_work::undo(inner, act, user.as_deref()))
            .await
    }

    /// Notes that somebody who works on letters has opened this one.
    ///
    /// # Errors
    /// The records cannot be written.
    pub async fn open_task(&self, id: TaskId) -> Result<(), PracticeError> {
        self.blocking(move |inner| task_work::open(inner, id)).await
    }

    /// Changes how this user has the inbox; tells whether that was done, as no more than twelve views are
    /// kept.
    ///
    /// # Errors
    /// [`PracticeError::NoUser`], or the records cannot be written.
    pub async fn change_inbox(&self, habit: InboxHabit) -> Result<bool, PracticeError> {
        let user = self.user.clone().ok_or(PracticeError::NoUser)?;
        self.blocking(move |inner| {
            let change = |transaction: &_| habits::change(transaction, &user, &habit);
            inner.store.write(|transaction| change(transaction))
        })
        .await
    }

    /// Decides about entries of an Update Record as this user, and files or refuses it where that is
    /// asked for. Nothing is filed while an entry is undecided.
    ///
    /// # Errors
    /// [`PracticeError::NotFound`], [`PracticeError::Changed`] when somebody decided since the
    /// revision that was seen or the task is no longer open, [`PracticeError::Review`],
    /// [`PracticeError::Note`], or [`PracticeError::NoUser`]. Then nothing was changed.
    pub async fn review_task(
        &self,
        id: TaskId,
        work: ReviewWork,
    ) -> Result<ReviewOutcome, PracticeError> {
        let user = self.user.clone().ok_or(PracticeError::NoUser)?;
        self.blocking(move |inner| review_work::work(inner, id, &work, &user))
            .await
    }

    /// Takes an Update Record up again that was filed or refused: what was filed is withdrawn, and the
    /// decisions stay.
    ///
    /// # Errors
    /// [`PracticeError::NotFound`], [`PracticeError::Changed`] when it is neither filed nor refused,
    /// or [`PracticeError::NoUser`].
    pub async fn reopen_review(&self, id: TaskId) -> Result<(), PracticeError> {
        let user = self.user.clone().ok_or(PracticeError::NoUser)?;
        self.blocking(move |inner| review_work::reopen(inner, id, &user))
            .await
    }

    /// The user at work, where there is one.
    pub(crate) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    fn tell_changed(&self, consultation: ConsultationId) -> ConsultationId {
        self.inner
            .tell([Event::ConsultationChanged { consultation }]);
        consultation
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// Runs work that waits for the disk on a thread where that does not hold up others.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, PracticeError> + Send + 'static,
    ) -> Result<T, PracticeError> {
        inner::blocking(&self.inner, work).await
    }
}

/// What is on record is read straight from the records.
impl Deref for Practice {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.inner.store
    }
}
