//! A letter's two files, and what is in them.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use fhir::Severity;
use itk3::Message;
use mesh::ControlFile;
use nhs::PatientAddress;

/// How long the rules may look at a letter for the page.
const PATIENCE: Duration = Duration::from_secs(5);
/// Findings shown at most.
const FINDINGS: usize = 20;

/// A letter's two files as a practice keeps them.
pub struct Pair {
    /// Their name without its ending.
    pub name: String,
    /// The message.
    pub data: Vec<u8>,
    /// The control file.
    pub control: Vec<u8>,
}

/// The files, and what they say once somebody asked.
pub(crate) struct KeptPair {
    pub(crate) pair: Pair,
    about: OnceLock<About>,
}

/// What is in a letter.
#[derive(Clone, Default)]
pub(crate) struct About {
    /// The patient's name: given names, then the family name in capitals.
    pub(crate) patient: String,
    /// The NHS number in groups.
    pub(crate) nhs_number: String,
    /// What the document is.
    pub(crate) title: String,
    /// Its attachments, the report itself among them: media type and bytes.
    pub(crate) attachments: Vec<(String, usize)>,
    /// By whose rules it was looked at.
    pub(crate) rules: &'static str,
    /// What they found.
    pub(crate) findings: Vec<Finding>,
    /// How many more were found than are kept.
    pub(crate) more: usize,
}

/// A rule that a letter breaks.
#[derive(Clone)]
pub(crate) struct Finding {
    pub(crate) id: &'static str,
    pub(crate) is_error: bool,
    pub(crate) what: String,
}

impl KeptPair {
    pub(crate) fn new(pair: Pair) -> Self {
        Self {
            pair,
            about: OnceLock::new(),
        }
    }

    /// Bytes of both files.
    pub(crate) fn size(&self) -> usize {
        self.pair.data.len() + self.pair.control.len()
    }

    /// What is in it; looked at once. A letter of the largest size takes a second or two.
    pub(crate) fn about(&self) -> &About {
        self.about.get_or_init(|| look(&self.pair))
    }

    /// What is in it, if somebody has looked.
    pub(crate) fn known(&self) -> Option<&About> {
        self.about.get()
    }

    /// The id of the message's header, which answers name.
    pub(crate) fn header_id(&self) -> Option<String> {
        let document = message_check::read(&self.pair.data).ok()?;
        Some(Message::of(&document.root)?.id()?.to_owned())
    }
}

fn look(pair: &Pair) -> About {
    let control = ControlFile::read(&pair.control).ok();
    let addressed = control
        .as_ref()
        .and_then(|control| of_address(control.to_dts.as_deref()?));
    let mut about = addressed.unwrap_or_default();
    read(&pair.data, &mut about);
    let until = Instant::now() + PATIENCE;
    let in_time = move || Instant::now() < until;
    let budget = fhir::Budget::of(&in_time);
    let checked = message_check::check(&pair.data, control.as_ref(), None, &budget);
    about.rules = checked.rules;
    about.more = checked.findings.len().saturating_sub(FINDINGS);
    let findings = checked.findings.into_iter().take(FINDINGS);
    about.findings = findings
        .map(|found| Finding {
            id: found.id,
            is_error: found.severity == Severity::Error,
            what: found.what,
        })
        .collect();
    about
}

fn read(data: &[u8], about: &mut About) {
    let Ok(document) = message_check::read(data) else {
        return;
    };
    let payload = message_check::of_message(Some(&document), None, None);
    let Ok(received) = payload.read(&document) else {
        return;
    };
    let patient = &received.patient;
    if let Some(family) = &patient.family_name {
        let given = patient.given_names.join(" ");
        let name = format!("{given} {}", family.as_str().to_uppercase());
        about.patient = name.trim().to_owned();
    }
    if let Some(number) = patient.nhs_number {
        about.nhs_number = number.spaced();
    }
    about.title = received.title;
    about.attachments = received
        .attachments
        .into_iter()
        .map(|attachment| (attachment.content_type, attachment.content.len()))
        .collect();
}

/// What a patient address says: `GPPROVIDER_9693632109_23061946_GARTON`.
pub(crate) fn of_address(address: &str) -> Option<About> {
    let address = PatientAddress::parse(address).ok()?;
    Some(About {
        patient: address.family_name.as_str().to_uppercase(),
        nhs_number: address.nhs_number.spaced(),
        ..About::default()
    })
}
