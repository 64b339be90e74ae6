//! What the transport says of a message beside its bytes.

use std::fmt;

/// What the control file or the Mex headers say about a message, as they are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TransportMetadata<'a> {
    /// `From_DTS`, `Mex-From`.
    pub from: &'a str,
    /// `To_DTS`, `Mex-To`.
    pub to: &'a str,
    /// `Subject`, `Mex-Subject`.
    pub subject: &'a str,
    /// `WorkflowId`, `Mex-WorkflowID`.
    pub workflow: &'a str,
    /// `LocalId`, `Mex-LocalID`.
    pub local_id: &'a str,
    /// On which side of the exchange it was read.
    pub stage: Stage,
}

/// On which side of the exchange transport metadata was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The sender's own: `to` is still a patient address, every rule applies.
    Sent,
    /// The receiver's: `to` is its mailbox, put there by the exchange. Rules about the address do
    /// not apply, and a breach of the others is a warning: the message itself is not at fault.
    Received,
}

impl fmt::Debug for TransportMetadata<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportMetadata")
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}
