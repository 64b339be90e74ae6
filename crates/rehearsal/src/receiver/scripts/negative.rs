//! Messages that have to be refused.

use itk3::ResponseCode as Code;

use super::super::build::Content;
use super::super::edit;
use super::super::expected::{Accepted, Expected, ExpectedAnswer, Wanted};
use super::super::generator::GeneratorSettings;
use super::super::payload::PayloadName;
use super::{Change, Variant, Version};

/// Longer messages than this are made for one payload of a run only.
const LONG: u64 = 8_000_000;
/// Longer ones are not made at all.
const LONGEST: u64 = 110_000_000;
/// How much longer than the limit a message is.
const BEYOND: u64 = 20_000;

const fn accepted(code: Code, remark: &'static str) -> Accepted {
    Accepted {
        code: Some(code),
        remark,
    }
}

const OLDER_LISTS: &[Accepted] = &[accepted(
    Code::InfrastructureFlagUnreadable,
    "10002 is what older lists of codes have for this",
)];
const UNSUPPORTED: &[Accepted] = &[accepted(
    Code::AttachmentUnsupported,
    "20005 says of the same attachment that it is not supported",
)];
const UNKNOWN_EVENT: &[Accepted] = &[accepted(
    Code::MessageDefinitionUnknown,
    "10004 says of the same event that it is not known",
)];
const BY_RULES: &[Accepted] = &[accepted(
    Code::HandlingBusinessRule,
    "10008 says of the same event that it breaks the payload's rules",
)];
const READ: &[Accepted] = &[accepted(
    Code::Success,
    "a version that can be read need not be refused",
)];
const NO_PERSON: &[Accepted] = &[
    accepted(
        Code::HeaderInvalid,
        "letters name organisations only, so that the header may be refused",
    ),
    accepted(
        Code::RecipientOrganisationUnknown,
        "20002 says of the same receiver that it is not served here",
    ),
];

pub(super) fn variants(
    case: &str,
    payload: PayloadName,
    settings: &GeneratorSettings,
) -> Result<Vec<Variant>, &'static str> {
    let one = |what, code, edit| Ok(vec![Variant::refused(what, code, edit)]);
    match case {
        "RX-N01" => Ok(unreadable()),
        "RX-N02" => one(
            "no handling extension",
            Code::HandlingSpecificationError,
            edit::no_handling,
        ),
        "RX-N03" => one(
            "InfAckRequested yes",
            Code::InfrastructureFlagUnreadable,
            edit::infrastructure_yes,
        ),
        "RX-N04" => one(
            "BusAckRequested yes",
            Code::BusinessFlagUnreadable,
            edit::business_yes,
        ),
        "RX-N05" => Ok(definitions(payload)),
        "RX-N06" => Ok(vec![version_of_the_future()]),
        "RX-N07" => one(
            "SenderReference empty",
            Code::SenderReferenceUnreadable,
            edit::reference_empty,
        ),
        "RX-N08" => Ok(vec![or(
            Variant::refused(
                "InfAckRequested false",
                Code::HandlingBusinessRule,
                edit::infrastructure_false,
            ),
            OLDER_LISTS,
        )]),
        "RX-N09" => one(
            "RecipientType XX",
            Code::RecipientTypeUnreadable,
            edit::recipient_type_unknown,
        ),
        "RX-N10" => Ok(vec![or(
            Variant::refused(
                "receiver is an unknown practitioner",
                Code::RecipientPersonUnknown,
                edit::receiver_person,
            ),
            NO_PERSON,
        )]),
        "RX-N11" => one(
            "receiver is another practice",
            Code::RecipientOrganisationUnknown,
            edit::receiver_practice,
        ),
        "RX-N12" => Ok(vec![or(
            Variant::refused(
                "Binary application/x-msdownload",
                Code::AttachmentNotApproved,
                edit::program,
            ),
            UNSUPPORTED,
        )]),
        "RX-N13" => unshown(settings),
        "RX-N14" => Ok(vec![
            Variant::refused("no focus", Code::HeaderInvalid, edit::no_focus),
            Variant::refused(
                "two MessageHeaders",
                Code::HeaderInvalid,
                edit::second_header,
            ),
            Variant::refused(
                "outer Bundle without identifier",
                Code::HeaderInvalid,
                edit::no_identifier,
            ),
        ]),
        "RX-N15" => Ok(again(
            "the same message again",
            Code::DuplicateMessage,
            Change::SameMessage,
        )),
        "RX-N16" => Ok(again(
            "the same document in another message",
            Code::DuplicateDocument,
            Change::SameDocument(edit::another_envelope),
        )),
        "RX-N17" => one(
            "confidentiality R",
            Code::PayloadInvalid,
            edit::confidential,
        ),
        "RX-N18" => Ok(vec![
            Variant::refused("no section", Code::PayloadInvalid, edit::no_section),
            Variant::refused(
                "section without Binary",
                Code::PayloadInvalid,
                edit::section_without_binary,
            ),
            Variant::refused(
                "content that is not base64",
                Code::PayloadInvalid,
                edit::not_base64,
            ),
        ]),
        "RX-N19" => Ok(vec![
            Variant::refused(
                "Patient without NHS number",
                Code::PayloadInvalid,
                edit::no_number,
            ),
            Variant::refused(
                "NHS number with a wrong check digit",
                Code::PayloadInvalid,
                edit::wrong_check_digit,
            ),
        ]),
        "RX-N20" => Ok(vec![
            Variant::refused("a Flag", Code::PayloadInvalid, edit::flag),
            Variant::refused("a Procedure", Code::PayloadInvalid, edit::procedure),
            Variant::refused("a ReferralRequest", Code::PayloadInvalid, edit::referral),
            Variant::refused("an Appointment", Code::PayloadInvalid, edit::appointment),
        ]),
        "RX-N21" if settings.update_record_on => {
            Err("needs a practice that has Update Record switched off: a run of its own")
        }
        "RX-N21" => Ok(vec![Variant::new(
            "good message, Update Record switched off",
            Expected::refused(Code::PayloadOrganisationUnknown),
        )]),
        "RX-N22" => Ok(vec![Variant {
            version: Version::AfterNone,
            ..Variant::new(
                "replaces a document that was never sent",
                Expected::refused(Code::ReplacementFailed),
            )
        }]),
        "RX-N23" => too_long(settings),
        "RX-N24" => one(
            "outer Bundle without identifier, Composition without title",
            Code::HeaderInvalid,
            edit::no_identifier_and_no_title,
        ),
        "RX-N25" => Ok(vec![Variant {
            change: Change::Tree(edit::no_title),
            ..Variant::new("Composition without title", ANY_REFUSAL)
        }]),
        _ => Ok(Vec::new()),
    }
}

const ANY_REFUSAL: Expected = Expected {
    infrastructure: ExpectedAnswer {
        wanted: Wanted::AnyRefusal,
        accepted: &[],
    },
    business: ExpectedAnswer::NOTHING,
};

fn or(variant: Variant, accepted: &'static [Accepted]) -> Variant {
    Variant {
        expected: variant.expected.or(accepted),
        ..variant
    }
}

fn unreadable() -> Vec<Variant> {
    let instead = |what, bytes| Variant {
        change: Change::Bytes(bytes),
        ..Variant::new(what, Expected::refused(Code::UnreadableMessage))
    };
    vec![
        instead(
            "text that is not XML",
            b"This is a text of a rehearsal, and not XML.\n",
        ),
        instead("empty file", b""),
    ]
}

fn definitions(payload: PayloadName) -> Vec<Variant> {
    let unknown = Variant::refused(
        "MessageDefinition that nobody knows",
        Code::MessageDefinitionUnknown,
        edit::unknown_definition,
    );
    let foreign = |code, accepted| {
        or(
            Variant::refused("event of pathology", code, edit::foreign_event),
            accepted,
        )
    };
    match payload {
        PayloadName::SendDocument13 | PayloadName::SendDocument20 => {
            vec![unknown, foreign(Code::HandlingBusinessRule, UNKNOWN_EVENT)]
        }
        PayloadName::UpdateRecord => vec![foreign(Code::HandlingBusinessRule, UNKNOWN_EVENT)],
        PayloadName::TransferOfCare => {
            vec![unknown, foreign(Code::MessageDefinitionUnknown, BY_RULES)]
        }
    }
}

/// Who reads it answers as to a good message.
fn version_of_the_future() -> Variant {
    const TAKEN: &[Accepted] = &[accepted(
        Code::PatientKnown,
        "a version that can be read need not be refused",
    )];
    let mut variant = or(
        Variant::refused(
            "MessageDefinition of a later version",
            Code::MessageDefinitionVersionUnknown,
            edit::definition_of_the_future,
        ),
        READ,
    );
    variant.expected.business.accepted = TAKEN;
    variant
}

fn unshown(settings: &GeneratorSettings) -> Result<Vec<Variant>, &'static str> {
    let Some(content_type) = settings.approved_unshown.clone() else {
        return Err("no approved content type was named that the product cannot show");
    };
    Ok(vec![Variant {
        content: Content::ThreeFiles,
        change: Change::ContentType(content_type),
        ..Variant::new(
            "attachment of a type that the product cannot show",
            Expected::refused(Code::AttachmentUnsupported),
        )
    }])
}

/// A good message, then the same again in one way or another.
fn again(what: &'static str, code: Code, change: Change) -> Vec<Variant> {
    vec![
        Variant::taken("good message, to be repeated"),
        Variant {
            change,
            ..Variant::new(what, Expected::refused(code))
        },
    ]
}

fn too_long(settings: &GeneratorSettings) -> Result<Vec<Variant>, &'static str> {
    match settings.limit {
        None => Err("the product's limit was not named"),
        Some(limit) if limit > LONGEST => {
            Err("the product's limit is above the 100 MB that MESH takes")
        }
        Some(limit) => Ok(vec![Variant {
            content: Content::Attached,
            change: Change::Length(limit.saturating_add(BEYOND)),
            ..Variant::new(
                "longer than the product's limit",
                Expected::refused(Code::TooLarge),
            )
        }]),
    }
}

/// Whether a message of this length is made for one payload only.
pub(in crate::receiver) fn is_made_once(change: &Change) -> bool {
    matches!(change, Change::Length(bytes) if *bytes > LONG)
}
