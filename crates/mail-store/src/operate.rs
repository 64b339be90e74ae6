//! What an operator's commands do with a store, whichever home it has and whether or not a server
//! runs on it. A store that does not exist is an error; nothing is created.

use std::path::Path;

use jiff::Timestamp;

use crate::audit::{AuditCheck, AuditHead, AuditLine};
use crate::options::StoreOptions;
use crate::quarantined::Quarantined;
use crate::{StoreError, postgres, sqlite};

/// `directory` is the data directory, where the embedded home is.
impl StoreOptions {
    /// Checks every line of the audit trail against the hash of the one before, and that it still
    /// holds a line noted earlier.
    pub async fn verify_audit(
        &self,
        directory: &Path,
        noted: Option<AuditHead>,
    ) -> Result<AuditCheck, StoreError> {
        match &self.postgresql {
            None => sqlite::audit::verify_audit(directory, noted),
            Some(options) => postgres::trail::verify(options, noted).await,
        }
    }

    /// The lines about a message, a mailbox or a workflow, and of reports about it, oldest first.
    pub async fn audit_lines(
        &self,
        directory: &Path,
        subject: &str,
    ) -> Result<Vec<AuditLine>, StoreError> {
        match &self.postgresql {
            None => sqlite::audit::audit_lines(directory, subject),
            Some(options) => postgres::trail::lines_about(options, subject).await,
        }
    }

    /// Forgets the lines before a time; the chain then begins at the line after the last forgotten
    /// one, as a new line in the trail itself says. Returns how many were forgotten.
    pub async fn shorten_audit(
        &self,
        directory: &Path,
        before: Timestamp,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        match &self.postgresql {
            None => sqlite::audit::shorten_audit(directory, before, at),
            Some(options) => postgres::trail::shorten(options, before, at).await,
        }
    }

    /// The damaged messages, oldest first.
    pub async fn quarantined(&self, directory: &Path) -> Result<Vec<Quarantined>, StoreError> {
        match &self.postgresql {
            None => sqlite::quarantine::quarantined(directory),
            Some(options) => postgres::quarantine::quarantined(options).await,
        }
    }
}
