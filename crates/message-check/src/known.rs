//! The payloads that are known here: those with rules of their own, then the one for any message.

use fhir::Document;
use itk3::payload::{self, General};
use itk3::{Kind, Message, Payload};
use nhs::WorkflowId;
use send_document::{Ruleset, SendDocument};
use transfer_of_care::TransferOfCare;
use update_record::UpdateRecord;

/// Every payload known, [`General`] last. A new one is a line here.
pub static KNOWN: [&dyn Payload; 5] = [
    &SendDocument(Ruleset::V1_3),
    &SendDocument(Ruleset::V2_0),
    &UpdateRecord,
    &TransferOfCare,
    &General,
];

/// The payload a message is judged and shown by: that of its event, of several that of the workflow too;
/// that of the workflow where its event is not known. `stated` is the release of Send Document asked for by name; what cannot be
/// told at all is checked as Send Document, for nearly all messages are.
pub fn of_message(
    message: Option<&Document>,
    workflow: Option<&WorkflowId>,
    stated: Option<Ruleset>,
) -> &'static dyn Payload {
    let envelope = message.and_then(|message| Message::of(&message.root));
    let has_event = envelope.as_ref().is_some_and(|it| it.event().is_some());
    let chosen = payload::choose(&KNOWN, envelope.as_ref(), workflow);
    let is_send_document = |payload: &dyn Payload| payload.kinds() == [Kind::SEND_DOCUMENT];
    match (chosen, stated) {
        (Some(chosen), None) => chosen,
        (Some(chosen), Some(_)) if !is_send_document(chosen) => chosen,
        (None, _) if has_event => &General,
        (_, stated) => of_release(stated.unwrap_or_default()),
    }
}

/// Send Document by the rules of a release.
pub fn of_release(ruleset: Ruleset) -> &'static dyn Payload {
    match ruleset {
        Ruleset::V1_3 => &SendDocument(Ruleset::V1_3),
        Ruleset::V2_0 => &SendDocument(Ruleset::V2_0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(event: Option<&str>, workflow: Option<&str>, stated: Option<Ruleset>) -> &'static str {
        let event = event.map_or(String::new(), |code| {
            format!("<event><code value=\"{code}\"/></event>")
        });
        let text = format!(
            "<Bundle xmlns=\"http://hl7.org/fhir\"><entry><resource><MessageHeader>{event}\
             </MessageHeader></resource></entry></Bundle>"
        );
        let message = fhir::xml::read(text.as_bytes(), &fhir::Limits::default()).unwrap();
        let workflow = workflow.map(|id| WorkflowId::parse(id).unwrap());
        of_message(Some(&message), workflow.as_ref(), stated).title()
    }

    #[test]
    fn the_event_decides_then_the_workflow_then_what_was_asked_for() {
        let (new, old) = (
            Some("GPCONNECT_SEND_DOCUMENT"),
            Some("GPFED_CONSULT_REPORT"),
        );
        let (first, second) = (Some(Ruleset::V1_3), Some(Ruleset::V2_0));
        for (event, workflow, stated, expected) in [
            (Some("ITK007C"), None, None, "Send Document 1.3"),
            (Some("ITK007C"), new, None, "Send Document 2.0"),
            (Some("ITK007C"), new, first, "Send Document 1.3"),
            (Some("ITK007C"), old, second, "Send Document 2.0"),
            (Some("ITK006D"), None, None, "Transfer of Care"),
            (Some("ITK006D"), new, second, "Transfer of Care"),
            (Some("ITK014M"), new, None, "Update Record 1.2"),
            (
                Some("ITK007C"),
                Some("GPCONNECT_UPDATE_RECORD"),
                None,
                "Send Document 1.3",
            ),
            (
                Some("ITK003D"),
                Some("TOC_FHIR_OP_ATTEN"),
                None,
                "Transfer of Care",
            ),
            (Some("ITK014M"), None, None, "Update Record 1.2"),
            (Some("ITK999X"), None, None, "any ITK3 message"),
            (Some("ITK999X"), new, None, "Send Document 2.0"),
            (None, None, None, "Send Document 1.3"),
            (None, None, second, "Send Document 2.0"),
            (None, new, None, "Send Document 2.0"),
            (None, Some("TOC_FHIR_OP_ATTEN"), None, "Transfer of Care"),
            (Some("ITK009D"), None, None, "any ITK3 message"),
        ] {
            assert_eq!(
                title(event, workflow, stated),
                expected,
                "{event:?} {workflow:?}"
            );
        }
    }
}
