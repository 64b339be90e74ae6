//! `MessageHeader.receiver`: whether it may be there, what it names, and whether that is served here.

use fhir::Element;

use super::header::invalid;
use super::{At, Finding, Findings, HEADER, Rules};
use crate::payload::{HeaderReceiver, Served};
use crate::{IssueType, Message, ResponseCode, View, names};

/// What senders write who do not know the patient's practice; no receiver refuses it.
const UNKNOWN_PRACTICE: &str = "V81999";

pub(super) fn check(message: &Message<'_>, rules: &Rules, found: &mut Findings) {
    let Some(reference) = message.header().at("receiver") else {
        return;
    };
    let reference = Some(reference);
    if rules.kind.receiver == HeaderReceiver::Nobody {
        let (id, what) = (
            "itk3-receiver",
            "expected no receiver: the message is routed by patient",
        );
        return invalid(found, id, "receiver", reference, what, IssueType::Value);
    }
    let Some(receiver) = message.receiver() else {
        let (id, what) = (
            "itk3-receiver-reference",
            "expected a reference to an entry of this bundle",
        );
        return invalid(found, id, "receiver", reference, what, IssueType::Value);
    };
    let system = match (receiver.name(), rules.kind.receiver) {
        ("Organization", _) => names::ODS_ORGANIZATION_CODE,
        ("Practitioner", HeaderReceiver::Anybody) => names::SDS_USER_ID,
        _ => {
            let what = match rules.kind.receiver {
                HeaderReceiver::Anybody => "expected an Organization or a Practitioner",
                _ => "expected an Organization",
            };
            let id = "itk3-receiver-type";
            return invalid(found, id, "receiver", reference, what, IssueType::Value);
        }
    };
    if identifier(receiver, system).is_none() {
        let path = format!("{HEADER}.receiver");
        let at = At {
            path: &path,
            element: Some(receiver),
        };
        let what = "expected the ODS code of an organisation, the SDS user id of a practitioner";
        found.warning("itk3-receiver-identifier", at, what);
    }
}

/// A receiver that is not served here: 20002 for an organisation, 20001 for a practitioner. One that
/// names nobody is the check's case.
pub fn served(root: &Element, served: &Served<'_>) -> Vec<Finding> {
    let mut found = Findings::of(View::Receiver);
    let message = Message::of(root);
    let receiver = message.as_ref().and_then(Message::receiver);
    if let Some(receiver) = receiver {
        let path = format!("{HEADER}.receiver");
        let at = At {
            path: &path,
            element: Some(receiver),
        };
        let is = |code: &str, own: &str| code.eq_ignore_ascii_case(own);
        if let Some(code) = identifier(receiver, names::ODS_ORGANIZATION_CODE)
            && !served
                .organisations
                .iter()
                .any(|own| is(code, own.as_str()))
            && !is(code, UNKNOWN_PRACTICE)
        {
            found.error(
                "itk3-receiver-organisation",
                at,
                "expected an organisation that is served here",
                ResponseCode::RecipientOrganisationUnknown,
                IssueType::NotFound,
            );
        } else if let Some(practitioners) = served.practitioners
            && let Some(code) = identifier(receiver, names::SDS_USER_ID)
            && !practitioners.iter().any(|own| is(code, own))
        {
            found.error(
                "itk3-receiver-practitioner",
                at,
                "expected a practitioner who works here",
                ResponseCode::RecipientPersonUnknown,
                IssueType::NotFound,
            );
        }
    }
    found.into_list()
}

fn identifier<'a>(resource: &'a Element, system: &str) -> Option<&'a str> {
    let mut all = resource.all("identifier");
    let identifier = all.find(|it| it.value_at("system") == Some(system))?;
    let value = identifier.value_at("value")?.trim();
    (!value.is_empty()).then_some(value)
}
