//! Tracing a patient: the question, the answers, and the trait of whoever can answer.

use async_trait::async_trait;
use nhs::{DateOfBirth, FamilyName, NhsNumber, OdsCode, PatientAddress};

use crate::PdsError;

/// Whoever can say where a patient is registered: the local registry, PDS itself, or a chain.
#[async_trait]
pub trait Demographics: Send + Sync {
    /// Traces one patient by number, checked against date of birth and family name.
    ///
    /// An outcome is an answer about the patient. An error is not: it never means EPL-150 to 154,
    /// and asking again is always safe.
    async fn trace(&self, query: &TraceQuery) -> Result<Trace, PdsError>;

    /// The same where what lies on this machine answers it: nobody is waited for. `None` where others would
    /// have to be asked, and where it cannot be read: then [`Demographics::trace`] says what is the matter.
    fn trace_here(&self, _query: &TraceQuery) -> Option<Trace> {
        None
    }

    /// How many traces are worth having under way at once; `None` where that is not limited. More would
    /// only wait for each other, in the order in which they were asked.
    fn at_once(&self) -> Option<usize> {
        None
    }

    /// The one practice that took over from a closed one, where ODS says so. `None` when the
    /// practice is open, is not known here, or several took over.
    fn successor(&self, _practice: &OdsCode) -> Option<OdsCode> {
        None
    }
}

/// What the sender of a message says about the patient. `Debug` shows none of it.
#[derive(Debug, Clone)]
pub struct TraceQuery {
    /// The NHS number, its check digit verified.
    pub nhs_number: NhsNumber,
    /// The full date of birth.
    pub date_of_birth: DateOfBirth,
    /// The family name, compared by [`FamilyName::key`].
    pub family_name: FamilyName,
}

impl From<PatientAddress> for TraceQuery {
    fn from(address: PatientAddress) -> Self {
        Self {
            nhs_number: address.nhs_number,
            date_of_birth: address.date_of_birth,
            family_name: address.family_name,
        }
    }
}

/// What a trace found. One answer only, the first that applies in this order: no such number,
/// other demographics, no practice, practice (`docs/spec/routing.md` §1.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trace {
    /// The patient is known and currently registered.
    Registered {
        /// The practice the patient is registered with.
        practice: OdsCode,
        /// Which of the patient's names the sender's family name agreed with.
        matched_on: MatchedOn,
        /// The number given was superseded; the surviving record was matched instead.
        superseded: bool,
        /// The record is restricted or very restricted: the sender must not learn the practice.
        restricted: bool,
    },
    /// Known and matched, but no practice that counts today (EPL-151).
    NoPractice,
    /// No valid record under this number (EPL-153).
    NotFound,
    /// Date of birth or family name differ (EPL-154).
    Mismatch,
}

/// The name that the sender's family name agreed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchedOn {
    /// The usual family name.
    UsualName,
    /// A current nickname or temporary name.
    Nickname,
    /// A former name, such as the one before marriage.
    PreviousName,
    /// One whole part of a double-barrelled usual name.
    NameComponent,
}
