//! What is known about the sending of one claimed pair: a JSON file beside the pair in TEMP, renewed with each step:
//! in place while it is open ([`OpenNote`]), else by rename. It is not synced: after a power cut it may be missing,
//! unreadable, or say what was so before the last request. A claim without it, or with one of another boot, counts as in
//! doubt, and the server is asked.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::chunk_plan::ChunkPlan;
use super::claim::Claim;
use crate::agent::boot::boot;
use crate::agent::files::{nameless, read_own, write_volatile};
use crate::api::UploadState;

pub(super) const ATTEMPT: &str = "restante-attempt";

/// A note of at most so many bytes is renewed in place: within a page of the file cache a write is there whole or not
/// at all, also when this process is killed.
const WITHIN_A_PAGE: usize = 4096;

/// The sending of one pair so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::agent) struct Attempt {
    /// When it was first tried, or claimed.
    pub first_try: Timestamp,
    /// Whether anything was begun that the server may know of; so it is in files without this.
    #[serde(default = "yes")]
    pub begun: bool,
    /// The boot of the machine in which it was noted, see [`boot`]; not in files of 0.1.
    #[serde(default)]
    pub boot: Option<String>,
    /// How the data is cut, and what it was when the first chunk went out.
    pub plan: Option<ChunkPlan>,
    /// How far the upload got.
    pub upload: Option<UploadState>,
    /// The server may have a message whose id the agent never heard.
    pub in_doubt: bool,
    /// It was sent again although that was so, for the server could not say.
    pub repeated_in_doubt: bool,
    /// The application was told that it will be tried again.
    pub delay_reported: bool,
    /// Why the last try failed, in words.
    pub failure: Option<String>,
}

#[derive(Serialize)]
struct Note<'a> {
    claim: Option<&'a str>,
    #[serde(flatten)]
    attempt: &'a Attempt,
}

/// Which claim a note or plan is of; earlier files do not say.
#[derive(Deserialize)]
struct Whose {
    #[serde(default)]
    claim: Option<String>,
}

/// Whether a note or plan is of this claim, as far as it says. A power cut may leave that of another in a directory that
/// was used again.
pub(super) fn is_of(claim: &Claim, bytes: &[u8]) -> bool {
    let whose = serde_json::from_slice::<Whose>(bytes);
    whose.is_ok_and(|whose| whose.claim.is_none() || whose.claim == claim.id)
}

fn yes() -> bool {
    true
}

impl Attempt {
    /// Of a pair that was just claimed.
    pub fn claimed(now: Timestamp) -> Self {
        Self {
            begun: false,
            ..Self::new(now, false)
        }
    }

    pub fn new(now: Timestamp, in_doubt: bool) -> Self {
        Self {
            first_try: now,
            begun: true,
            boot: Some(boot().to_owned()),
            plan: None,
            upload: None,
            in_doubt,
            repeated_in_doubt: false,
            delay_reported: false,
            failure: None,
        }
    }

    /// Of a claim: what was noted when it was made, where nothing can have been noted since, else as [`Self::read`].
    pub(super) fn of(claim: &Claim) -> Option<Self> {
        match (&claim.note, claim.claimed_at) {
            (Some(_), Some(at)) => Some(Self::claimed(at)),
            _ => Self::read(&claim.directory),
        }
    }

    /// Reads it; `None` when there is none, or a power cut left it unreadable. One of another boot may be older than
    /// the last request: without the id of a message it is in doubt.
    pub fn read(directory: &Path) -> Option<Self> {
        let mut attempt = Self::read_as_it_is(directory)?;
        if attempt.boot.as_deref() != Some(boot()) {
            attempt.boot = Some(boot().to_owned());
            attempt.begun = true;
            attempt.in_doubt |= attempt.upload.is_none();
        }
        Some(attempt)
    }

    /// As [`Self::read`], for who looks on and cannot tell everywhere whether it is of this boot.
    pub fn read_as_it_is(directory: &Path) -> Option<Self> {
        let bytes = read_own(&directory.join(ATTEMPT)).ok()?;
        is_of(&Claim::of(directory), &bytes)
            .then(|| serde_json::from_slice(&bytes).ok())
            .flatten()
    }

    /// Whether it is of a message that goes in one request, as far as that is planned.
    pub fn is_one_request(&self) -> bool {
        self.plan.as_ref().is_none_or(|plan| plan.total <= 1)
    }

    /// Begins the note of a claim, and keeps it open.
    pub fn begin(&self, claim: &Claim) -> io::Result<OpenNote> {
        let (path, bytes) = (claim.file(ATTEMPT), self.noted(claim)?);
        let mut file = durable::create_new(&path, durable::Access::GroupReads).map_err(nameless)?;
        file.write_all(&bytes)?;
        Ok(OpenNote(Mutex::new(Some((file, bytes.len())))))
    }

    /// The same over what is in the file.
    pub fn begin_over(&self, claim: &Claim, path: &Path) -> io::Result<OpenNote> {
        let note = OpenNote::open(path)?;
        let bytes = self.noted(claim)?;
        let failed = || io::ErrorKind::FileTooLarge.into();
        note.renew(bytes, true).unwrap_or_else(|| Err(failed()))?;
        Ok(note)
    }

    /// Renews the note in place, where it is open; `None` where it must be replaced. It does not wait for the disk.
    pub fn renew(&self, claim: &Claim) -> Option<io::Result<()>> {
        let note = claim.note.as_deref()?;
        let bytes = match self.noted(claim) {
            Ok(bytes) => bytes,
            Err(error) => return Some(Err(error)),
        };
        note.renew(bytes, self.is_one_request())
    }

    /// Writes the note. It blocks.
    pub fn write(&self, claim: &Claim) -> io::Result<()> {
        if let Some(renewed) = self.renew(claim) {
            return renewed;
        }
        write_volatile(&claim.file(ATTEMPT), &self.noted(claim)?)
    }

    /// What is written into a claim's note.
    fn noted(&self, claim: &Claim) -> io::Result<Vec<u8>> {
        let note = Note {
            claim: claim.id.as_deref(),
            attempt: self,
        };
        Ok(serde_json::to_vec(&note)?)
    }
}

/// The note of a claim, open to be renewed in place, with its length.
#[derive(Debug)]
pub(in crate::agent) struct OpenNote(Mutex<Option<(File, usize)>>);

impl OpenNote {
    /// Opens a note that is there.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().write(true).open(path)?;
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        Ok(Self(Mutex::new(Some((file, length)))))
    }

    /// Lets go of the file.
    pub fn close(&self) {
        self.file().take();
    }

    /// Writes over it; `None` when it must be replaced.
    pub(super) fn renew(
        &self,
        mut bytes: Vec<u8>,
        may_be_in_place: bool,
    ) -> Option<io::Result<()>> {
        let mut open = self.file();
        let fits = may_be_in_place && bytes.len() <= WITHIN_A_PAGE;
        let open_file = open.as_mut().filter(|(_, length)| *length <= WITHIN_A_PAGE);
        let Some((file, length)) = open_file.filter(|_| fits) else {
            // Once it is replaced, what is open is another file.
            open.take();
            return None;
        };
        // Blanks behind it cover what was longer before.
        bytes.resize(bytes.len().max(*length), b' ');
        *length = bytes.len();
        Some(durable::write_all_at(file, &bytes, 0))
    }

    fn file(&self) -> MutexGuard<'_, Option<(File, usize)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use jiff::SignedDuration;

    #[test]
    fn a_note_is_renewed_in_place_until_it_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let mut claim = Claim::of(directory.path());
        let now: Timestamp = "2026-01-14T09:30:00Z".parse().unwrap();
        let mut attempt = Attempt::claimed(now);
        let note = attempt.begin(&claim).unwrap();
        claim.note = Some(Arc::new(note));
        for failure in [
            Some("x".repeat(500)),
            None,
            Some("y".repeat(3000)),
            Some("z".to_owned()),
        ] {
            attempt.failure = failure;
            attempt.begun = !attempt.begun;
            attempt.renew(&claim).unwrap().unwrap();
            assert_eq!(Attempt::read(directory.path()), Some(attempt.clone()));
        }
        attempt.failure = Some("w".repeat(5000));
        assert!(attempt.renew(&claim).is_none());
        attempt.write(&claim).unwrap();
        attempt.first_try = now + SignedDuration::from_secs(1);
        assert!(attempt.renew(&claim).is_none());
        attempt.write(&claim).unwrap();
        assert_eq!(Attempt::read(directory.path()), Some(attempt));
    }

    #[test]
    fn a_note_of_another_claim_does_not_count() {
        let temp = tempfile::tempdir().unwrap();
        let place = |name: &str| {
            let place = temp.path().join(name);
            std::fs::create_dir(&place).unwrap();
            place
        };
        let one = place("out-0001768383000000-one");
        let attempt = Attempt::claimed("2026-01-14T09:30:00Z".parse().unwrap());
        attempt.write(&Claim::of(&one)).unwrap();
        assert_eq!(Attempt::read(&one), Some(attempt.clone()));
        let other = place("out-0001768383000001-other");
        std::fs::rename(one.join(ATTEMPT), other.join(ATTEMPT)).unwrap();
        assert_eq!(Attempt::read(&other), None);
        // An earlier one says nothing of its claim.
        let earlier = serde_json::to_vec(&attempt).unwrap();
        std::fs::write(other.join(ATTEMPT), earlier).unwrap();
        assert_eq!(Attempt::read(&other), Some(attempt));
    }
}
