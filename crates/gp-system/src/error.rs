//! What can go wrong in a practice. No error carries patient data.

use std::path::PathBuf;

use send_document::SendDocumentError;
use update_record::ReviewError;

/// Why a practice could not do what it was asked. No variant carries patient data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PracticeError {
    /// A setting has a value the rules forbid.
    #[error("setting {setting}: expected {expected}; correct the configuration and start again")]
    Configuration {
        /// The name of the setting.
        setting: &'static str,
        /// What the setting must be.
        expected: &'static str,
    },
    /// A directory or file of the practice could not be read or written.
    #[error("{doing} in {directory} failed ({source}); nothing was lost, it is safe to try again")]
    File {
        /// What was being done, such as `placing a pair`.
        doing: &'static str,
        /// The directory, never the file: file names may be chosen by others.
        directory: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// The practice's own records could not be read or written.
    #[error("the practice's records could not be read or written ({0}); it is safe to try again")]
    Store(#[from] rusqlite::Error),
    /// A stored record no longer has its expected form.
    #[error("a stored record of kind {kind} is damaged; restore the data directory from a backup")]
    Damaged {
        /// Which kind of record.
        kind: &'static str,
    },
    /// The practice's list of patients could not be read.
    #[error("line {line} of the patient list: expected {expected}; correct the file")]
    PatientList {
        /// The line, counted from 1, the header being line 1.
        line: u64,
        /// What was expected there.
        expected: &'static str,
    },
    /// The consultation breaks the rules of its format, or no message can be made of it. Sending it
    /// again unchanged fails again.
    #[error("the consultation cannot be sent: {0}")]
    Consultation(#[from] SendDocumentError),
    /// A new version names another patient than the report it replaces.
    #[error(
        "the consultation cannot be sent: a new version is about the same patient as the one it replaces"
    )]
    OtherPatient,
    /// What was named is not in the records.
    #[error("there is no such {0} here")]
    NotFound(&'static str),
    /// Somebody was quicker: what was to be changed is no longer as it was. Look at it again.
    #[error("it was changed meanwhile: {0}")]
    Changed(&'static str),
    /// It was here and was ended by somebody.
    #[error("{0}")]
    Gone(&'static str),
    /// A user has as many drafts as are kept for one.
    #[error("{0} drafts are kept for you already; send or discard some of them, then try again")]
    TooManyDrafts(u32),
    /// A form that keeps itself while it is typed was kept a moment ago. It is safe to try again.
    #[error("a draft of yours was kept less than a second ago; it is safe to try again")]
    KeptJustNow,
    /// A note or reason that cannot be written down. Trying again unchanged fails again.
    #[error("expected {0}")]
    Note(&'static str),
    /// A decision about an entry of an Update Record that cannot be taken. Trying again unchanged fails
    /// again.
    #[error("{0}")]
    Review(ReviewError),
    /// An Update Record is filed, refused and taken up again by its review only.
    #[error("expected the entries of this update to be decided one by one; open its review")]
    NeedsReview,
    /// A letter's patient is not as the practice's own list has them, and nobody said that they compared
    /// the two.
    #[error(
        "expected the patient as this practice's list has them, or a person's word after comparing the two; \
         nothing was filed: {0}"
    )]
    PatientNotMatched(String),
    /// Letters are filed several at once only when somebody read each of them.
    #[error(
        "expected a letter that somebody opened; nobody has, so it is not filed together with others"
    )]
    Unread,
    /// A review is somebody's.
    #[error("expected a user at work, found none; review the update as a user of the practice")]
    NoUser,
    /// The patient is registered at this very practice (GPCM-SD-083).
    #[error("the patient is registered here, so no report is sent (GPCM-SD-083)")]
    OwnPatient,
    /// The background work ended before it answered.
    #[error("the work was interrupted by a shutdown; it is safe to try again")]
    Interrupted,
}

impl PracticeError {
    /// Whether it is about one task, of which nothing was changed.
    pub(crate) fn changed_nothing(&self) -> bool {
        matches!(
            self,
            Self::NotFound(_)
                | Self::Changed(_)
                | Self::Note(_)
                | Self::NeedsReview
                | Self::PatientNotMatched(_)
                | Self::Unread
        )
    }

    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Configuration { .. } => "configuration",
            Self::File { .. } => "file",
            Self::Store(_) => "store",
            Self::Damaged { .. } => "damaged",
            Self::PatientList { .. } => "patient-list",
            Self::Consultation(_) => "consultation",
            Self::OtherPatient => "other-patient",
            Self::NotFound(_) => "not-found",
            Self::Changed(_) => "changed",
            Self::Gone(_) => "gone",
            Self::TooManyDrafts(_) => "too-many-drafts",
            Self::KeptJustNow => "kept-just-now",
            Self::Note(_) => "note",
            Self::Review(_) => "review",
            Self::NeedsReview => "needs-review",
            Self::PatientNotMatched(_) => "patient-not-matched",
            Self::Unread => "unread",
            Self::NoUser => "no-user",
            Self::OwnPatient => "own-patient",
            Self::Interrupted => "interrupted",
        }
    }
}
