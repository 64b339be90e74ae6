//! What holds for every answer (RX-A01, RX-A02), as far as one answer shows it.

use itk3::same_id;

use super::super::answer::Answer;
use super::super::plan::Planned;
use super::super::run::RunSettings;
use super::privacy;

/// Notes in the answer what speaks against it.
pub(in super::super) fn compare(settings: &RunSettings, planned: &Planned, answer: &mut Answer) {
    let mut breaches = Vec::new();
    identifier(planned, answer, &mut breaches);
    reference(planned, answer, &mut breaches);
    addresses(settings, planned, answer, &mut breaches);
    answer.breaches.append(&mut breaches);
    answer.told = privacy::told(settings, planned, &answer.texts);
    // they may hold anything, and are in the pack with the answer itself
    answer.texts = Vec::new();
}

fn identifier(planned: &Planned, answer: &Answer, breaches: &mut Vec<String>) {
    let named = answer.read.in_response_to.as_deref();
    let fault = match (planned.header_id.as_deref(), named) {
        (Some(own), Some(named)) if same_id(own, named) => return,
        (None, None) => return,
        (Some(_), None) if answer.is_of_unread() => return,
        (Some(_), None) => "found UNREADABLE-IN-ORIGINAL-MESSAGE where the message has an id",
        (Some(_), Some(_)) => "found another id",
        (None, Some(_)) => "found an id where the message has none that can be read",
    };
    breaches.push(format!(
        "MessageHeader.response.identifier: expected the MessageHeader.id of the message, {fault}"
    ));
}

/// GPCM-SD-052.
fn reference(planned: &Planned, answer: &Answer, breaches: &mut Vec<String>) {
    let Some(own) = planned.sender_reference.as_deref() else {
        return;
    };
    if answer.read.sender_reference.as_deref().map(str::trim) == Some(own.trim()) {
        return;
    }
    let is_unread = planned.header_id.is_none() || answer.is_of_unread();
    if !is_unread {
        breaches.push(
            "SenderReference: expected that of the message repeated, found another or none"
                .to_owned(),
        );
    }
}

fn addresses(
    settings: &RunSettings,
    planned: &Planned,
    answer: &Answer,
    breaches: &mut Vec<String>,
) {
    if !answer.is_on_workflow(planned) {
        let workflow = planned.workflow.acknowledgement();
        breaches.push(format!(
            "Workflow: expected {workflow}, found another or none"
        ));
    }
    if !answer.is_to(&settings.sender) {
        breaches.push(format!(
            "Addressee: expected the mailbox {}, found another or none",
            settings.sender
        ));
    }
}
