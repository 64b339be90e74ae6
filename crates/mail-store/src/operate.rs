//! What an operator's commands do with a store, whichever backend it has and whether or not a server
//! runs on it. But for the directory, a
//! store that does not exist is an error and nothing is created.

use std::path::Path;

use jiff::Timestamp;

use crate::StoreError;
use crate::audit::{AuditCheck, AuditHead};
use crate::backend::{postgres, sqlite};
use crate::contract::{AuditLine, Directory, History, MailboxSummary, Quarantined};
use crate::options::StoreOptions;
use crate::store::Store;

/// `directory` is the data directory, where SQLite's records are.
impl StoreOptions {
    /// The operator's side of a store, whether or not a server runs on it. Creates the store when it
    /// is new, and blocks.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached or is of a later release.
    pub fn operators_directory(&self, directory: &Path) -> Result<Directory, StoreError> {
        match &self.postgresql {
            None => sqlite::operators_directory(directory),
            Some(options) => postgres::operators_directory(options),
        }
    }

    /// Checks every line of the audit trail against the hash of the one before, and that it still
    /// holds a line noted earlier.
    ///
    /// # Errors
    ///
    /// When there is no store, or [`StoreError::OlderFormat`] when an earlier release wrote it.
    pub async fn verify_audit(
        &self,
        directory: &Path,
        noted: Option<AuditHead>,
    ) -> Result<AuditCheck, StoreError> {
        match &self.postgresql {
            None => sqlite::verify_audit(directory, noted),
            Some(options) => postgres::verify_audit(options, noted).await,
        }
    }

    /// The lines about a message, a mailbox or a workflow, and of reports about it, oldest first.
    ///
    /// # Errors
    ///
    /// When there is no store, or [`StoreError::OlderFormat`] when an earlier release wrote it.
    pub async fn audit_lines(
        &self,
        directory: &Path,
        subject: &str,
    ) -> Result<Vec<AuditLine>, StoreError> {
        match &self.postgresql {
            None => sqlite::audit_lines(directory, subject),
            Some(options) => postgres::audit_lines(options, subject).await,
        }
    }

    /// What was and what happened, read beside a running server or without one.
    ///
    /// # Errors
    ///
    /// When there is no store, or [`StoreError::OlderFormat`] when an earlier release wrote it.
    pub async fn history(&self, directory: &Path) -> Result<Box<dyn History>, StoreError> {
        Ok(match &self.postgresql {
            None => Box::new(sqlite::open_history(directory)?),
            Some(options) => Box::new(postgres::open_history(options).await?),
        })
    }

    /// The lines after a number, oldest first, `limit` at most.
    ///
    /// # Errors
    ///
    /// When there is no store, or [`StoreError::OlderFormat`] when an earlier release wrote it.
    pub async fn audit_after(
        &self,
        directory: &Path,
        number: i64,
        limit: u32,
    ) -> Result<Vec<AuditLine>, StoreError> {
        match &self.postgresql {
            None => sqlite::audit_after(directory, number, limit),
            Some(options) => postgres::audit_after(options, number, limit).await,
        }
    }

    /// Forgets the lines before a time; the chain then begins at the line after the last forgotten
    /// one, as a new line in the trail itself says. Returns how many were forgotten.
    ///
    /// # Errors
    ///
    /// When there is no store, or [`StoreError::OlderFormat`] when an earlier release wrote it.
    pub async fn shorten_audit(
        &self,
        directory: &Path,
        before: Timestamp,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        match &self.postgresql {
            None => sqlite::shorten_audit(directory, before, at),
            Some(options) => postgres::shorten_audit(options, before, at).await,
        }
    }

    /// The damaged messages, oldest first.
    ///
    /// # Errors
    ///
    /// When there is no store, or [`StoreError::OlderFormat`] when an earlier release wrote it.
    pub async fn quarantined(&self, directory: &Path) -> Result<Vec<Quarantined>, StoreError> {
        match &self.postgresql {
            None => sqlite::quarantined(directory),
            Some(options) => postgres::quarantined(options).await,
        }
    }

    /// Every mailbox, by id, and what its messages take.
    ///
    /// # Errors
    ///
    /// When there is no store, or [`StoreError::OlderFormat`] when an earlier release wrote it.
    pub async fn usage(&self, directory: &Path) -> Result<Vec<MailboxSummary>, StoreError> {
        match &self.postgresql {
            None => sqlite::usage(directory),
            Some(options) => postgres::usage(options).await,
        }
    }

    /// Carries out what was ordered to be removed, where no server must be left to do it. False when
    /// one runs that does: SQLite's records are changed by one process at a time. `node` is as for
    /// [`Store::open_with`].
    ///
    /// # Errors
    ///
    /// As [`Store::open_with`] and [`Store::carry_out_purges`].
    pub async fn carry_out_purges(
        &self,
        directory: &Path,
        node: u128,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        match Store::open_with(self, directory, node).await {
            Ok(store) => store.carry_out_purges(at).await.map(|()| true),
            Err(StoreError::InUse(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
