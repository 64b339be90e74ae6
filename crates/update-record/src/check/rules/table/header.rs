//! Outer bundle, header and handling extension: the rules.

use itk3::ResponseCode;

use crate::check::table::{Rule, Strength, Verdict, rule};

pub(in crate::check::rules) const RULES: &[Rule] = &[
    rule(
        "UR-H01",
        Strength::Must,
        Verdict::Refused(ResponseCode::HeaderInvalid),
        "ITK-Message-Bundle-1: type message, identifier.value present and unique",
    ),
    rule(
        "UR-H02",
        Strength::Must,
        Verdict::Refused(ResponseCode::HeaderInvalid),
        "Holds one MessageHeader (first), one header Organization, one document Bundle",
    ),
    rule(
        "UR-H03",
        Strength::Must,
        Verdict::Refused(ResponseCode::HandlingSpecificationError),
        "Handling extension (MessageHandling-2) present, six parts, each once",
    ),
    rule(
        "UR-H04",
        Strength::Must,
        Verdict::Refused(ResponseCode::BusinessFlagUnreadable),
        "BusAckRequested true (asks 30001..30003)",
    ),
    rule(
        "UR-H05",
        Strength::Must,
        Verdict::Refused(ResponseCode::InfrastructureFlagUnreadable),
        "InfAckRequested true (asks 10001..20013)",
    ),
    rule(
        "UR-H06",
        Strength::Must,
        Verdict::Refused(ResponseCode::RecipientTypeUnreadable),
        "RecipientType FA or FI with system and display",
    ),
    rule(
        "UR-H07",
        Strength::Must,
        Verdict::Refused(ResponseCode::HandlingBusinessRule),
        "MessageDefinition reference = https://fhir.nhs.uk/MessageDefinition; none exists for this payload",
    ),
    rule(
        "UR-H08",
        Strength::Must,
        Verdict::Refused(ResponseCode::SenderReferenceUnreadable),
        "SenderReference: unique id of the activity, 1..255 characters",
    ),
    rule(
        "UR-H09",
        Strength::Must,
        Verdict::Refused(ResponseCode::HandlingBusinessRule),
        "LocalExtension None",
    ),
    rule(
        "UR-H10",
        Strength::Must,
        Verdict::Refused(ResponseCode::HandlingBusinessRule),
        "Event ITK014M, system ITK-MessageEvent-2",
    ),
    rule(
        "UR-H11",
        Strength::Must,
        Verdict::Refused(ResponseCode::HeaderInvalid),
        "Sender points at the header Organization with an ODS code",
    ),
    rule(
        "UR-H12",
        Strength::Must,
        Verdict::Refused(ResponseCode::HeaderInvalid),
        "source.endpoint = sender mailbox id",
    ),
    rule(
        "UR-H13",
        Strength::Must,
        Verdict::Refused(ResponseCode::HeaderInvalid),
        "Timestamp instant with zone",
    ),
    rule(
        "UR-H14",
        Strength::Must,
        Verdict::Refused(ResponseCode::HeaderInvalid),
        "Focus exactly one, the document Bundle",
    ),
    rule(
        "UR-H15",
        Strength::May,
        Verdict::Told,
        "Receiver may be absent over MESH",
    ),
    rule(
        "UR-H16",
        Strength::Must,
        Verdict::Refused(ResponseCode::HeaderInvalid),
        "No destination, enterer, author, responsible, reason, response",
    ),
];
