//! Looking for malware in what a document holds, before a task is raised: by clamd or by a command.
//! What cannot be looked at waits; nothing passes unseen.

mod clamd;
mod command;
mod config;
mod waiting;

use std::time::Duration;

pub use config::{Address as ScannerAddress, Scan, ScannedBy};
pub(crate) use waiting::{Scanner, Subject};

/// Characters of a signature's name that are kept.
const LONGEST_NAME: usize = 100;

/// What was found in a document's parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Clean,
    /// The name of what was found.
    Infected(String),
}

/// Why a document could not be scanned. It waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// Its socket does not answer, or its program cannot be started.
    #[error("the scanner cannot be reached")]
    Unreachable,
    /// Longer than `timeout_seconds` for one attachment.
    #[error("the scanner did not answer in time")]
    TooSlow,
    /// It could not look.
    #[error("the scanner answered with an error")]
    Refused,
    /// Beyond what it was set to take.
    #[error("an attachment is larger than the scanner takes: raise its limit (StreamMaxLength)")]
    TooLarge,
    /// There is nothing to scan, though there was.
    #[error("the kept message could not be read")]
    Unreadable,
}

impl Scan {
    /// Lets the scanner look at a few harmless words: whether it answers.
    ///
    /// # Errors
    /// Why it did not. A document would wait for it now.
    pub async fn try_now(&self) -> Result<(), ScanError> {
        let words = b"Restante asks whether the scanner answers.".to_vec();
        scan(self, &[words]).await.map(drop)
    }
}

/// Scans each part, the time for each bounded; ends at the first that is infected.
pub(crate) async fn scan(settings: &Scan, parts: &[Vec<u8>]) -> Result<Outcome, ScanError> {
    let limit = Duration::from_secs(u64::from(settings.timeout_seconds));
    for part in parts {
        let scanned = async {
            match &settings.by {
                ScannedBy::Clamd(address) => clamd::scan(address, part).await,
                ScannedBy::Command(words) => command::scan(words, part).await,
            }
        };
        let outcome = tokio::time::timeout(limit, scanned).await;
        match outcome.unwrap_or(Err(ScanError::TooSlow))? {
            Outcome::Clean => {}
            infected => return Ok(infected),
        }
    }
    Ok(Outcome::Clean)
}

/// A signature's name as it may be shown and logged.
fn plain_name(name: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || "._-:/()".contains(*c);
    name.chars().filter(plain).take(LONGEST_NAME).collect()
}
