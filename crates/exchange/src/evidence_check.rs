//! What a journey's file says about itself, checked: the chain of its lines, and the record against them.

use mail_store::{AuditHead, hash_text, parse_hash};

use crate::evidence::{EVIDENCE_FORMAT, EVIDENCE_LINES, Evidence, EvidenceLine, MESSAGES};
use crate::evidence_record::{check_message, is_about};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceCheck {
    /// What does not agree, each in a sentence; empty when all does.
    pub findings: Vec<String>,
    /// What its lines would have to show and do not, each in a sentence: of that the record may say anything.
    pub unproven: Vec<String>,
    /// How many lines the chain has.
    pub lines: usize,
    /// Its last line; `None` when it has none, or the chain is broken.
    pub last: Option<AuditHead>,
}

/// What a noted line says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    /// The file holds it: all lines up to it are those of then.
    Agrees,
    /// The file has another line there.
    Differs,
    /// It is outside of the file's lines.
    OutOfReach,
}

impl Evidence {
    /// Checks that the lines are one chain, that all of them about its messages are named, and that each message's record is
    /// what they tell. A record is checked only where all lines about the messages are here, the one of its acceptance too;
    /// without them it is neither true nor false, but unproven. That the lines end before the head is for the caller to judge,
    /// who may know those between; [`crate::RECORD_NOT_IN_LINES`] says what no line tells.
    pub fn check(&self) -> EvidenceCheck {
        let mut findings = Vec::new();
        let mut unproven = Vec::new();
        if self.format != EVIDENCE_FORMAT {
            findings.push(format!("the format is not \"{EVIDENCE_FORMAT}\""));
        }
        if self.chain.lines.len() > EVIDENCE_LINES {
            findings.push(format!("there are more than {EVIDENCE_LINES} lines"));
        }
        if self.messages.len() > MESSAGES {
            findings.push(format!("there are more than {MESSAGES} messages"));
        }
        if self.messages.is_empty() {
            unproven.push("it names no message".to_owned());
        }
        let last = match self.follow() {
            Ok(last) => last,
            Err(finding) => {
                findings.push(finding);
                None
            }
        };
        self.check_head(last, &mut findings);
        let whole = self.check_named(&mut findings, &mut unproven);
        for message in self.messages.iter().take(MESSAGES) {
            let lines = self.about(&message.id);
            check_message(message, &lines, whole, &mut findings, &mut unproven);
        }
        EvidenceCheck {
            findings,
            unproven,
            lines: self.chain.lines.len(),
            last,
        }
    }

    fn check_head(&self, last: Option<AuditHead>, findings: &mut Vec<String>) {
        let Some(head) = AuditHead::parse(&self.chain.head) else {
            findings.push("the head is no NUMBER:HASH".to_owned());
            return;
        };
        let Some(last) = last else { return };
        if (self.chain.reaches_head && head != last) || head.number < last.number {
            findings.push("the lines end elsewhere than the head says".to_owned());
        }
    }

    /// What a line noted earlier says of the lines here, whose chain agrees.
    pub fn compare(&self, noted: &AuditHead) -> Noted {
        let first = self.chain.lines.first().map_or(0, |line| line.number);
        let at = |hash: &str| match hash == hash_text(&noted.hash) {
            true => Noted::Agrees,
            false => Noted::Differs,
        };
        if noted.number + 1 == first {
            return at(&self.chain.previous);
        }
        let line = self
            .chain
            .lines
            .iter()
            .find(|line| line.number == noted.number);
        line.map_or(Noted::OutOfReach, |line| at(&line.hash))
    }

    /// The last line, if each covers the one before.
    fn follow(&self) -> Result<Option<AuditHead>, String> {
        let mut previous = parse_hash(&self.chain.previous)
            .ok_or_else(|| "the hash before the first line is none".to_owned())?;
        let mut last: Option<AuditHead> = None;
        for line in &self.chain.lines {
            let number = line.number;
            if last.is_some_and(|last| last.number + 1 != number) {
                return Err(format!("line {number} does not follow the line before it"));
            }
            let hash = line.line().hash(&previous);
            if hash_text(&hash) != line.hash {
                return Err(format!("line {number} does not agree with its hash"));
            }
            previous = hash;
            last = Some(AuditHead { number, hash });
        }
        Ok(last)
    }

    fn about(&self, id: &str) -> Vec<&EvidenceLine> {
        let lines = self.chain.lines.iter();
        lines.filter(|line| is_about(line, id)).collect()
    }

    /// Whether all lines named are here.
    fn check_named(&self, findings: &mut Vec<String>, unproven: &mut Vec<String>) -> bool {
        let is_ours = |line: &EvidenceLine| self.messages.iter().any(|one| is_about(line, &one.id));
        let lines = &self.chain.lines;
        let first = lines.first().map_or(i64::MAX, |line| line.number);
        let last = lines.last().map_or(i64::MIN, |line| line.number);
        let ours = lines.iter().filter(|line| is_ours(line));
        let ours: Vec<i64> = ours.map(|line| line.number).collect();
        let (here, elsewhere): (Vec<i64>, Vec<i64>) = self
            .lines_about
            .iter()
            .partition(|number| (first..=last).contains(number));
        if ours != here {
            findings.push(
                "the lines about its messages are not those that it names: some were left out or put in".to_owned(),
            );
        }
        if let Some(number) = elsewhere.first() {
            unproven.push(format!(
                "what the record says: {} lines about it are not among the lines of this file, the first is line {number}",
                elsewhere.len()
            ));
        }
        elsewhere.is_empty()
    }
}
