//! ITK-Message-Bundle-1: the outer bundle.

use fhir::{Budget, Element};

use super::{At, Findings};
use crate::{IssueType, Message, ResponseCode, names, same_id};

pub(super) fn check(root: &Element, found: &mut Findings, budget: &Budget<'_>) {
    if root.name() != "Bundle" {
        found.error(
            "itk3-bundle",
            At {
                path: "",
                element: Some(root),
            },
            "expected a Bundle, found another resource",
            ResponseCode::UnreadableMessage,
            IssueType::Processing,
        );
        return;
    }
    kind(root, found);
    identifier(root, found);
    profile(root, found);
    forbidden(root, found);
    entries(root, found, budget);
    header_first(root, found);
    header_second(root, found);
}

fn kind(root: &Element, found: &mut Findings) {
    if root.value_at("type") != Some("message") {
        let at = At {
            path: "Bundle.type",
            element: root.at("type"),
        };
        let what = "expected a bundle of type message";
        found.error(
            "itk3-bundle-type",
            at,
            what,
            ResponseCode::HeaderInvalid,
            IssueType::Value,
        );
    }
}

fn identifier(root: &Element, found: &mut Findings) {
    if root
        .value_at("identifier.value")
        .is_none_or(|value| value.trim().is_empty())
    {
        found.error(
            "itk3-bundle-identifier",
            At {
                path: "Bundle.identifier",
                element: root.at("identifier"),
            },
            "expected an identifier with a value: it tells a duplicate message",
            ResponseCode::HeaderInvalid,
            IssueType::Required,
        );
    }
}

fn profile(root: &Element, found: &mut Findings) {
    if !root.has_profile(names::MESSAGE_BUNDLE) {
        let at = At {
            path: "Bundle.meta.profile",
            element: root.at("meta"),
        };
        found.warning(
            "itk3-bundle-profile",
            at,
            "expected the profile ITK-Message-Bundle-1",
        );
    }
}

fn forbidden(root: &Element, found: &mut Findings) {
    for name in ["total", "link", "signature"] {
        if let Some(element) = root.at(name) {
            found.error(
                "itk3-bundle-forbidden",
                At {
                    path: &format!("Bundle.{name}"),
                    element: Some(element),
                },
                "element is not allowed in a message bundle",
                ResponseCode::HeaderInvalid,
                IssueType::Structure,
            );
        }
    }
}

fn entries(root: &Element, found: &mut Findings, budget: &Budget<'_>) {
    for (index, entry) in root.all("entry").enumerate() {
        if !budget.step() {
            return;
        }
        let path = format!("Bundle.entry[{index}]");
        for name in ["link", "search", "request", "response"] {
            if let Some(element) = entry.at(name) {
                found.error(
                    "itk3-entry-forbidden",
                    At {
                        path: &format!("{path}.{name}"),
                        element: Some(element),
                    },
                    "element is not allowed in an entry of a message bundle",
                    ResponseCode::HeaderInvalid,
                    IssueType::Structure,
                );
            }
        }
        if entry.resource().is_none() {
            found.error(
                "itk3-entry-resource",
                At {
                    path: &format!("{path}.resource"),
                    element: Some(entry),
                },
                "expected a resource in every entry",
                ResponseCode::HeaderInvalid,
                IssueType::Required,
            );
        }
        full_url(entry, &path, found);
    }
}

/// `urn:uuid:` and the id of the resource: what references in a message name.
fn full_url(entry: &Element, path: &str, found: &mut Findings) {
    let path = format!("{path}.fullUrl");
    let at = At {
        path: &path,
        element: entry.at("fullUrl").or(Some(entry)),
    };
    let id = entry
        .resource()
        .and_then(|resource| resource.value_at("id"));
    match (entry.value_at("fullUrl"), id) {
        (None, _) => {
            found.warning(
                "itk3-entry-full-url",
                at,
                "expected a fullUrl in every entry",
            );
        }
        (Some(url), Some(id)) if !same_id(url, id) => {
            let what = "expected urn:uuid: and the id of the entry's resource";
            found.warning("itk3-entry-full-url", at, what);
        }
        _ => {}
    }
}

fn header_first(root: &Element, found: &mut Findings) {
    if Message::of(root).is_none() {
        found.error(
            "itk3-header-first",
            At {
                path: "Bundle.entry[0]",
                element: root.at("entry"),
            },
            "expected a MessageHeader in the first entry",
            ResponseCode::HeaderInvalid,
            IssueType::Structure,
        );
    }
}

/// Nobody can say which of two headers a message obeys.
fn header_second(root: &Element, found: &mut Findings) {
    let resources = root.all("entry").filter_map(Element::resource);
    let mut headers = resources.filter(|resource| resource.name() == "MessageHeader");
    if let Some(second) = headers.nth(1) {
        found.error(
            "itk3-header-second",
            At {
                path: "Bundle.entry",
                element: Some(second),
            },
            "expected one MessageHeader in the message, found another",
            ResponseCode::HeaderInvalid,
            IssueType::Structure,
        );
    }
}
