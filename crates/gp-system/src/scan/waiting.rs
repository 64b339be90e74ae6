//! The documents that wait for the scanner. They stay in IN, unanswered, while others are taken: after
//! a restart they are scanned anew.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use nhs::{Clock, MailboxId};
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};

use super::{Outcome, Scan, ScanError};
use crate::directories::{Directories, LARGEST_DATA_FILE};

/// Documents that are scanned at once.
const AT_ONCE: usize = 2;
/// Documents that wait at most; those beyond are not looked at until others are through.
const MOST: usize = 1_000;
/// The wait before a scan is tried again, and what it grows to.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(5);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(60);

/// A document that is to be scanned.
pub(crate) struct Subject {
    /// Its name in IN.
    pub(crate) base: String,
    /// Its name in `received/`.
    pub(crate) kept_as: String,
    pub(crate) sender: Option<MailboxId>,
}

/// Who scans, and what waits for it.
pub(crate) struct Scanner {
    settings: Scan,
    directories: Directories,
    clock: Arc<dyn Clock>,
    places: Semaphore,
    waiting: Mutex<HashMap<String, Waiting>>,
    /// Wakes the pass when a scan has ended.
    changed: Arc<Notify>,
    /// Told of each scan that ended.
    ended: Notify,
    /// How many have.
    ended_count: AtomicU64,
}

struct Waiting {
    /// Which copy in `received/` it is about: the pair in IN may be exchanged while it waits.
    kept_as: String,
    sender: Option<MailboxId>,
    since: Timestamp,
    state: State,
    tries: u32,
    last_error: Option<ScanError>,
    is_told: bool,
}

#[derive(Clone)]
enum State {
    Scanning,
    Done(Outcome),
    /// Could not be scanned; tried again then.
    Again(Timestamp),
    /// Replaces what may be waiting: not judged before the sender's others are through.
    Behind,
}

impl Scanner {
    pub(crate) fn new(
        settings: Scan,
        directories: Directories,
        clock: Arc<dyn Clock>,
        changed: Arc<Notify>,
    ) -> Self {
        Self {
            settings,
            directories,
            clock,
            places: Semaphore::new(AT_ONCE),
            waiting: Mutex::new(HashMap::new()),
            changed,
            ended: Notify::new(),
            ended_count: AtomicU64::new(0),
        }
    }

    /// Whether a pair in IN is not to be looked at now.
    pub(crate) fn holds_back(&self, base: &str) -> bool {
        let waiting = self.waiting.lock();
        match waiting.get(base) {
            None => false,
            Some(entry) => match &entry.state {
                State::Scanning => true,
                State::Done(_) => false,
                State::Again(at) => self.clock.now() < *at,
                State::Behind => has_others(&waiting, base, entry.sender.as_ref()),
            },
        }
    }

    /// Whether no further document may wait.
    pub(crate) fn is_full_for(&self, base: &str) -> bool {
        let waiting = self.waiting.lock();
        waiting.len() >= MOST && !waiting.contains_key(base)
    }

    /// What was found in a document as it was kept; none when that copy is not scanned yet.
    pub(crate) fn outcome(&self, base: &str, kept_as: &str) -> Option<Outcome> {
        let waiting = self.waiting.lock();
        let entry = waiting.get(base).filter(|it| it.kept_as == kept_as)?;
        match &entry.state {
            State::Done(outcome) => Some(outcome.clone()),
            _ => None,
        }
    }

    /// Whether other documents of this sender wait.
    pub(crate) fn has_others_of(&self, base: &str, sender: Option<&MailboxId>) -> bool {
        has_others(&self.waiting.lock(), base, sender)
    }

    /// Lets a document wait until the sender's others are through.
    pub(crate) fn put_behind(&self, subject: Subject) {
        let mut waiting = self.waiting.lock();
        let entry = self.entry(&mut waiting, &subject);
        entry.state = State::Behind;
    }

    /// Forgets a document that was taken, or is gone.
    pub(crate) fn forget(&self, base: &str) {
        self.waiting.lock().remove(base);
    }

    /// Forgets what is no longer in IN, but for what is being scanned. Gives the copies of it in
    /// `received/`.
    pub(crate) fn keep_only(&self, is_there: impl Fn(&str) -> bool) -> Vec<String> {
        let is_gone = |base: &String, entry: &mut Waiting| {
            !matches!(entry.state, State::Scanning) && !is_there(base)
        };
        let mut waiting = self.waiting.lock();
        let gone = waiting.extract_if(is_gone);
        gone.map(|(_, entry)| entry.kept_as).collect()
    }

    /// Whether a scan is under way.
    fn is_scanning(&self) -> bool {
        let waiting = self.waiting.lock();
        let mut states = waiting.values().map(|entry| &entry.state);
        states.any(|state| matches!(state, State::Scanning))
    }

    /// How many scans have ended so far.
    pub(crate) fn ended(&self) -> u64 {
        self.ended_count.load(Ordering::Acquire)
    }

    /// Waits until no scan is under way; tells whether any ended since there were so many. One may begin and
    /// end within a pass, behind the pass's back.
    pub(crate) async fn finished(&self, before: u64) -> bool {
        loop {
            let ended = self.ended.notified();
            if !self.is_scanning() {
                return self.ended() != before;
            }
            ended.await;
        }
    }

    /// Begins to scan a document beside everything else.
    pub(crate) fn begin(self: &Arc<Self>, subject: Subject) {
        self.entry(&mut self.waiting.lock(), &subject).state = State::Scanning;
        let job = Job {
            scanner: Arc::clone(self),
            base: subject.base,
            outcome: Err(ScanError::Unreachable),
        };
        // Without a runtime the job ends at once, unscanned.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(job.run(subject.kept_as));
        }
    }

    /// What is known of a document that waits. Of an exchanged one only since when.
    fn entry<'a>(
        &self,
        waiting: &'a mut HashMap<String, Waiting>,
        subject: &Subject,
    ) -> &'a mut Waiting {
        let entry = waiting
            .entry(subject.base.clone())
            .or_insert_with(|| Waiting {
                kept_as: String::new(),
                sender: None,
                since: self.clock.now(),
                state: State::Behind,
                tries: 0,
                last_error: None,
                is_told: false,
            });
        entry.kept_as.clone_from(&subject.kept_as);
        entry.sender.clone_from(&subject.sender);
        entry
    }

    /// Writes down what a scan came to.
    fn end(&self, base: &str, outcome: Result<Outcome, ScanError>) {
        let now = self.clock.now();
        let mut waiting = self.waiting.lock();
        self.ended_count.fetch_add(1, Ordering::Release);
        let is_answering = outcome.is_ok();
        if let Some(entry) = waiting.get_mut(base) {
            match outcome {
                Ok(outcome) => entry.state = State::Done(outcome),
                Err(error) => {
                    let wait = FIRST_WAIT * 2i32.saturating_pow(entry.tries.min(6));
                    entry.state = State::Again(now + wait.min(LONGEST_WAIT));
                    entry.tries += 1;
                    entry.last_error = Some(error);
                }
            }
        }
        if is_answering {
            // It answers again: what waits for that need wait no longer.
            for entry in waiting.values_mut() {
                let is_its_own = entry.last_error == Some(ScanError::TooLarge);
                if matches!(entry.state, State::Again(_)) && !is_its_own {
                    entry.state = State::Again(now);
                }
            }
        }
        drop(waiting);
        self.ended.notify_waiters();
        self.changed.notify_one();
    }

    /// The documents that wait for too long, where nobody was told of one of them yet: the name in IN
    /// of the first of these, how many there are, and why they wait.
    pub(crate) fn overdue(&self) -> Option<(String, usize, Option<ScanError>)> {
        let patience = SignedDuration::from_mins(i64::from(self.settings.alert_after_minutes));
        let now = self.clock.now();
        let mut waiting = self.waiting.lock();
        let late = waiting
            .iter_mut()
            .filter(|(_, entry)| now.duration_since(entry.since) >= patience);
        let mut late: Vec<_> = late.collect();
        late.sort_by(|one, other| (one.1.since, one.0).cmp(&(other.1.since, other.0)));
        let untold = late.iter().position(|(_, entry)| !entry.is_told)?;
        let (base, entry) = late.get(untold)?;
        let found = ((*base).clone(), late.len(), entry.last_error);
        for (_, entry) in late {
            entry.is_told = true;
        }
        Some(found)
    }
}

fn has_others(waiting: &HashMap<String, Waiting>, base: &str, sender: Option<&MailboxId>) -> bool {
    waiting.iter().any(|(other, entry)| {
        other != base && entry.sender.as_ref() == sender && !matches!(entry.state, State::Behind)
    })
}

/// One scan. However it ends, the document does not stay as being scanned.
struct Job {
    scanner: Arc<Scanner>,
    base: String,
    outcome: Result<Outcome, ScanError>,
}

impl Job {
    async fn run(mut self, kept_as: String) {
        // Closed never.
        let _place = self.scanner.places.acquire().await;
        let directories = self.scanner.directories.clone();
        let parts = tokio::task::spawn_blocking(move || parts(&directories, &kept_as)).await;
        self.outcome = match parts {
            Ok(Some(parts)) => super::scan(&self.scanner.settings, &parts).await,
            _ => Err(ScanError::Unreadable),
        };
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let outcome = std::mem::replace(&mut self.outcome, Err(ScanError::Unreachable));
        self.scanner.end(&self.base, outcome);
    }
}

/// The document and its attachments, as they would be handed to people.
fn parts(directories: &Directories, kept_as: &str) -> Option<Vec<Vec<u8>>> {
    let data = directories.kept_data(kept_as, LARGEST_DATA_FILE).ok()??;
    let message = message_check::read(&data).ok()?;
    let payload = message_check::of_message(Some(&message), None, None);
    let document = payload.read(&message).ok()?;
    let contents = document.attachments.into_iter().map(|part| part.content);
    Some(contents.collect())
}
