//! Transfer of Care as one payload of many.

use fhir::Document;
use itk3::payload::{self, Inner};
use itk3::{Checking, Event, Finding, Kind, Payload, PayloadError, Received};

use crate::Heading;

/// The letters of hospitals, ITK003D to ITK006D.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferOfCare;

static KINDS: [Kind; 4] = [
    Kind::INPATIENT_DISCHARGE,
    Kind::MENTAL_HEALTH_DISCHARGE,
    Kind::EMERGENCY_CARE,
    Kind::OUTPATIENT_LETTER,
];

/// The row a message is judged by: that of its event, else of its workflow, else the first, whose rules
/// then say that the event is another.
pub(crate) fn kind_of(event: Option<&str>, workflow: Option<&str>) -> Kind {
    let event = event.and_then(Event::parse);
    let by_event = KINDS.iter().find(|kind| Some(kind.event) == event);
    let carries = |kind: &&Kind| workflow.is_some_and(|id| kind.workflows.contains(&id));
    let found = by_event.or_else(|| KINDS.iter().find(carries));
    *found.unwrap_or(&Kind::INPATIENT_DISCHARGE)
}

impl Payload for TransferOfCare {
    fn kinds(&self) -> &'static [Kind] {
        &KINDS
    }

    fn title(&self) -> &'static str {
        "Transfer of Care"
    }

    fn check(&self, message: &Document, checking: &Checking<'_>) -> Vec<Finding> {
        crate::check(message, checking)
    }

    fn requirement(&self, id: &str) -> Option<&'static str> {
        crate::rules()
            .find(|(rule, _)| *rule == id)
            .map(|(_, text)| text)
    }

    /// A section without a title has that of its heading.
    fn read(&self, message: &Document) -> Result<Received, PayloadError> {
        let mut received = payload::read(message, Inner::Document)?;
        for section in &mut received.sections {
            let heading = section.code.as_deref().and_then(Heading::of_code);
            if let Some(heading) = heading.filter(|_| section.title.is_empty()) {
                heading.title.clone_into(&mut section.title);
            }
        }
        Ok(received)
    }
}
