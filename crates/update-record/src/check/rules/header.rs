//! Outer bundle, header and handling extension, as far as Update Record asks more than every payload.

use fhir::Element;
use itk3::{Checking, IssueType, Message, RecipientType, ResponseCode, names};

use super::super::found::{At, Found};
use super::super::subject::{Subject, value};

const HEADER: &str = "Bundle.entry[0].resource.MessageHeader";

pub(super) fn check(subject: &Subject<'_>, _: &Checking<'_>, found: &mut Found) {
    if let Some(message) = &subject.message {
        entries(message, found);
        focus(message, found);
        sender(message, found);
        handling(message.header(), found);
    }
}

/// Header, the organisations that it names, the document: nothing else.
fn entries(message: &Message<'_>, found: &mut Found) {
    let named = [
        Some(message.header()),
        message.sender(),
        message.receiver(),
        message.payload(),
    ];
    for (place, entry) in message.bundle().entries().enumerate() {
        let Some(resource) = entry.resource() else {
            continue;
        };
        let is_named = named.iter().flatten().any(|it| std::ptr::eq(*it, resource));
        // What should be named and is not, is said where it should be.
        let is_missing = match resource.name() {
            "Organization" => message.sender().is_none(),
            "Bundle" => message.payload().is_none_or(|it| it.name() != "Bundle"),
            _ => false,
        };
        if !is_named && !is_missing {
            found.answered(
                "UR-H02",
                At::element(format!("Bundle.entry[{place}].resource"), Some(resource)),
                "expected one MessageHeader, its organisation and one document, found another resource",
                ResponseCode::HeaderInvalid,
                IssueType::Structure,
            );
        }
    }
}

fn focus(message: &Message<'_>, found: &mut Found) {
    let payload = message.payload();
    if payload.is_some_and(|payload| payload.name() != "Bundle") {
        found.answered(
            "UR-H14",
            At::element(format!("{HEADER}.focus"), message.header().at("focus")),
            "expected a Bundle as the focus of the header",
            ResponseCode::HeaderInvalid,
            IssueType::Value,
        );
    }
}

fn sender(message: &Message<'_>, found: &mut Found) {
    if message
        .sender()
        .is_some_and(|it| it.name() == "Practitioner")
    {
        found.answered(
            "UR-H11",
            At::element(format!("{HEADER}.sender"), message.header().at("sender")),
            "expected an Organization as sender",
            ResponseCode::HeaderInvalid,
            IssueType::Value,
        );
    }
}

fn handling(header: &Element, found: &mut Found) {
    let Some(extension) = header.extension_at(names::MESSAGE_HANDLING) else {
        return;
    };
    let part = |name| {
        extension
            .extension_at(name)
            .and_then(Element::extension_value)
    };
    let at = |name: &str, element| At::element(format!("{HEADER}.extension({name})"), element);
    if let Some(coding) = part("RecipientType") {
        let is_known = value(coding, "code")
            .and_then(RecipientType::parse)
            .is_some();
        let is_whole = value(coding, "system") == Some(names::RECIPIENT_TYPES)
            && value(coding, "display").is_some();
        if is_known && !is_whole {
            found.answered(
                "UR-H06",
                at("RecipientType", Some(coding)),
                "expected the code system ITK-RecipientType-1 and a display",
                ResponseCode::RecipientTypeUnreadable,
                IssueType::Processing,
            );
        }
    }
    let local = part("LocalExtension");
    if local.is_some_and(|local| local.value().map(str::trim) != Some(names::NONE)) {
        let what = "expected None";
        found.warning("UR-H09", at("LocalExtension", local), what);
    }
}
