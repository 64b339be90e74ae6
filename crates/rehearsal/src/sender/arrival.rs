//! One message that came from the system on trial, with what was found in it and what became of it.

use fhir::{Budget, Document};
use itk3::{Checking, Finding, Message, Received, Stage, TransportMetadata, View};
use jiff::Timestamp;
use nhs::OdsCode;
use send_document::Ruleset;
use serde::Serialize;

use super::patients::Whose;

/// How the system reaches MESH.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Through a MESH client and its directories: the control file is its word.
    Client,
    /// Through the API: the headers are.
    Api,
}

/// What the sender said of its message beside the bytes. Patient data: no `Debug`.
#[derive(Clone)]
pub struct Sent {
    /// `From_DTS`, `Mex-From`; the mailbox that sent where nothing is said.
    pub from: String,
    /// `To_DTS`, `Mex-To`.
    pub to: String,
    /// `Subject`, `Mex-Subject`.
    pub subject: String,
    /// `WorkflowId`, `Mex-WorkflowID`.
    pub workflow: String,
    /// `LocalId`, `Mex-LocalID`.
    pub local_id: String,
}

/// A message as it arrived at the exchange. Patient data: no `Debug`.
pub struct Arrived {
    /// The id the exchange gave.
    pub message_id: String,
    /// When all of it was there.
    pub at: Timestamp,
    /// The mailbox that sent it.
    pub mailbox: String,
    /// By which way.
    pub way: Way,
    /// What was said of it.
    pub sent: Sent,
    /// The bytes, expanded.
    pub bytes: Vec<u8>,
    /// The control file or headers as they were, for the pack.
    pub control: Vec<u8>,
    /// The given name that was asked for at the page instead of in the message.
    pub asked_at_page: Option<String>,
}

/// A moment of a message's way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What: `accepted`, `routed`, `collected`, `answered`, `matched`.
    pub what: &'static str,
    /// Codes and ids.
    pub detail: String,
}

/// An answer that the partner sent.
#[derive(Clone)]
pub struct Answer {
    /// `inf` or `bus`.
    pub kind: &'static str,
    /// Five digits.
    pub code: String,
    /// The message that carried it.
    pub message_id: String,
    /// As it was sent.
    pub bytes: Vec<u8>,
    /// When the system on trial took it out of its inbox.
    pub collected: Option<Timestamp>,
    /// Whether the system said which of its messages it answers; none where that is not visible.
    pub matched: Option<bool>,
}

/// A message of the run.
pub struct Arrival {
    /// From 1 in the order in which the run took them; 0 before.
    pub number: u32,
    /// As it arrived.
    pub arrived: Arrived,
    /// What is read out of it; none where it cannot be read or is withheld.
    pub received: Option<Received>,
    /// The id of its header, which answers name.
    pub header_id: Option<String>,
    /// The header's timestamp.
    pub made_at: Option<Timestamp>,
    /// Every rule it breaks.
    pub findings: Vec<Finding>,
    /// Where the exchange took it.
    pub routed: Option<OdsCode>,
    /// The status code of a failure to deliver.
    pub failure: Option<String>,
    /// What was answered.
    pub answers: Vec<Answer>,
    /// Its way.
    pub steps: Vec<Step>,
    /// The script it belongs to, 1 to 13.
    pub script: Option<u8>,
    /// The given name that decided the answer.
    pub keyword: Option<String>,
    /// Set aside by the tester, who tries the script again: it counts no more.
    pub set_aside: bool,
    /// Whether its patient is a test patient.
    pub whose: Whose,
    /// It may be about a person: nothing of the message is kept.
    pub withheld: bool,
}

impl Arrival {
    /// Reads and checks a message by the rules of a release.
    pub fn of(arrived: Arrived, ruleset: Ruleset, budget: &Budget<'_>) -> Self {
        let (received, made_at, findings) = match message_check::read(&arrived.bytes) {
            Ok(document) => looked_into(&document, &arrived, ruleset, budget),
            Err(error) => (None, None, vec![itk3::check::unreadable(&error)]),
        };
        let patient = received.as_ref().and_then(|it| it.patient.nhs_number);
        let header_id = received
            .as_ref()
            .and_then(|it| it.message_header_id.clone());
        Self {
            number: 0,
            whose: Whose::of(patient, &arrived.sent.to),
            received,
            header_id,
            made_at,
            findings,
            routed: None,
            failure: None,
            answers: Vec::new(),
            steps: vec![Step {
                at: arrived.at,
                what: "accepted",
                detail: arrived.message_id.clone(),
            }],
            script: None,
            keyword: None,
            set_aside: false,
            withheld: false,
            arrived,
        }
    }

    /// Forgets what may be about a person. Rule and place of its findings stay for the verdicts; see [`Self::words_of`].
    pub(super) fn withhold(&mut self) {
        self.withheld = true;
        self.received = None;
        self.arrived.bytes = Vec::new();
        self.arrived.control = Vec::new();
        let sent = &mut self.arrived.sent;
        for said in [
            &mut sent.from,
            &mut sent.to,
            &mut sent.subject,
            &mut sent.workflow,
            &mut sent.local_id,
        ] {
            said.clear();
        }
    }

    /// A finding for people: of a withheld message its rule alone, for the words and the place come from the message.
    pub(super) fn words_of(&self, finding: &Finding) -> String {
        if self.withheld {
            format!("{}: {}", finding.id, Self::NO_WORDS)
        } else {
            finding.to_string()
        }
    }

    /// In the place of what is not kept of a finding.
    pub(super) const NO_WORDS: &str = "not kept, the message may be about a person";

    /// The patient's number.
    pub fn patient(&self) -> Option<u64> {
        let received = self.received.as_ref()?;
        received.patient.nhs_number.map(|number| number.value())
    }

    /// The version the message tells; 1 where it tells none.
    pub fn version(&self) -> u32 {
        let version = self.received.as_ref().and_then(|it| it.version);
        version.unwrap_or(1)
    }

    /// The document it says it replaces.
    pub fn replaces(&self) -> Option<&str> {
        self.received.as_ref()?.replaces.as_deref()
    }

    /// Whether an id names this document.
    pub fn is_named_by(&self, id: &str) -> bool {
        let Some(received) = &self.received else {
            return false;
        };
        let ids = [
            Some(received.document_id.as_str()),
            received.composition_identifier.as_deref(),
            received.document_bundle_id.as_deref(),
        ];
        ids.into_iter().flatten().any(|own| itk3::same_id(own, id))
    }

    /// The codes answered, in their order.
    pub fn codes(&self) -> Vec<&str> {
        self.answers.iter().map(|it| it.code.as_str()).collect()
    }
}

fn looked_into(
    document: &Document,
    arrived: &Arrived,
    ruleset: Ruleset,
    budget: &Budget<'_>,
) -> (Option<Received>, Option<Timestamp>, Vec<Finding>) {
    let sent = &arrived.sent;
    let transport = TransportMetadata {
        from: &sent.from,
        to: &sent.to,
        subject: &sent.subject,
        workflow: &sent.workflow,
        local_id: &sent.local_id,
        stage: Stage::Sent,
    };
    let payload = message_check::of_release(ruleset);
    let findings = payload.check(
        document,
        &Checking {
            transport: Some(&transport),
            view: View::Sender,
            served: None,
            budget,
        },
    );
    let made_at = Message::of(&document.root)
        .as_ref()
        .and_then(Message::timestamp)
        .and_then(|text| text.parse().ok());
    (payload.read(document).ok(), made_at, findings)
}
