//! Which of many findings a message is answered with.

use fhir::Severity;

use super::Finding;
use crate::ResponseCode;

/// The one finding to answer a message with: a response carries one code, and the receiver stops at
/// the first step that fails (read, header, handling, recipient, duplicate, payload). `None` when
/// nothing forbids to accept the message.
pub fn answer(findings: &[Finding]) -> Option<&Finding> {
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    errors
        .filter_map(|finding| Some((step(finding.response?), finding)))
        .min_by_key(|(step, _)| *step)
        .map(|(_, finding)| finding)
}

/// The receiver's step at which a code is given; of one step, the more exact code first.
fn step(code: ResponseCode) -> u8 {
    use ResponseCode as Code;
    match code {
        Code::UnreadableMessage | Code::TooLarge => 0,
        Code::HeaderInvalid => 1,
        Code::InfrastructureFlagUnreadable
        | Code::BusinessFlagUnreadable
        | Code::MessageDefinitionUnknown
        | Code::MessageDefinitionVersionUnknown
        | Code::PriorityUnreadable
        | Code::SenderReferenceUnreadable
        | Code::RecipientTypeUnreadable => 2,
        Code::HandlingBusinessRule => 3,
        Code::HandlingSpecificationError => 4,
        Code::SenderUnknown | Code::SenderUnauthorised => 5,
        Code::RecipientPersonUnknown | Code::RecipientOrganisationUnknown => 6,
        Code::DuplicateMessage => 7,
        Code::DuplicateDocument => 8,
        _ => 9,
    }
}
