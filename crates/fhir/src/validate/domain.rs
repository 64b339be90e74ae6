//! The invariants of contained resources.

use std::collections::HashSet;

use super::Check;
use crate::Element;

pub(super) fn check<'a>(check: &mut Check<'a>, resource: &'a Element, contained: bool) {
    if contained {
        if resource.at("text").is_some() {
            check.error(
                resource,
                "dom-1",
                "expected no narrative in a contained resource",
            );
        }
        if resource.at("contained").is_some() {
            check.error(
                resource,
                "dom-2",
                "expected no resource in a contained resource",
            );
        }
        if resource.at("meta.versionId").is_some() || resource.at("meta.lastUpdated").is_some() {
            check.error(
                resource,
                "dom-4",
                "expected no version and no date in a contained resource",
            );
        }
    } else if resource.at("contained").is_some() {
        referred_to(check, resource);
    }
}

/// dom-3: every contained resource is referred to from elsewhere in its container.
fn referred_to<'a>(check: &mut Check<'a>, resource: &'a Element) {
    let mut targets = HashSet::new();
    collect(resource, &mut targets);
    for (index, holder) in resource.all("contained").enumerate() {
        let id = holder.resource().and_then(|inner| inner.value_at("id"));
        if !id.is_some_and(|id| targets.contains(id)) {
            let back = check.path.push("contained", Some(index));
            check.error(
                holder,
                "dom-3",
                "expected a reference to the contained resource",
            );
            check.path.back(back);
        }
    }
}

/// The references of a resource and of what it contains; other resources in it are their own
/// containers, and going into them would be a walk for each level.
fn collect<'a>(element: &'a Element, targets: &mut HashSet<&'a str>) {
    for child in element
        .children()
        .iter()
        .filter(|child| child.name() != "resource")
    {
        if child.name() == "reference"
            && let Some(target) = child.value().and_then(|value| value.strip_prefix('#'))
        {
            targets.insert(target);
        }
        collect(child, targets);
    }
}
