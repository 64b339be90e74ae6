//! Every URL that ITK3 Message Distribution fixes: profiles, code systems, definitions.

/// Profile of the outer bundle.
pub const MESSAGE_BUNDLE: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/ITK-Message-Bundle-1";
/// Profile of the document bundle inside the message.
pub const DOCUMENT_BUNDLE: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/ITK-Document-Bundle-1";
/// Profile of the message header.
pub const MESSAGE_HEADER: &str = "https://fhir.nhs.uk/STU3/StructureDefinition/ITK-MessageHeader-2";
/// URL of the message handling extension.
pub const MESSAGE_HANDLING: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-ITK-MessageHandling-2";
/// Profile of the organisation that the header names as sender or receiver.
pub const HEADER_ORGANIZATION: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-ITK-Header-Organization-1";
/// Profile of the practitioner that the header names as sender or receiver.
pub const HEADER_PRACTITIONER: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-ITK-Header-Practitioner-1";
/// Profile of an attachment.
pub const ATTACHMENT_BINARY: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/ITK-Attachment-Binary-1";
/// Profile of the outcome in an acknowledgement.
pub const RESPONSE_OUTCOME: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/ITK-Response-OperationOutcome-1";

/// Code system of the response codes.
pub const RESPONSE_CODES: &str = "https://fhir.nhs.uk/STU3/CodeSystem/ITK-ResponseCodes-1";
/// Code system of the response codes before ITK3 2.3.0; read, never written.
pub const LEGACY_RESPONSE_CODES: &str = "https://fhir.nhs.uk/STU3/CodeSystem/ITK-Acknowledgement-1";
/// Code system of the events.
pub const MESSAGE_EVENTS: &str = "https://fhir.nhs.uk/STU3/CodeSystem/ITK-MessageEvent-2";
/// Code system of `RecipientType`.
pub const RECIPIENT_TYPES: &str = "https://fhir.nhs.uk/STU3/CodeSystem/ITK-RecipientType-1";

/// Message definition of an acknowledgement.
pub const RESPONSE_DEFINITION: &str =
    "https://fhir.nhs.uk/STU3/MessageDefinition/ITK-Response-MessageDefinition-1";
/// The spelling of it before ITK3 2.5.1; read, never written.
pub const RESPONSE_DEFINITION_INSTANCE: &str =
    "https://fhir.nhs.uk/STU3/MessageDefinition/ITK-Response-MessageDefinition-Instance-1";

/// Identifier system of an NHS number.
pub const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
/// Identifier system of an ODS organisation code.
pub const ODS_ORGANIZATION_CODE: &str = "https://fhir.nhs.uk/Id/ods-organization-code";
/// Identifier system of an ODS site code.
pub const ODS_SITE_CODE: &str = "https://fhir.nhs.uk/Id/ods-site-code";
/// Identifier system of an SDS user id.
pub const SDS_USER_ID: &str = "https://fhir.nhs.uk/Id/sds-user-id";
/// Identifier system of an SDS role profile id.
pub const SDS_ROLE_PROFILE_ID: &str = "https://fhir.nhs.uk/Id/sds-role-profile-id";
/// Identifier system of a bundle's UUID, as the published messages write it.
pub const UUID_SYSTEM: &str = "https://tools.ietf.org/html/rfc4122";

/// The prefix of every `fullUrl` and reference in a message.
pub const URN_UUID: &str = "urn:uuid:";
/// `SenderReference` and `LocalExtension` when unused.
pub const NONE: &str = "None";
/// `response.identifier` when the id of the message answered could not be read.
pub const UNREADABLE_ID: &str = "UNREADABLE-IN-ORIGINAL-MESSAGE";
