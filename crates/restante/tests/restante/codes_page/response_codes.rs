//! The codes of ITK3's acknowledgements.

use itk3::Class;
use itk3::ResponseCode::{self, *};
use itk3::advice::of_response;

use super::row;

/// What the code stands for, where its display does not say it.
fn cause(code: ResponseCode) -> &'static str {
    match code {
        HandlingSpecificationError => {
            "the MessageHandling extension is missing, or cannot be read as a whole"
        }
        InfrastructureFlagUnreadable => "`InfAckRequested` is neither true nor false",
        BusinessFlagUnreadable => "`BusAckRequested` is neither true nor false",
        MessageDefinitionUnknown => {
            "the message definition cannot be read, or is of a message this system does not take"
        }
        MessageDefinitionVersionUnknown => "the message definition is known and its version is not",
        PriorityUnreadable => "retired with ITK3 2.5: read, and never sent",
        SenderReferenceUnreadable => "`SenderReference` is empty or wrong",
        HandlingBusinessRule => "a flag that the payload demands is false, or a key is missing",
        UnreadableMessage => "no well-formed XML or JSON, or cut off",
        RecipientTypeUnreadable => "`RecipientType` has another value than FI or FA",
        RecipientPersonUnknown => "the header names a person who is not known here",
        RecipientOrganisationUnknown => "the header names an organisation that is not known here",
        SenderUnknown => "the sender is not known here; not used where MESH finds the practice",
        AttachmentNotApproved => {
            "an attachment's type is not allowed, or the malware scanner found something"
        }
        AttachmentUnsupported => "an attachment's type is allowed, and this system cannot open it",
        HeaderInvalid => "the bundle or the MessageHeader breaks a rule",
        DuplicateMessage => "a message of this identifier was taken before",
        DuplicateDocument => "a document of this identifier was taken before, in another message",
        PayloadInvalid => "the document breaks a rule; the issue's diagnostics name it",
        PayloadOrganisationUnknown => {
            "the document is for an organisation that this system does not serve"
        }
        PayloadPersonUnknown => "the document is for a person who is not known here",
        SenderUnauthorised => {
            "the sender may not send here; not used where MESH finds the practice"
        }
        Success => "received and read; a business answer may follow",
        ReplacementFailed => "the earlier version could not be replaced",
        TooLarge => "larger than the receiver takes (5 MB by the guide)",
        PatientKnown => "number, birth date and family name are those of a patient registered here",
        PatientUnknown => "no such number, or another birth date or family name",
        PatientLeft => "registered elsewhere since, or dead for more than six months",
        PatientRecentlyDeceased => "registered here at death, less than six months ago",
        RegistrationPending => "somebody has to contact the practice",
        code if code >= ReferralOpen => "an answer to a referral or registration, since ITK3 2.10",
        code => panic!("no words for {code}"),
    }
}

/// What to do: as the pages and `reconcile` say it, for the codes that refuse.
fn remedy(code: ResponseCode) -> &'static str {
    match (code.is_positive(), code.class(), code) {
        (true, ..) => "nothing",
        // A referral or registration was answered; nobody's message went wrong.
        (false, Class::Business, PatientUnknown | PatientLeft)
        | (false, Class::Infrastructure, _) => of_response(code).advice,
        (false, Class::Business, _) => "read the answer to the person it is about",
        (false, Class::Retired, _) => "tell the system's supplier",
    }
}

pub(super) fn write(page: &mut String) {
    page.push_str(
        "## ITK3 response codes\n\nWhat an acknowledgement says. Infrastructure codes come first and say whether the message \
         could be read; business codes say what became of it. A code that refuses ends the transaction: no further answer \
         comes. The words under *what to do* are those of a practice's pages and of `restante reconcile`.\n\n| code | \
         display | class | good | cause | what to do |\n|---|---|---|---|---|---|\n",
    );
    for code in ResponseCode::ALL {
        let class = match code.class() {
            Class::Infrastructure => "infrastructure",
            Class::Business => "business",
            Class::Retired => "retired",
        };
        let good = if code.is_positive() { "yes" } else { "no" };
        row(
            page,
            &[
                code.code(),
                code.display(),
                class,
                good,
                cause(*code),
                remedy(*code),
            ],
        );
    }
}
