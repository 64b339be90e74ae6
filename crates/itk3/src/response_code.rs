//! The 49 response codes, each with its class, severity and issue types.

use crate::IssueType;
use crate::IssueType::{
    BusinessRule, CodeInvalid, Duplicate, Extension, Informational, Invalid, Invariant, NotFound,
    NotSupported, Processing, Required, Security, Structure, Value,
};

/// Which of the two acknowledgements a code belongs to. There is no other marker than the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// 1xxxx and 2xxxx: could the message be received and read?
    Infrastructure,
    /// 3xxxx: what became of it.
    Business,
    /// 10006: read, never sent since ITK3 2.5.0.
    Retired,
}

/// A code's `OperationOutcome.issue.severity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IssueSeverity {
    /// `fatal`
    Fatal,
    /// `warning`
    Warning,
    /// `information`
    Information,
}

impl IssueSeverity {
    /// The FHIR code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Warning => "warning",
            Self::Information => "information",
        }
    }
}

const FATAL: IssueSeverity = IssueSeverity::Fatal;
const WARNING: IssueSeverity = IssueSeverity::Warning;
const INFORMATION: IssueSeverity = IssueSeverity::Information;

/// What a code maps to: is it positive, the issue's severity, the issue types it may carry.
struct Mapping(bool, IssueSeverity, &'static [IssueType]);

/// `ok` / `information` / `informational`.
const OK: Mapping = Mapping(true, INFORMATION, &[Informational]);
/// `fatal-error` / `warning` / `informational`.
const WARN: Mapping = Mapping(false, WARNING, &[Informational]);

/// `fatal-error` / `fatal` / one of these.
const fn fatal(types: &'static [IssueType]) -> Mapping {
    Mapping(false, FATAL, types)
}

const PROCESSING: Mapping = fatal(&[Processing]);
const NOT_FOUND: Mapping = fatal(&[NotFound]);
const SECURITY: Mapping = fatal(&[Security]);
const DUPLICATE: Mapping = fatal(&[Duplicate]);
const HEADER: Mapping = fatal(&[
    Invalid,
    Structure,
    Required,
    Value,
    Processing,
    CodeInvalid,
    Extension,
]);
const PAYLOAD: Mapping = fatal(&[
    Invalid,
    Structure,
    Required,
    Value,
    Invariant,
    Processing,
    NotSupported,
    CodeInvalid,
    Extension,
    BusinessRule,
]);

macro_rules! response_codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $display:literal, $mapping:expr;)*) => {
        /// An ITK3 response code (code system ITK-ResponseCodes-1, version 1.5.0), and the retired
        /// 10006.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum ResponseCode {
            $($(#[$doc])* #[doc = concat!($number, ": ", $display)] $name = $number,)*
        }

        impl ResponseCode {
            /// Every code, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The display of the code system, byte for byte.
            pub fn display(self) -> &'static str {
                match self { $(Self::$name => $display,)* }
            }

            /// The five digits.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => stringify!($number),)* }
            }

            fn mapping(self) -> Mapping {
                match self { $(Self::$name => $mapping,)* }
            }
        }
    };
}

response_codes! {
    HandlingSpecificationError = 10001, "Handling Specification Error", PROCESSING;
    InfrastructureFlagUnreadable = 10002, "Infrastructure Level Response Value - Processing Error", PROCESSING;
    BusinessFlagUnreadable = 10003, "Business Level Response Value - Processing Error", PROCESSING;
    MessageDefinitionUnknown = 10004, "Message Definition Value - Processing Error", PROCESSING;
    MessageDefinitionVersionUnknown = 10005, "Message Definition Version Value - Processing Error", PROCESSING;
    PriorityUnreadable = 10006, "Priority Value - Processing Error", PROCESSING;
    SenderReferenceUnreadable = 10007, "Sender Reference Value - Processing Error", PROCESSING;
    HandlingBusinessRule = 10008, "Handling Specification Business Rule Error", PROCESSING;
    UnreadableMessage = 10009, "Unreadable message received", PROCESSING;
    RecipientTypeUnreadable = 10010, "Recipient Type - Processing Error", PROCESSING;
    RecipientPersonUnknown = 20001, "Unrecognised Recipient Person", NOT_FOUND;
    RecipientOrganisationUnknown = 20002, "Unrecognised Recipient Organisation", NOT_FOUND;
    SenderUnknown = 20003, "Unrecognised Sender", NOT_FOUND;
    AttachmentNotApproved = 20004, "Non-Approved file type received as an attachment", SECURITY;
    AttachmentUnsupported = 20005, "Unsupported file type received as an attachment", SECURITY;
    HeaderInvalid = 20006, "ITK header validation failure", HEADER;
    DuplicateMessage = 20007, "Duplicate Message received", DUPLICATE;
    DuplicateDocument = 20008, "Duplicate Document received", DUPLICATE;
    PayloadInvalid = 20009, "Payload validation failure", PAYLOAD;
    PayloadOrganisationUnknown = 20010, "Unrecognised Payload Recipient Organisation", NOT_FOUND;
    PayloadPersonUnknown = 20011, "Unrecognised Payload Recipient Person", NOT_FOUND;
    SenderUnauthorised = 20012, "Unauthorised Sender", SECURITY;
    Success = 20013, "Success", OK;
    ReplacementFailed = 20014, "Unable to Process Replacement Document", PROCESSING;
    TooLarge = 20015, "Message too large", PROCESSING;
    PatientKnown = 30001, "Patient known here. (e.g. Patient is registered here)", OK;
    PatientUnknown = 30002, "Patient not known here. (aka 'patient record not present in system')", NOT_FOUND;
    PatientLeft = 30003, "Patient no longer at this clinical setting", fatal(&[BusinessRule]);
    PatientRecentlyDeceased = 30004, "Patient known here and recently deceased (i.e. patient record current in GP practice system at time of patient’s death and deduction subsequently occurred for this reason)", OK;
    ReferralOpen = 30005, "Referral open", OK;
    ReferralCompleted = 30006, "Referral completed", OK;
    ReferralEscalated = 30007, "Referral escalated back to GP", WARN;
    SignpostedToGp = 30008, "Signposting to GP (non-urgent)", OK;
    EscalatedToUrgentCare = 30009, "Clinical escalation to UTC/111/GPOOH", OK;
    EscalatedToEmergency = 30010, "Clinical escalation to A&E or 999", OK;
    AdvisedElsewhere = 30011, "Advised to go elsewhere/self-referral", OK;
    PatientNotReached = 30012, "Unable to contact the patient", WARN;
    ClosedNotNeeded = 30013, "Closure (service not needed)", OK;
    ClosedNotAccepted = 30014, "Closure (service not accepted)", Mapping(false, INFORMATION, &[Informational]);
    ClosedDuplicate = 30015, "Closure (duplicate referral)", Mapping(false, INFORMATION, &[Duplicate]);
    ReferralAccepted = 30016, "Referral accepted", OK;
    ReferralRejected = 30017, "Referral rejected", WARN;
    DidNotAttend = 30018, "Did Not Attend", WARN;
    RegistrationAccepted = 30019, "GP Registration - Application accepted", OK;
    RegistrationPending = 30020, "GP Registration - Application pending (contact practice)", WARN;
    RegistrationAlready = 30021, "GP Registration - Application rejected (patient already registered)", WARN;
    RegistrationAtCapacity = 30022, "GP Registration - Application rejected (at capacity)", WARN;
    RegistrationOutOfBoundary = 30023, "GP Registration - Application rejected (out of boundary)", WARN;
    RegistrationRemovedHere = 30024, "GP Registration - Application rejected (Previously removed from this practice)", WARN;
    RegistrationRemovedElsewhere = 30025, "GP Registration - Application rejected (Previously removed from another practice)", WARN;
}

impl ResponseCode {
    /// Reads the five digits.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.code() == code)
    }

    /// Infrastructure, business, or retired.
    pub fn class(self) -> Class {
        match self {
            Self::PriorityUnreadable => Class::Retired,
            _ if self < Self::PatientKnown => Class::Infrastructure,
            _ => Class::Business,
        }
    }

    /// Whether the code is good news. A negative code ends the transaction.
    pub fn is_positive(self) -> bool {
        self.mapping().0
    }

    /// `OperationOutcome.issue.severity`.
    pub fn severity(self) -> IssueSeverity {
        self.mapping().1
    }

    /// The `OperationOutcome.issue.code`s this code may carry, the default first.
    pub fn issue_types(self) -> &'static [IssueType] {
        self.mapping().2
    }

    /// `wanted` when this code may carry it, else the default.
    pub fn issue_type(self, wanted: Option<IssueType>) -> IssueType {
        let allowed = self.issue_types();
        wanted
            .filter(|wanted| allowed.contains(wanted))
            .or_else(|| allowed.first().copied())
            .unwrap_or(Processing)
    }

    /// `MessageHeader.response.code`: `ok` or `fatal-error`.
    pub fn header_code(self) -> &'static str {
        if self.is_positive() {
            "ok"
        } else {
            "fatal-error"
        }
    }
}

impl std::fmt::Display for ResponseCode {
    /// The five digits.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::str::FromStr for ResponseCode {
    type Err = UnknownCode;
    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Self::parse(text).ok_or(UnknownCode)
    }
}

/// A text that is no ITK3 response code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an ITK3 response code such as 20013, found another text")]
pub struct UnknownCode;
