//! Two directories in the place of MESH: pairs are put into IN as a MESH client would put them, answers are taken from
//! OUT and moved to SENT.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use durable::{Access, FileError, OwnedBy, PlainFile};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mesh::{ControlFile, StatusEvent, StatusRecord};
use nhs::{Clock, MailboxId, SystemClock};
use rehearsal::receiver::{Incoming, Planned};

use crate::error::{self, Error};

use super::carrier::{Came, LONGEST_ANSWER};
use super::planning::Planning;

/// Files of OUT that are looked at in one look.
const MOST_FILES: usize = 10_000;
/// Names taken before a number is given up on.
const MOST_NAMES: u32 = 10_000;

/// The directories of a mailbox.
pub struct Directories {
    incoming: PathBuf,
    outgoing: PathBuf,
    sent: PathBuf,
    sender: MailboxId,
    placed: HashMap<u32, PathBuf>,
    /// As each pair of OUT was at the last look.
    seen: HashMap<String, Stamp>,
    /// Pairs of OUT that were there before, or answer none of the messages.
    left: HashMap<String, Stamp>,
    /// Answers that were moved to SENT.
    kept: u32,
    /// Control and data file of what the last look found.
    offered: HashMap<String, [PathBuf; 2]>,
}

/// A pair that did not change is whole.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    control: (u64, Option<SystemTime>),
    data: (u64, Option<SystemTime>),
}

struct Pair {
    base: String,
    control: PathBuf,
    data: PathBuf,
    stamp: Stamp,
}

impl Directories {
    /// Makes what is not there. What is in OUT already is left alone.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn open(dir: &Path, planning: &Planning) -> Result<Self, Error> {
        let [incoming, outgoing, sent] = ["IN", "OUT", "SENT"].map(|name| dir.join(name));
        for directory in [&incoming, &outgoing, &sent] {
            if !directory.is_dir() {
                std::fs::create_dir_all(dir).map_err(error::at(dir))?;
                durable::create_directory(directory, Access::GroupReads)?;
            }
        }
        let mut opened = Self {
            incoming,
            outgoing,
            sent,
            sender: planning.sender.mailbox.clone(),
            placed: HashMap::new(),
            seen: HashMap::new(),
            left: HashMap::new(),
            offered: HashMap::new(),
            kept: 0,
        };
        let before = opened.pairs()?;
        opened.left = before.into_iter().map(|it| (it.base, it.stamp)).collect();
        Ok(opened)
    }

    /// Data, then control file, each by rename, and on disk when this returns.
    pub fn place(&mut self, planned: &Planned) -> Result<(), String> {
        let now = SystemClock.now();
        let id = message_id(planned.number, now);
        let control = received(planned, &self.sender, &id, now);
        let [data, file] = ["dat", "ctl"].map(|it| self.incoming.join(format!("{id}.{it}")));
        let put = || -> Result<(), FileError> {
            durable::replace_unsynced(&data, &planned.bytes, Access::GroupReads)?;
            durable::replace_unsynced(&file, &control.write_received(), Access::GroupReads)?;
            durable::sync_directory(&self.incoming)
        };
        put().map_err(|error| error.problem().to_string())?;
        self.placed.insert(planned.number, file);
        Ok(())
    }

    /// The pairs that are whole: those that did not change since the look before.
    pub fn collect(&mut self) -> Result<Vec<Came>, Error> {
        let mut pairs = self.pairs()?;
        let seen = pairs.iter().map(|it| (it.base.clone(), it.stamp)).collect();
        let before = std::mem::replace(&mut self.seen, seen);
        pairs.retain(|it| {
            before.get(&it.base) == Some(&it.stamp) && self.left.get(&it.base) != Some(&it.stamp)
        });
        // as they were written, as far as the file system tells
        pairs.sort_by(|left, right| {
            (left.stamp.control.1, &left.base).cmp(&(right.stamp.control.1, &right.base))
        });
        let now = SystemClock.now();
        let mut came = Vec::new();
        self.offered.clear();
        for pair in pairs {
            self.left.insert(pair.base.clone(), pair.stamp);
            came.push(match read(&pair, now) {
                Ok(incoming) => {
                    let files = [pair.control, pair.data];
                    self.offered.insert(pair.base, files);
                    Came::Incoming(incoming)
                }
                Err((workflow, why)) => Came::Unusable { workflow, why },
            });
        }
        Ok(came)
    }

    /// Moves an answer to SENT, with the record that a client would write into its control file.
    pub fn keep(&mut self, name: &str) -> Result<(), Error> {
        let Some([control, data]) = self.offered.remove(name) else {
            return Ok(());
        };
        let base = self.free_name(name);
        let [kept, kept_data] = ["ctl", "dat"].map(|it| self.sent.join(format!("{base}.{it}")));
        self.kept = self.kept.wrapping_add(1);
        if let Some(written) = sent(&control, self.kept) {
            durable::replace_unsynced(&kept, &written, Access::GroupReads)?;
        }
        for (from, to) in [(&data, Some(&kept_data)), (&control, None)] {
            let moved = match to {
                Some(to) => durable::rename_unsynced(from, to),
                None => durable::remove(from).map(|_| ()),
            };
            match moved {
                // somebody else took it
                Err(error) if error.io_kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
        }
        for directory in [&self.sent, &self.outgoing] {
            durable::sync_directory(directory)?;
        }
        self.left.remove(name);
        Ok(())
    }

    /// Whose control file has gone from IN.
    pub fn taken(&self, open: &[u32]) -> Vec<(u32, Timestamp)> {
        let now = SystemClock.now();
        let is_gone = |file: &PathBuf| {
            let looked = std::fs::symlink_metadata(file);
            looked.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
        };
        let gone = open
            .iter()
            .filter(|number| self.placed.get(number).is_some_and(is_gone));
        gone.map(|number| (*number, now)).collect()
    }

    /// The pairs of OUT. Files without their other half are not whole yet.
    fn pairs(&self) -> Result<Vec<Pair>, Error> {
        let entries = std::fs::read_dir(&self.outgoing).map_err(error::at(&self.outgoing))?;
        let mut pairs = Vec::new();
        for entry in entries.take(MOST_FILES) {
            let control = entry.map_err(error::at(&self.outgoing))?.path();
            let name = control
                .file_stem()
                .and_then(OsStr::to_str)
                .map(str::to_owned);
            let is_control = control
                .extension()
                .is_some_and(|it| it.eq_ignore_ascii_case("ctl"));
            let Some(base) = name.filter(|name| is_control && !name.starts_with('.')) else {
                continue;
            };
            let data = ["dat", "DAT", "Dat"]
                .map(|it| control.with_extension(it))
                .into_iter()
                .find_map(|path| Some((stamp(&path)?, path)));
            if let (Some(control_stamp), Some((data_stamp, data))) = (stamp(&control), data) {
                pairs.push(Pair {
                    base,
                    control,
                    data,
                    stamp: Stamp {
                        control: control_stamp,
                        data: data_stamp,
                    },
                });
            }
        }
        Ok(pairs)
    }

    fn free_name(&self, name: &str) -> String {
        let is_taken = |base: &str| {
            let taken = |it: &str| {
                std::fs::symlink_metadata(self.sent.join(format!("{base}.{it}"))).is_ok()
            };
            taken("ctl") || taken("dat")
        };
        if !is_taken(name) {
            return name.to_owned();
        }
        let numbered = (1..MOST_NAMES).map(|number| format!("{name}_{number}"));
        let mut free = numbered.filter(|it| !is_taken(it));
        free.next().unwrap_or_else(|| name.to_owned())
    }
}

fn stamp(path: &Path) -> Option<(u64, Option<SystemTime>)> {
    let metadata = std::fs::symlink_metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()))
}

/// Opened once, no links followed, and judged by what was opened.
/// What cannot be used is told with its workflow, where that can be read.
fn read(pair: &Pair, now: Timestamp) -> Result<Incoming, (Option<String>, &'static str)> {
    let open = |path: &Path, limit: u64| {
        let file = PlainFile::open(path, &OwnedBy::Anyone);
        file.and_then(|file| file.contents(limit))
    };
    let control = open(&pair.control, mesh::control_file::MAX_BYTES as u64);
    let control = control
        .ok()
        .and_then(|bytes| ControlFile::read(&bytes).ok());
    let control = control.ok_or((None, "its control file cannot be read"))?;
    let bytes = open(&pair.data, LONGEST_ANSWER);
    let bytes = bytes.map_err(|_| {
        let why = "its data file is no plain file, or longer than any answer";
        (control.workflow_id.clone(), why)
    })?;
    let turn = pair
        .stamp
        .control
        .1
        .and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
    Ok(Incoming {
        name: pair.base.clone(),
        at: now,
        turn: turn
            .and_then(|it| u64::try_from(it.as_nanos()).ok())
            .unwrap_or(0),
        from: control.from_dts,
        to: control.to_dts,
        workflow: control.workflow_id,
        bytes,
    })
}

/// The control file as a client rewrites it for SENT.
fn sent(control: &Path, number: u32) -> Option<Vec<u8>> {
    let file = PlainFile::open(control, &OwnedBy::Anyone).ok()?;
    let bytes = file.contents(mesh::control_file::MAX_BYTES as u64).ok()?;
    let now = SystemClock.now();
    let control = ControlFile {
        dts_id: Some(message_id(number, now)),
        status: Some(StatusRecord::success(
            local(now),
            StatusEvent::Transfer,
            mesh::status::ACCEPTED_BY_SERVER,
        )),
        ..ControlFile::read(&bytes).ok()?
    };
    Some(control.write())
}

/// The control file beside a message in IN.
fn received(planned: &Planned, sender: &MailboxId, id: &str, now: Timestamp) -> ControlFile {
    let mail = |id: &str| format!("{}@dts.nhs.uk", id.to_ascii_lowercase());
    ControlFile {
        address_type: Some("ALL".to_owned()),
        from_esmtp: Some(mail(sender.as_str())),
        to_esmtp: Some(mail(&planned.to_dts)),
        subject: Some(planned.subject.clone()),
        local_id: Some(planned.local_id.clone()),
        dts_id: Some(id.to_owned()),
        compress: Some(true),
        is_compressed: Some(false),
        status: Some(StatusRecord::success(
            local(now),
            StatusEvent::Transfer,
            "Transferred to recipient mailbox",
        )),
        ..ControlFile::data(sender, &planned.to_dts, &planned.workflow)
    }
}

/// UK local time, as clients write.
fn local(at: Timestamp) -> jiff::civil::DateTime {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).datetime()
}

/// An id in the form that Spine gives.
fn message_id(number: u32, now: Timestamp) -> String {
    let micros = now.subsec_microsecond().unsigned_abs();
    format!(
        "{}{micros:06}_{:06X}",
        now.strftime("%Y%m%d%H%M%S"),
        number & 0xff_ffff
    )
}
