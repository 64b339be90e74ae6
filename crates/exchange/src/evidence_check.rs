//! What a journey's file says about itself, checked: the chain of its lines, and the record against them.

use jiff::Timestamp;
use mail_store::{AuditHash, AuditHead};

use crate::evidence::{
    EVIDENCE_FORMAT, EVIDENCE_LINES, Evidence, EvidenceLine, EvidenceMessage, hex,
};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceCheck {
    /// What does not agree, each in a sentence; empty when all does.
    pub findings: Vec<String>,
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
    /// Checks that the lines are one chain, that all of them about its messages are named, and that what they tell of the
    /// messages is what the record says. Steps, sizes and hashes of bodies are in no line: nothing proves them.
    pub fn check(&self) -> EvidenceCheck {
        let mut findings = Vec::new();
        if self.format != EVIDENCE_FORMAT {
            findings.push(format!("the format is not \"{EVIDENCE_FORMAT}\""));
        }
        if self.chain.lines.len() > EVIDENCE_LINES {
            findings.push(format!("there are more than {EVIDENCE_LINES} lines"));
        }
        let last = match self.follow() {
            Ok(last) => last,
            Err(finding) => {
                findings.push(finding);
                None
            }
        };
        if let Some(last) = last
            && self.chain.reaches_head
            && self.chain.head != last.to_string()
        {
            findings.push("the lines end elsewhere than the head says".to_owned());
        }
        self.check_named(&mut findings);
        for message in &self.messages {
            check_message(message, &self.about(&message.id), &mut findings);
        }
        EvidenceCheck {
            findings,
            lines: self.chain.lines.len(),
            last,
        }
    }

    /// What a line noted earlier says of the lines here, whose chain agrees.
    pub fn compare(&self, noted: &AuditHead) -> Noted {
        let first = self.chain.lines.first().map_or(0, |line| line.number);
        let at = |hash: &str| match hash == hex(noted.hash) {
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
        let mut previous = parse(&self.chain.previous)
            .ok_or_else(|| "the hash before the first line is none".to_owned())?;
        let mut last: Option<AuditHead> = None;
        for line in &self.chain.lines {
            let number = line.number;
            if last.is_some_and(|last| last.number + 1 != number) {
                return Err(format!("line {number} does not follow the line before it"));
            }
            let hash = line.line().hash(&previous);
            if hex(hash) != line.hash {
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

    fn check_named(&self, findings: &mut Vec<String>) {
        let is_ours = |line: &EvidenceLine| self.messages.iter().any(|one| is_about(line, &one.id));
        let last = self.chain.lines.last().map_or(0, |line| line.number);
        let ours = self.chain.lines.iter().filter(|line| is_ours(line));
        let ours: Vec<i64> = ours.map(|line| line.number).collect();
        let named: Vec<i64> = self
            .lines_about
            .iter()
            .copied()
            .filter(|it| *it <= last)
            .collect();
        if ours != named {
            findings.push(
                "the lines about its messages are not those that it names: some were left out or put in".to_owned(),
            );
        }
    }
}

/// A report's line names the message that it is about in its detail.
fn is_about(line: &EvidenceLine, id: &str) -> bool {
    let about = line
        .detail
        .split(' ')
        .find_map(|part| part.strip_prefix("about="));
    line.subject == id || (line.action == "reported" && about == Some(id))
}

fn check_message(message: &EvidenceMessage, lines: &[&EvidenceLine], findings: &mut Vec<String>) {
    let of = |action: &str| {
        let mut found = lines
            .iter()
            .filter(|line| line.action == action && line.subject == message.id);
        found.next_back()
    };
    let mut must = |what: &str, told: bool| {
        if !told {
            findings.push(format!(
                "{}: {what} is not what the audit trail says",
                message.id
            ));
        }
    };
    // a line that was forgotten cannot contradict
    if let Some(line) = of("accepted") {
        must("its sender", message.sender.as_deref() == Some(&line.actor));
        must("when it was sent", message.sent_at == line.at);
        let workflow = format!("workflow={}", message.workflow);
        must(
            "its workflow",
            line.detail.split(' ').any(|part| part == workflow),
        );
    }
    if let Some(line) = of("delivered") {
        let to = message.recipient.as_ref().map(|to| format!("to={to}"));
        must("its recipient", to.is_some_and(|to| line.detail == to));
    }
    let redelivered = of("redelivered").map(|line| line.number);
    let later = |number: i64| redelivered.is_none_or(|redelivered| redelivered < number);
    let acknowledged: Option<Timestamp> = of("acknowledged")
        .filter(|line| later(line.number))
        .map(|line| line.at);
    if redelivered.is_none() {
        must(
            "when it was acknowledged",
            message.acknowledged_at == acknowledged,
        );
    }
    if let Some(line) = of("failed").filter(|line| later(line.number)) {
        let failure = message.failure.as_ref();
        must("when it failed", failure.map(|it| it.at) == Some(line.at));
        let code = failure.map(|it| format!("code={}", it.code));
        must(
            "why it failed",
            code.is_some_and(|code| line.detail == code),
        );
    } else if message.kind == "data" && redelivered.is_none() && of("quarantined").is_none() {
        must("that it failed", message.failure.is_none());
    }
    if message.kind == "report"
        && let Some(line) = of("reported")
    {
        let linked = message.failure.as_ref().and_then(|it| it.linked.as_deref());
        let about = linked.map(|id| format!("about={id}"));
        must(
            "what it reports",
            about.is_none_or(|about| line.detail.split(' ').any(|part| part == about)),
        );
    }
}

fn parse(hex: &str) -> Option<AuditHash> {
    AuditHead::parse(&format!("0:{hex}")).map(|head| head.hash)
}
