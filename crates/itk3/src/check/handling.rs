//! Extension-ITK-MessageHandling-2: six parts, each once.

use fhir::Element;

use super::{At, Findings, HEADER, Rules};
use crate::payload::{Definitions, OtherDefinition};
use crate::{Flag, HandlingRead, IssueType, RecipientType, ResponseCode, names};

const PARTS: [&str; 6] = [
    "BusAckRequested",
    "InfAckRequested",
    "RecipientType",
    "MessageDefinition",
    "SenderReference",
    "LocalExtension",
];

/// A part of 2018, ignored where it is still found.
const RETIRED_PART: &str = "Priority";

pub(super) fn check(header: &Element, rules: &Rules, found: &mut Findings) {
    let mut extensions = header
        .all("extension")
        .filter(|any| any.url() == Some(names::MESSAGE_HANDLING));
    let Some(extension) = extensions.next() else {
        let what = "expected the message handling extension";
        return faulty(
            found,
            None,
            "itk3-handling",
            what,
            ResponseCode::HandlingSpecificationError,
        );
    };
    if extensions.next().is_some() {
        let code = ResponseCode::HandlingSpecificationError;
        faulty(
            found,
            Some(extension),
            "itk3-handling",
            "expected the extension once",
            code,
        );
    }
    parts(extension, rules, found);
    let handling = HandlingRead::of(header);
    let mut check = Check { extension, found };
    check.flag(
        "InfAckRequested",
        handling.infrastructure_acknowledgement,
        rules,
    );
    check.flag("BusAckRequested", handling.business_acknowledgement, rules);
    check.recipient_type(handling.recipient_type, rules);
    check.message_definition(handling.message_definition, rules);
    check.sender_reference(handling.sender_reference);
}

fn faulty(
    found: &mut Findings,
    element: Option<&Element>,
    id: &'static str,
    what: &str,
    code: ResponseCode,
) {
    let path = format!("{HEADER}.extension");
    found.error(
        id,
        At {
            path: &path,
            element,
        },
        what,
        code,
        IssueType::Processing,
    );
}

/// Each part once, and no others.
fn parts(extension: &Element, rules: &Rules, found: &mut Findings) {
    for name in PARTS {
        let count = extension
            .all("extension")
            .filter(|part| part.url() == Some(name))
            .count();
        match (count, name) {
            (1, _) => {}
            (0, "LocalExtension") => {
                let what = "expected LocalExtension, None when unused";
                tolerated(found, extension, "itk3-local-extension", what);
            }
            (0, "SenderReference") if rules.kind.older_handling => {
                let what = "expected SenderReference, None when unused";
                tolerated(found, extension, "itk3-handling-key", what);
            }
            (0, _) => faulty(
                found,
                Some(extension),
                "itk3-handling-key",
                &format!("expected {name}, which the payload makes mandatory"),
                ResponseCode::HandlingBusinessRule,
            ),
            _ => faulty(
                found,
                Some(extension),
                "itk3-handling-key-once",
                &format!("expected {name} once, found it several times"),
                ResponseCode::HandlingSpecificationError,
            ),
        }
    }
    let known =
        |url: &str| PARTS.contains(&url) || (url == RETIRED_PART && rules.kind.older_handling);
    let mut all = extension.all("extension");
    if let Some(part) = all.find(|part| !part.url().is_some_and(known)) {
        let what = "expected the six parts only, found another";
        tolerated(found, part, "itk3-handling-unknown", what);
    }
}

fn tolerated(found: &mut Findings, element: &Element, id: &'static str, what: &str) {
    let path = format!("{HEADER}.extension");
    let at = At {
        path: &path,
        element: Some(element),
    };
    found.warning(id, at, what);
}

struct Check<'a> {
    extension: &'a Element,
    found: &'a mut Findings,
}

impl Check<'_> {
    /// A fault in a part that is there.
    fn fault(&mut self, part: &str, id: &'static str, what: &str, code: ResponseCode) {
        let element = self.extension.extension_at(part);
        if element.is_some() {
            let path = format!("{HEADER}.extension({part})");
            let at = At {
                path: &path,
                element,
            };
            self.found.error(id, at, what, code, IssueType::Processing);
        }
    }

    fn flag(&mut self, part: &'static str, flag: Flag, rules: &Rules) {
        let (id, unreadable) = match part {
            "InfAckRequested" => (
                "itk3-inf-ack-requested",
                ResponseCode::InfrastructureFlagUnreadable,
            ),
            _ => (
                "itk3-bus-ack-requested",
                ResponseCode::BusinessFlagUnreadable,
            ),
        };
        match flag {
            Flag::Unreadable => self.fault(part, id, "expected true or false", unreadable),
            Flag::Is(false) if rules.kind.both_acknowledgements => {
                let what = "expected true, which the payload makes mandatory";
                self.fault(part, id, what, ResponseCode::HandlingBusinessRule);
            }
            _ => {}
        }
    }

    fn recipient_type(&mut self, code: Option<&str>, rules: &Rules) {
        let (id, code_at_fault) = ("itk3-recipient-type", ResponseCode::RecipientTypeUnreadable);
        let kind = code.and_then(RecipientType::parse);
        if kind.is_none() {
            self.fault(
                "RecipientType",
                id,
                "expected a coding, FA or FI",
                code_at_fault,
            );
        } else if !kind.is_some_and(|kind| rules.kind.recipient_types.contains(&kind)) {
            let what = "expected another recipient type for this payload";
            self.fault("RecipientType", id, what, code_at_fault);
        }
    }

    /// Another definition is 10004; another version of a supported one, 10005. What can be read all
    /// the same is told.
    fn message_definition(&mut self, url: Option<&str>, rules: &Rules) {
        let (part, id) = ("MessageDefinition", "itk3-message-definition");
        let Some(url) = url.map(str::trim).filter(|url| !url.is_empty()) else {
            let what = "expected a reference to a message definition";
            return self.fault(part, id, what, ResponseCode::MessageDefinitionUnknown);
        };
        let Definitions {
            current,
            older,
            others,
        } = rules.kind.definitions;
        if current.contains(&url) || current.is_empty() {
            return;
        }
        let mut known = current.iter().chain(older);
        let is_version = known.any(|definition| stem(definition) == stem(url));
        let is_read = match others {
            OtherDefinition::Refused => false,
            OtherDefinition::VersionRead => is_version,
            OtherDefinition::Read => true,
        };
        if is_read || older.contains(&url) {
            let what = "expected the definition in use, found another";
            return tolerated(self.found, self.extension, id, what);
        }
        let (what, code) = if is_version {
            (
                "expected a supported version",
                ResponseCode::MessageDefinitionVersionUnknown,
            )
        } else {
            (
                "expected a supported message definition",
                ResponseCode::MessageDefinitionUnknown,
            )
        };
        self.fault(part, id, what, code);
    }

    fn sender_reference(&mut self, reference: Option<&str>) {
        let usable = |text: &str| !text.trim().is_empty() && text.chars().count() <= 255;
        if !reference.is_some_and(usable) {
            let what = "expected 1 to 255 characters, None when unused";
            let code = ResponseCode::SenderReferenceUnreadable;
            self.fault("SenderReference", "itk3-sender-reference-value", what, code);
        }
    }
}

/// A definition's URL without its version, the digits at the end.
fn stem(url: &str) -> &str {
    url.trim_end_matches(|c: char| c.is_ascii_digit())
}
