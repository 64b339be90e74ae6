//! The check of the chain, whatever backend its lines lie in.

use super::head::AuditHead;
use super::line::Line;

/// What a check of the trail found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditCheck {
    /// How many lines agree with their hashes.
    pub lines: u64,
    /// The last of them.
    pub head: AuditHead,
    /// The first line that does not agree, and why.
    pub broken: Option<(i64, &'static str)>,
}

/// A line as a backend holds it.
pub(crate) struct Stored<'a> {
    pub(crate) number: i64,
    /// The line and the hash beside it; `None` when they cannot be read.
    pub(crate) line: Option<(Line<'a>, &'a [u8])>,
}

/// A check under way: the lines are shown to it in order.
pub(crate) struct Check {
    found: AuditCheck,
    noted: Option<AuditHead>,
    noted_seen: bool,
}

impl Check {
    /// Of a trail that begins after a place, and must still hold the line noted.
    pub(crate) fn new(beginning: AuditHead, noted: Option<AuditHead>) -> Self {
        Self {
            noted_seen: noted.is_none_or(|noted| noted.number <= beginning.number),
            found: AuditCheck {
                lines: 0,
                head: beginning,
                broken: None,
            },
            noted,
        }
    }

    /// The last line seen.
    pub(crate) fn last(&self) -> i64 {
        self.found.head.number
    }

    /// Goes on after another place: lines up to there were forgotten while the check went on.
    pub(crate) fn go_on_after(&mut self, beginning: AuditHead) {
        self.found.head = beginning;
        self.noted_seen |= self
            .noted
            .is_some_and(|noted| noted.number <= beginning.number);
    }

    /// The next line. False when there is no use in looking at more.
    pub(crate) fn see(&mut self, stored: &Stored<'_>) -> bool {
        let expected = self.last() + 1;
        if stored.number != expected {
            return self.breaks(expected, "the line is missing");
        }
        let Some((line, hash)) = &stored.line else {
            return self.breaks(expected, "the line cannot be read");
        };
        let computed = line.hash(&self.found.head.hash);
        if computed != **hash {
            return self.breaks(expected, "the line does not agree with its hash");
        }
        self.found.lines += 1;
        self.found.head = AuditHead {
            number: expected,
            hash: computed,
        };
        self.noted_seen |= self.noted == Some(self.found.head);
        true
    }

    fn breaks(&mut self, number: i64, reason: &'static str) -> bool {
        self.found.broken = Some((number, reason));
        false
    }

    /// After the last line; `needed` says that there must be one.
    pub(crate) fn end(mut self, needed: bool) -> AuditCheck {
        if self.found.broken.is_some() {
            return self.found;
        }
        if needed && self.last() == 0 {
            self.breaks(1, "the trail is empty, yet messages were accepted");
        } else if let (false, Some(noted)) = (self.noted_seen, self.noted) {
            let reason = if noted.number > self.last() {
                "the trail ends before the line noted"
            } else {
                "the line is not the one noted"
            };
            self.breaks(noted.number, reason);
        }
        self.found
    }

    /// Where the backend says that its trail ends must be where it does.
    pub(crate) fn ends_at(&mut self, number: i64, hash: &[u8]) {
        if self.found.broken.is_some() {
        } else if number > self.last() {
            self.breaks(self.last() + 1, "the line is missing");
        } else if number < self.last() || self.found.head.hash != *hash {
            self.breaks(self.last(), "the line is not the one the trail ends with");
        }
    }
}
