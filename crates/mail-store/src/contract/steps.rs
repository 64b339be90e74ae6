//! The steps of messages' ways, kept beside their records and forgotten with them.

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::MessageId;

use crate::StoreError;

/// Steps kept of one message; those that come after them are not.
pub const STEPS_OF_A_MESSAGE: u32 = 64;

/// A step as it is kept. What it says is its writer's: ids and codes, never what may name a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStep {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub place: String,
    /// What happened.
    pub what: String,
}

/// A step to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStep {
    /// Of which message; one that is not stored has no steps.
    pub message: MessageId,
    /// The step.
    pub step: StoredStep,
}

/// Steps by their message.
#[async_trait]
pub trait Steps {
    /// The steps of a message in order of time, those of one moment as they were written. Its writer
    /// hands steps in behind what happened: the last may not be there yet.
    async fn steps(&self, seq: i64) -> Result<Vec<StoredStep>, StoreError>;
}
