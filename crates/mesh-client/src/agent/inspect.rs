//! Inspecting a mailbox's directories, whether or not an agent serves it.

use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use mesh::{ControlFile, Status, control_file};
use serde::Serialize;

use super::directories::{Directories, second_spellings};
use super::files::{open_plain, printable, subdirectories};
use super::send::attempt::Attempt;
use super::send::claim::{CLAIM_PREFIX, Claim};
use super::send::pair::Pair;
use super::send::scan::{misplaced, pairs_in};
use super::status::{MailboxStatus, Trouble, WRITTEN_AT_LEAST_EVERY};
use crate::ClientError;
use crate::config::MailboxConfig;

/// Pairs in FAILED that are described, the newest first.
const MAX_FAILED: usize = 20;
/// Files in OUT that are described.
const MAX_HELD: usize = 1000;

/// A mailbox as its directories show it. File names may identify a patient: they are here for the
/// person who must find the file, and not for logs.
#[derive(Debug, Clone, Serialize)]
pub struct MailboxSnapshot {
    /// The mailbox.
    pub mailbox: String,
    /// Whether an agent serves it, by the age of what it last wrote.
    pub is_served: bool,
    /// What the agent last wrote.
    pub agent: Option<MailboxStatus>,
    /// Pairs in OUT that nobody took yet.
    pub waiting_in_out: WaitingPairs,
    /// What in OUT is no whole pair, and why it stays there for now.
    pub held_in_out: Vec<HeldFile>,
    /// Directories that are not served, for there is another one whose name differs in case only.
    pub second_spellings: Vec<String>,
    /// Pairs taken from OUT that were tried and wait for the next try.
    pub waiting_to_be_tried_again: Vec<WaitingAgain>,
    /// Messages and reports in IN that the application did not take yet.
    pub waiting_in_in: WaitingPairs,
    /// How many pairs are in FAILED.
    pub failed: usize,
    /// The newest of them.
    pub newest_failed: Vec<FailedPair>,
}

/// Pairs in a directory.
#[derive(Debug, Clone, Default, Serialize)]
pub struct WaitingPairs {
    /// How many.
    pub count: usize,
    /// The age of the oldest, in seconds.
    pub oldest_seconds: Option<i64>,
}

/// A file in OUT that is not sent.
#[derive(Debug, Clone, Serialize)]
pub struct HeldFile {
    /// Its name; what is not UTF-8 in it as `%` and two hexadecimal digits a byte.
    pub name: String,
    /// Why it is not sent, and what will become of it.
    pub why: String,
}

/// A pair that waits for its next try.
#[derive(Debug, Clone, Serialize)]
pub struct WaitingAgain {
    /// Its name, without extension.
    pub name: String,
    /// When it was first tried.
    pub first_try: Option<Timestamp>,
    /// Why the last try failed.
    pub why: Option<String>,
    /// Whether the server may have the message all the same.
    pub in_doubt: bool,
    /// Chunks that the server has, and chunks in all, of a message in several.
    pub chunks: Option<(u32, u32)>,
}

/// A pair in FAILED.
#[derive(Debug, Clone, Serialize)]
pub struct FailedPair {
    /// Its name, without extension.
    pub name: String,
    /// When it failed, local time as in the control file: `yyyyMMddHHmmss`.
    pub at: Option<String>,
    /// The phase: `COLLECT`, `TRANSFER`, `SEND`; empty when the control file cannot be read.
    pub event: String,
    /// The status code.
    pub code: String,
    /// Why, in words.
    pub why: String,
}

/// Looks at a mailbox's directories.
///
/// # Errors
/// [`ClientError::File`] when they are not there or cannot be read.
pub fn inspect(config: &MailboxConfig, now: Timestamp) -> Result<MailboxSnapshot, ClientError> {
    let looking = |error| ClientError::File("reading the mailbox's directories", error);
    let directories = Directories::find(&config.directory);
    look(config, &directories, now).map_err(looking)
}

fn look(
    config: &MailboxConfig,
    directories: &Directories,
    now: Timestamp,
) -> io::Result<MailboxSnapshot> {
    let agent = MailboxStatus::read(&directories.temp);
    let limit = 3 * WRITTEN_AT_LEAST_EVERY.as_secs() as i64;
    let is_served = agent
        .as_ref()
        .is_some_and(|agent| !agent.stopped && now.duration_since(agent.at).as_secs() < limit);
    let moving: Vec<_> = agent
        .iter()
        .filter(|_| is_served)
        .flat_map(|agent| {
            agent
                .transfers
                .iter()
                .map(|transfer| transfer.place.clone())
        })
        .collect();
    let mut again = Vec::new();
    for directory in subdirectories(&directories.temp, CLAIM_PREFIX)? {
        let name = directory.file_name().unwrap_or_default().to_string_lossy();
        if !moving.iter().any(|place| *place == name) {
            again.extend(waiting_again(&directory)?);
        }
    }
    let (failed, newest_failed) = failed(&directories.failed)?;
    let out = pairs_in(&directories.out)?;
    let mut held: Vec<_> = out.pairs.iter().filter_map(held).collect();
    let misplaced = misplaced(&directories.out)?;
    held.extend(
        out.not_files
            .into_iter()
            .chain(misplaced)
            .map(|it| HeldFile {
                name: it.name,
                why: it.what.to_owned(),
            }),
    );
    held.truncate(MAX_HELD);
    let second = second_spellings(&config.directory).into_iter();
    Ok(MailboxSnapshot {
        mailbox: config.id.to_string(),
        is_served,
        agent,
        waiting_in_out: waiting(&out.pairs, now),
        held_in_out: held,
        second_spellings: second.map(|path| path.display().to_string()).collect(),
        waiting_to_be_tried_again: again,
        waiting_in_in: waiting(&pairs_in(&directories.inbox)?.pairs, now),
        failed,
        newest_failed,
    })
}

fn waiting(pairs: &[Pair], now: Timestamp) -> WaitingPairs {
    let ages = pairs.iter().filter_map(|pair| {
        let path = pair.control.as_ref().or(pair.data.as_ref())?;
        let modified = path.symlink_metadata().and_then(|it| it.modified()).ok()?;
        let modified = Timestamp::try_from(modified).ok()?;
        Some(now.duration_since(modified).as_secs().max(0))
    });
    WaitingPairs {
        count: pairs.len(),
        oldest_seconds: ages.max(),
    }
}

/// Why half a pair stays in OUT.
fn held(pair: &Pair) -> Option<HeldFile> {
    let (path, why) = match (&pair.control, &pair.data) {
        (Some(_), Some(_)) | (None, None) => return None,
        (Some(control), None) => {
            let why = "waits for its data file; without one it will fail with code 02";
            (control, why)
        }
        (None, Some(data)) => {
            let why = "waits for its control file; without one it will fail with code 01";
            (data, why)
        }
    };
    Some(HeldFile {
        name: printable(path.file_name().unwrap_or_default()),
        why: why.to_owned(),
    })
}

fn waiting_again(directory: &Path) -> io::Result<Option<WaitingAgain>> {
    let claim = match Claim::open(directory) {
        // Done between two looks.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        claim => claim?,
    };
    let attempt = Attempt::read_as_it_is(directory).filter(|attempt| attempt.begun);
    let upload = attempt.as_ref().and_then(|attempt| attempt.upload.as_ref());
    Ok(Some(WaitingAgain {
        name: claim.base,
        first_try: attempt.as_ref().map(|attempt| attempt.first_try),
        chunks: upload.map(|upload| (upload.next - 1, upload.total)),
        in_doubt: attempt.as_ref().is_some_and(|attempt| attempt.in_doubt),
        why: attempt.and_then(|attempt| attempt.failure),
    }))
}

fn failed(directory: &Path) -> io::Result<(usize, Vec<FailedPair>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        if path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("ctl"))
        {
            files.push((entry.metadata()?.modified()?, path));
        }
    }
    files.sort();
    let newest = files.iter().rev().take(MAX_FAILED);
    let pairs = newest.map(|(_, path)| failed_pair(path)).collect();
    Ok((files.len(), pairs))
}

fn failed_pair(path: &Path) -> FailedPair {
    let file = open_plain(path).ok();
    let bytes = file.and_then(|file| file.contents(control_file::MAX_BYTES as u64).ok());
    let control = bytes.and_then(|bytes| ControlFile::read(&bytes).ok());
    let record = control
        .and_then(|control| control.status)
        .filter(|record| record.status == Status::Error);
    let name = path.file_stem().map(printable).unwrap_or_default();
    let (event, code, why, at) = match record {
        Some(record) => (
            record.event.to_string(),
            record.code.to_string(),
            record.description,
            record.at.map(mesh::status::format_time),
        ),
        None => {
            let why = "the control file cannot be read; the report in IN says more";
            (String::new(), String::new(), why.to_owned(), None)
        }
    };
    FailedPair {
        name,
        at,
        event,
        code,
        why,
    }
}

impl MailboxSnapshot {
    /// What keeps the mailbox from its work, as far as a running agent knows.
    pub fn trouble(&self) -> Option<&Trouble> {
        let agent = self.agent.as_ref().filter(|_| self.is_served);
        agent.and_then(|agent| agent.trouble.as_ref())
    }
}
