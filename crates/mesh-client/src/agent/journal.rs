//! The ids of messages that were published or sent, on disk.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use nhs::MessageId;

use super::files::write_durably;

/// Ids of messages that were published, so that none is published twice when its acknowledgement
/// was lost, or that were sent, so that none is taken for another. A file of lines
/// `<seconds since 1970> <message id>`; one of a message that was sent goes on with the id of its claim.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
    /// With the claims they were sent from.
    ids: HashMap<MessageId, Option<String>>,
}

/// What a line must outlive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// The end of this process.
    Process,
    /// The machine's loss of power.
    Machine,
}

impl Journal {
    /// Reads it, dropping old lines and one that a crash cut short, and writes it anew.
    pub fn open(path: PathBuf, now: Timestamp, keep: SignedDuration) -> io::Result<Self> {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let oldest = now.checked_sub(keep).unwrap_or(Timestamp::MIN).as_second();
        let whole = text
            .rsplit_once('\n')
            .map(|(lines, _)| lines)
            .unwrap_or_default();
        let mut kept = String::with_capacity(whole.len() + 1);
        let mut ids = HashMap::new();
        for line in whole.lines() {
            let mut words = line.split(' ');
            let (Some(at), Some(id)) = (words.next(), words.next()) else {
                continue;
            };
            let claim = words.next().map(ToOwned::to_owned);
            let (Ok(at), Ok(id)) = (at.parse::<i64>(), MessageId::parse(id)) else {
                continue;
            };
            if at >= oldest && !ids.contains_key(&id) {
                ids.insert(id, claim);
                kept.push_str(line);
                kept.push('\n');
            }
        }
        write_durably(&path, kept.as_bytes())?;
        let file = OpenOptions::new().append(true).open(&path)?;
        Ok(Self {
            path,
            file,
            length: kept.len() as u64,
            ids,
        })
    }

    /// Whether the message is in it.
    pub fn contains(&self, id: &MessageId) -> bool {
        self.ids.contains_key(id)
    }

    /// Whether the message was sent from this claim; `None` when it is not in the journal.
    pub fn was_sent_from(&self, id: &MessageId, claim: Option<&str>) -> Option<bool> {
        let noted = self.ids.get(id)?;
        Some(noted.is_some() && noted.as_deref() == claim)
    }

    /// Notes a message that was sent from a claim, so that it outlives a crash of this process.
    pub fn add_sent(
        &mut self,
        id: &MessageId,
        claim: Option<&str>,
        now: Timestamp,
    ) -> io::Result<()> {
        if self.contains(id) {
            return Ok(());
        }
        let line = match claim {
            Some(claim) => format!("{} {id} {claim}\n", now.as_second()),
            None => format!("{} {id}\n", now.as_second()),
        };
        self.write(&line, Durability::Process)?;
        self.ids.insert(id.clone(), claim.map(ToOwned::to_owned));
        Ok(())
    }

    /// Notes messages, so that they outlive a crash of what `durability` says.
    pub fn add<'a>(
        &mut self,
        ids: impl IntoIterator<Item = &'a MessageId>,
        now: Timestamp,
        durability: Durability,
    ) -> io::Result<()> {
        let ids = ids.into_iter().filter(|id| !self.contains(id));
        let ids: Vec<_> = ids.collect();
        if ids.is_empty() {
            return Ok(());
        }
        let lines = ids.iter().map(|id| format!("{} {id}\n", now.as_second()));
        self.write(&lines.collect::<String>(), durability)?;
        self.ids
            .extend(ids.into_iter().map(|id| (id.clone(), None)));
        Ok(())
    }

    fn write(&mut self, lines: &str, durability: Durability) -> io::Result<()> {
        let written = self
            .file
            .write_all(lines.as_bytes())
            .and_then(|()| match durability {
                Durability::Machine => self.file.sync_data(),
                Durability::Process => Ok(()),
            });
        if let Err(error) = written {
            // A half-written line would spoil the next one.
            let file = OpenOptions::new().write(true).open(&self.path)?;
            file.set_len(self.length)?;
            return Err(error);
        }
        self.length += lines.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> MessageId {
        MessageId::parse(text).unwrap()
    }

    #[test]
    fn what_was_added_is_known_after_a_restart_and_a_cut_line_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let now: Timestamp = "2026-01-14T09:30:00Z".parse().unwrap();
        let path = directory.path().join("published.log");
        let open = |now| Journal::open(path.clone(), now, SignedDuration::from_hours(31 * 24));
        let mut journal = open(now).unwrap();
        journal
            .add([&id("A1"), &id("A2")], now, Durability::Machine)
            .unwrap();
        journal.add_sent(&id("B2"), Some("claim"), now).unwrap();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"1768383000 C").unwrap();
        let mut journal = open(now).unwrap();
        assert!(journal.contains(&id("A1")) && journal.contains(&id("A2")));
        let from = |message, claim| journal.was_sent_from(&id(message), claim);
        assert_eq!(from("B2", Some("claim")), Some(true));
        assert_eq!(from("B2", Some("another")), Some(false));
        assert_eq!(from("A1", None), Some(false));
        assert_eq!(from("C", Some("claim")), None);
        assert!(!journal.contains(&id("C")));
        journal.add([&id("D4")], now, Durability::Machine).unwrap();
        let later = now + SignedDuration::from_hours(30 * 24);
        assert!(open(later).unwrap().contains(&id("D4")));
        let much_later = now + SignedDuration::from_hours(32 * 24);
        assert!(!open(much_later).unwrap().contains(&id("D4")));
    }
}
