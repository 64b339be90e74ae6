//! The running demo, as far as the page acts on it and asks it.

use async_trait::async_trait;

use super::{Example, Fault};

/// Files that wait in a practice's directories.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Messages in OUT.
    pub out: u64,
    /// Messages in SENT.
    pub sent: u64,
    /// Messages in IN.
    pub incoming: u64,
}

/// What waits where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// At the sending practice.
    pub sender: Waiting,
    /// At the receiving practice.
    pub receiver: Waiting,
    /// Messages in the sending practice's inbox at the exchange.
    pub for_sender: u64,
    /// Messages in the receiving practice's inbox at the exchange.
    pub for_receiver: u64,
}

/// The running demo.
#[async_trait]
pub trait Running: Send + Sync + 'static {
    /// Sends an example. Its journey is heard of by the [`Recorder`](super::Recorder).
    ///
    /// # Errors
    ///
    /// Why it could not be sent, in a sentence.
    async fn send(&self, example: Example) -> Result<(), String>;

    /// Whether a fault is on.
    fn is_on(&self, fault: Fault) -> bool;

    /// Switches a fault on or off.
    fn set(&self, fault: Fault, on: bool);

    /// What waits where, now.
    async fn counts(&self) -> Counts;

    /// One of the visitor's files, by its name.
    async fn file(&self, name: &str) -> Option<Vec<u8>>;
}
