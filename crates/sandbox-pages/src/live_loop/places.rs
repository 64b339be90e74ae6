//! Who takes part, as the page names them.

use std::path::PathBuf;

use nhs::{MailboxId, OdsCode};

/// A practice of the demo.
#[derive(Debug, Clone)]
pub struct Practice {
    /// Its name.
    pub name: String,
    /// Its name in a word, such as `Starling`.
    pub short: String,
    /// Its ODS code.
    pub ods: OdsCode,
    /// Its mailbox.
    pub mailbox: MailboxId,
    /// The first part of its pages' addresses, such as `/starling`.
    pub pages: String,
}

/// The mailbox that a visitor's own system sends from.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The address of the MESH API.
    pub url: String,
    /// The mailbox.
    pub mailbox: MailboxId,
    /// Its ODS code.
    pub ods: OdsCode,
    /// Where the files are that a client of it needs.
    pub directory: PathBuf,
    /// Their names, in the order in which they are shown.
    pub files: Vec<&'static str>,
    /// Commands that send a letter, as they are typed here.
    pub commands: Vec<String>,
}

/// Whose events are whose.
#[derive(Debug, Clone)]
pub struct Mailboxes {
    /// The sending practice's.
    pub sender: MailboxId,
    /// The receiving practice's.
    pub receiver: MailboxId,
    /// The visitor's.
    pub visitor: MailboxId,
}

/// Everybody on the map.
#[derive(Debug, Clone)]
pub struct Places {
    /// Sends the examples.
    pub sender: Practice,
    /// Is sent to.
    pub receiver: Practice,
    /// The console of the exchange, such as `/console`.
    pub console: String,
    /// Whoever plugs in a system of their own.
    pub visitor: Visitor,
}
