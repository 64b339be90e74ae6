//! References: into the resource, into the bundle, or out of it.

use super::Check;
use crate::Element;

pub(super) fn check(check: &mut Check<'_>, reference: &Element) {
    let Some(target) = reference.value_at("reference") else {
        return;
    };
    if let Some(id) = target.strip_prefix('#') {
        let is_container = id.is_empty();
        if !is_container && !check.contained.contains(id) {
            check.error(
                reference,
                "ref-1",
                "expected a contained resource of this id",
            );
        }
        return;
    }
    if check.bundles.is_empty()
        || check
            .bundles
            .iter()
            .any(|bundle| bundle.resolve(target).is_some())
    {
        return;
    }
    if target.starts_with("urn:") {
        check.error(
            reference,
            "reference",
            "expected an entry of the bundle with this fullUrl",
        );
    } else if !target.contains(':') {
        check.warning(
            reference,
            "reference",
            "relative reference leads out of the bundle",
        );
    }
}
