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

/// What is put right in the system that sent the message.
fn in_the_system(code: ResponseCode) -> &'static str {
    match code {
        HandlingSpecificationError => {
            "write the ITK-MessageHandling-2 extension into the MessageHeader, with all its keys"
        }
        InfrastructureFlagUnreadable => "write true or false, as a boolean",
        BusinessFlagUnreadable => "write true or false, as a boolean",
        MessageDefinitionUnknown => {
            "name the definition of the payload, letter by letter; ask which ones the receiver takes"
        }
        MessageDefinitionVersionUnknown => "name a version that the receiver takes",
        PriorityUnreadable => "leave the priority out",
        SenderReferenceUnreadable => "write a reference of your own",
        HandlingBusinessRule => {
            "set both flags to true for Send Document, and write every key that the payload wants"
        }
        UnreadableMessage => {
            "see that the file is whole and UTF-8; `restante message check` names the line"
        }
        RecipientTypeUnreadable => "write FA (for action) or FI (for information)",
        RecipientPersonUnknown | RecipientOrganisationUnknown => {
            "take the receiver from the directory, or leave it to MESH"
        }
        SenderUnknown | SenderUnauthorised => {
            "agree with the receiver who sends, and with which ODS code"
        }
        AttachmentNotApproved => "send PDF; have what is attached scanned before it is sent",
        AttachmentUnsupported => "send PDF, and see that the content is of the type it says",
        HeaderInvalid | PayloadInvalid => {
            "`restante message check` names the rule, the place and the remedy"
        }
        DuplicateMessage => {
            "give each message an id of its own; send one again only when nobody knows whether it arrived"
        }
        DuplicateDocument => {
            "give each document an identifier of its own; a new version is sent as a replacement"
        }
        PayloadOrganisationUnknown | PayloadPersonUnknown => {
            "take the addressee from the patient's registration"
        }
        ReplacementFailed => {
            "name the identifier of the version that is replaced, and send that one first"
        }
        TooLarge => "stay below 5 MB: smaller attachments, or fewer",
        PatientUnknown | PatientLeft => {
            "show it to a person at once: the report has not reached anybody"
        }
        _ => "",
    }
}

pub(super) fn write(page: &mut String) {
    page.push_str(
        "## ITK3 response codes\n\nWhat an acknowledgement says. Infrastructure codes come first and say whether the message \
         could be read; business codes say what became of it. A code that refuses ends the transaction: no further answer \
         comes. The words under *a person* are those of a practice's pages and of `restante reconcile`.\n\n| code | \
         display | class | cause | a person | in the sending system |\n|---|---|---|---|---|---|\n",
    );
    for code in ResponseCode::ALL {
        let kind = match code.class() {
            Class::Infrastructure => "infrastructure",
            Class::Business => "business",
            Class::Retired => "retired",
        };
        let class = match code.is_positive() {
            true => format!("{kind}, good"),
            false => format!("{kind}, refuses"),
        };
        let (cause, person) = (cause(*code), remedy(*code));
        let cells = [
            code.code(),
            code.display(),
            &class,
            cause,
            person,
            in_the_system(*code),
        ];
        row(page, &cells);
    }
}
