//! Extension-ITK-MessageHandling-2: six parts, each once.

use fhir::Element;

use super::{At, Findings, HEADER, Rules};
use crate::{Flag, HandlingRead, IssueType, RecipientType, ResponseCode, names};

const PARTS: [&str; 6] = [
    "BusAckRequested",
    "InfAckRequested",
    "RecipientType",
    "MessageDefinition",
    "SenderReference",
    "LocalExtension",
];

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
    parts(extension, found);
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
fn parts(extension: &Element, found: &mut Findings) {
    for name in PARTS {
        let count = extension
            .all("extension")
            .filter(|part| part.url() == Some(name))
            .count();
        match (count, name) {
            (1, _) => {}
            (0, "LocalExtension") => {
                let path = format!("{HEADER}.extension");
                let at = At {
                    path: &path,
                    element: Some(extension),
                };
                found.warning(
                    "itk3-local-extension",
                    at,
                    "expected LocalExtension, None when unused",
                );
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
    let known = |part: &Element| part.url().is_some_and(|url| PARTS.contains(&url));
    if let Some(part) = extension.all("extension").find(|part| !known(part)) {
        let path = format!("{HEADER}.extension");
        let at = At {
            path: &path,
            element: Some(part),
        };
        found.warning(
            "itk3-handling-unknown",
            at,
            "expected the six parts only, found another",
        );
    }
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
            Flag::Is(false) if rules.both_acknowledgements => {
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
        } else if !kind.is_some_and(|kind| rules.recipient_types.contains(&kind)) {
            let what = "expected another recipient type for this payload";
            self.fault("RecipientType", id, what, code_at_fault);
        }
    }

    /// Another definition is 10004; another version of a supported one, 10005.
    fn message_definition(&mut self, url: Option<&str>, rules: &Rules) {
        let Some(url) = url else {
            let what = "expected a reference to a message definition";
            let code = ResponseCode::MessageDefinitionUnknown;
            return self.fault("MessageDefinition", "itk3-message-definition", what, code);
        };
        if rules.definitions.contains(&url) {
            return;
        }
        let known = rules
            .definitions
            .iter()
            .any(|definition| stem(definition) == stem(url));
        let (what, code) = if known {
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
        self.fault("MessageDefinition", "itk3-message-definition", what, code);
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
