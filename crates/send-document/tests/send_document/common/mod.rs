//! A good consultation, a good message of it, and the tools to break it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use nhs::{MailboxId, Randomness};
use send_document::{
    BuildParams, Built, BuiltReport, CheckedConsultation, Consultation, Finding, Ruleset, Stage,
    TransportMetadata, build, check,
};
use uuid::Uuid;

pub const EXAMPLE: &[u8] = include_bytes!("../../../examples/consultation.json");
pub const PREVIOUS: Uuid = Uuid::from_u128(0x1234_5678_9abc_4def_8123_4567_89ab_cdef);

pub fn consultation() -> Consultation {
    CheckedConsultation::from_json(EXAMPLE)
        .unwrap()
        .into_inner()
}

pub fn checked(consultation: &Consultation) -> CheckedConsultation {
    consultation.clone().check().unwrap()
}

/// Randomness that is the same in every run: a counter, stirred.
#[derive(Default)]
pub struct Counted(AtomicU64);

impl Randomness for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let n = self
                .0
                .fetch_add(1, Ordering::Relaxed)
                .wrapping_mul(0x9E37_79B9_7F4A_7C15);
            *byte = (n >> 56) as u8;
        }
    }
}

pub fn params(ruleset: Ruleset, randomness: &Counted) -> BuildParams<'_> {
    BuildParams {
        sender_mailbox: MailboxId::parse("A81001OT001").unwrap(),
        version: 1,
        replaces: None,
        date_order: ruleset.date_order(),
        now: "2026-03-02T12:30:00Z".parse().unwrap(),
        randomness,
    }
}

/// The example's message under 1.3, built once in a process.
pub fn example() -> &'static Built {
    static EXAMPLE_MESSAGE: OnceLock<Built> = OnceLock::new();
    EXAMPLE_MESSAGE.get_or_init(|| built(&consultation(), Ruleset::V1_3))
}

pub fn built(consultation: &Consultation, ruleset: Ruleset) -> Built {
    report(consultation, ruleset).built
}

pub fn report(consultation: &Consultation, ruleset: Ruleset) -> BuiltReport {
    let randomness = Counted::default();
    let params = params(ruleset, &randomness);
    build(&checked(consultation), ruleset, &params).unwrap()
}

pub fn second_version(consultation: &Consultation, ruleset: Ruleset) -> Built {
    let randomness = Counted::default();
    let params = BuildParams {
        version: 2,
        replaces: Some(PREVIOUS),
        ..params(ruleset, &randomness)
    };
    let built = build(&checked(consultation), ruleset, &params);
    built.unwrap().built
}

pub fn parse(xml: &[u8]) -> fhir::Document {
    fhir::xml::read(xml, &fhir::Limits::default()).unwrap()
}

pub fn transport<'a>(built: &'a Built) -> TransportMetadata<'a> {
    TransportMetadata {
        from: "A81001OT001",
        to: &built.to,
        subject: &built.subject,
        workflow: built.workflow.as_str(),
        local_id: &built.local_id,
        stage: Stage::Sent,
    }
}

pub fn findings(xml: &[u8], ruleset: Ruleset) -> Vec<Finding> {
    check(&parse(xml), None, ruleset)
}

pub fn ids(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.id).collect()
}

/// The text of a good message, to be broken by replacing.
pub struct Broken(pub String);

impl Broken {
    pub fn good() -> Self {
        Self::of(example())
    }

    pub fn of(built: &Built) -> Self {
        Self(String::from_utf8(built.message.clone()).unwrap())
    }

    /// Replaces the one occurrence of a text.
    pub fn replace(self, old: &str, new: &str) -> Self {
        assert_eq!(self.0.matches(old).count(), 1, "{old} should occur once");
        Self(self.0.replace(old, new))
    }

    /// Removes everything from the one `start` to the next `end`, both included.
    pub fn cut(self, start: &str, end: &str) -> Self {
        assert_eq!(
            self.0.matches(start).count(),
            1,
            "{start} should occur once"
        );
        let from = self.0.find(start).unwrap();
        let to = from + self.0[from..].find(end).unwrap() + end.len();
        Self(format!("{}{}", &self.0[..from], &self.0[to..]))
    }

    /// Replaces inside the named resource only (the n-th of its type).
    pub fn within(self, kind: &str, n: usize, change: impl FnOnce(Self) -> Self) -> Self {
        let (open, close) = (format!("<{kind}>"), format!("</{kind}>"));
        let from = self.0.match_indices(&open).nth(n).unwrap().0;
        let to = from + self.0[from..].find(&close).unwrap() + close.len();
        let changed = change(Self(self.0[from..to].to_owned())).0;
        Self(format!("{}{changed}{}", &self.0[..from], &self.0[to..]))
    }

    pub fn findings(&self) -> Vec<Finding> {
        findings(self.0.as_bytes(), Ruleset::V1_3)
    }
}
