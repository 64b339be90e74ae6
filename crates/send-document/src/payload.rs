//! Send Document as one payload of many, an edition each.

use std::borrow::Cow;

use fhir::Document;
use itk3::payload::{BuildParams, Built};
use itk3::{Checking, Finding, Kind, Payload, PayloadError, Received, check};
use nhs::WorkflowId;

use crate::{CheckedConsultation, Ruleset, build, check_as, read, requirements};

/// GP Connect Send Document by the rules of one release; [`Ruleset::workflow`] carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendDocument(pub Ruleset);

static KINDS: [Kind; 1] = [Kind::SEND_DOCUMENT];

impl Payload for SendDocument {
    fn kinds(&self) -> &'static [Kind] {
        &KINDS
    }

    fn title(&self) -> &'static str {
        match self.0 {
            Ruleset::V1_3 => "Send Document 1.3",
            Ruleset::V2_0 => "Send Document 2.0",
        }
    }

    fn takes(&self, workflow: &WorkflowId) -> bool {
        Ruleset::of_workflow(workflow) == Some(self.0)
    }

    fn check(&self, message: &Document, checking: &Checking<'_>) -> Vec<Finding> {
        let own = crate::Checking {
            ruleset: self.0,
            transport: checking.transport,
            view: checking.view,
            budget: checking.budget,
        };
        let mut findings = check_as(message, &own);
        if let Some(transport) = checking.transport {
            findings.extend(check::on_workflow_of_another(
                &Kind::SEND_DOCUMENT,
                transport,
            ));
        }
        if let Some(served) = checking.served {
            findings.extend(check::served(&message.root, served));
        }
        findings
    }

    fn requirement(&self, id: &str) -> Option<&'static str> {
        requirements()
            .find(|requirement| requirement.id == id)
            .map(|requirement| requirement.text)
    }

    fn read(&self, message: &Document) -> Result<Received, PayloadError> {
        Ok(read(message)?)
    }

    /// The older workflow carries nothing but out-of-practice consultations, whatever type a document
    /// states; on the newer one the type tells.
    fn listed_kind<'a>(&self, received: &'a Received) -> Cow<'a, str> {
        let title = Some(received.title.as_str()).filter(|title| !title.is_empty());
        let stated = received.document_type.as_deref().or(title);
        Cow::Borrowed(match self.0 {
            Ruleset::V1_3 => "Consultation Summary",
            Ruleset::V2_0 => stated.unwrap_or("Document"),
        })
    }

    fn build(&self, input: &[u8], params: &BuildParams<'_>) -> Result<Built, PayloadError> {
        let consultation = CheckedConsultation::from_json(input)?;
        Ok(build(&consultation, self.0, params)?.built)
    }
}
