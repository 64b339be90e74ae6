//! What every part of a practice works with.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use nhs::{Clock, MessageId, NhsNumber, Randomness, uuid_v4};
use parking_lot::Mutex;
use rusqlite::Transaction;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::answer_policy::AnswerPolicy;
use crate::directories::Directories;
use crate::patients::PatientFile;
use crate::scan::Scanner;
use crate::store::{Store, alerts};
use crate::{
    ConsultationId, Event, Observer, PatientMatch, PracticeConfig, PracticeError, StatedPatient,
    Task,
};

/// What every part of a practice works with.
pub(crate) struct Inner {
    pub(crate) config: PracticeConfig,
    pub(crate) directories: Directories,
    pub(crate) store: Store,
    pub(crate) patients: PatientFile,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
    pub(crate) observer: Observer,
    /// What documents are answered.
    pub(crate) answers: Box<dyn AnswerPolicy>,
    /// Held by the one pass over the directories that may run at a time.
    pub(crate) pass: Mutex<()>,
    /// When it was last looked for what was kept long enough; none when there is more of it.
    pub(crate) tidied_at: Mutex<Option<Timestamp>>,
    /// Wakes the pass when there is something new to send.
    pub(crate) changed: Arc<Notify>,
    /// Who looks for malware, where somebody does.
    pub(crate) scanner: Option<Arc<Scanner>>,
    /// Control files in IN that could not be read at the last look: half written, perhaps.
    pub(crate) suspects: Mutex<HashSet<String>>,
}

impl Inner {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Today in England, where the practice's day begins and ends.
    pub(crate) fn today(&self) -> Date {
        self.local_now().date()
    }

    /// What the clocks in England say.
    pub(crate) fn local_now(&self) -> DateTime {
        self.now().to_zoned(nhs::uk_time_zone()).datetime()
    }

    /// Whom a letter is about, beside whom the practice's own list has under that number.
    pub(crate) fn patient_match(
        &self,
        number: Option<NhsNumber>,
        stated: Option<&StatedPatient>,
    ) -> PatientMatch {
        if self.config.patients.is_none() {
            return PatientMatch::NoList;
        }
        let Some(stated) = stated else {
            return PatientMatch::NotKept;
        };
        let list = self.patients.current();
        list.compare(number, stated, &self.config.ods, self.today())
    }

    /// Of a task's letter, as the list is now.
    pub(crate) fn match_of_task(&self, task: &Task) -> PatientMatch {
        let number = task.nhs_number.as_deref();
        let number = number.and_then(|number| NhsNumber::parse(number).ok());
        self.patient_match(number, task.stated.as_ref())
    }

    pub(crate) fn new_id(&self) -> Uuid {
        uuid_v4(self.randomness.as_ref())
    }

    pub(crate) fn tell(&self, events: impl IntoIterator<Item = Event>) {
        for event in events {
            (self.observer)(&event);
        }
    }

    /// Raises an alert once for its key.
    pub(crate) fn alert(
        &self,
        key: &str,
        what: &str,
        consultation: Option<ConsultationId>,
    ) -> Result<(), PracticeError> {
        let is_new = self
            .store
            .write(|transaction| self.alert_within(transaction, key, what, consultation))?;
        self.tell_alert(is_new, what);
        Ok(())
    }

    /// Raises an alert in the transaction of its cause, so that no crash parts the two; tells
    /// whether it is new.
    pub(crate) fn alert_within(
        &self,
        transaction: &Transaction<'_>,
        key: &str,
        what: &str,
        consultation: Option<ConsultationId>,
    ) -> Result<bool, PracticeError> {
        alerts::raise(transaction, key, self.now(), what, consultation)
    }

    /// Tells of an alert once it is durable.
    pub(crate) fn tell_alert(&self, is_new: bool, what: &str) {
        if is_new {
            tracing::warn!(what, "alert");
            self.tell([Event::AlertRaised]);
        }
    }

    /// Whether this control file was unreadable at the last look too.
    pub(crate) fn suspected_before(&self, base: &str) -> bool {
        !self.suspects.lock().insert(base.to_owned())
    }

    /// A name for a pair of ours that tells nothing of a patient: the practice's ODS code and an
    /// id, that of the exchange where it is safe as a file name.
    pub(crate) fn base_name(&self, id: Option<&str>) -> String {
        let id = id
            .and_then(|id| MessageId::parse(id).ok())
            .map_or_else(|| self.new_id().to_string(), |id| id.to_string());
        format!("{}_{id}", self.config.ods)
    }
}

/// Runs work that waits for the disk on a thread where that does not hold up others.
pub(crate) async fn blocking<T: Send + 'static>(
    inner: &Arc<Inner>,
    work: impl FnOnce(&Inner) -> Result<T, PracticeError> + Send + 'static,
) -> Result<T, PracticeError> {
    let inner = Arc::clone(inner);
    tokio::task::spawn_blocking(move || work(&inner))
        .await
        .unwrap_or(Err(PracticeError::Interrupted))
}
