//! The invariants of `Bundle`.

use std::collections::HashMap;

use super::Check;
use crate::Element;

pub(super) fn check(check: &mut Check<'_>, bundle: &Element) {
    let kind = bundle.value_at("type").unwrap_or_default();
    if bundle.at("total").is_some() && !matches!(kind, "searchset" | "history") {
        check.error(
            bundle,
            "bdl-1",
            "expected total only in a searchset or history",
        );
    }
    if kind == "document"
        && (bundle.value_at("identifier.system").is_none()
            || bundle.value_at("identifier.value").is_none())
    {
        check.error(
            bundle,
            "bdl-9",
            "expected an identifier with system and value in a document",
        );
    }
    for (index, entry) in bundle.all("entry").enumerate() {
        let back = check.path.push("entry", Some(index));
        self::entry(check, entry, kind);
        check.path.back(back);
    }
    unique(check, bundle);
}

fn entry(check: &mut Check<'_>, entry: &Element, kind: &str) {
    let has = |name: &str| entry.at(name).is_some();
    if has("search") && kind != "searchset" {
        check.error(entry, "bdl-2", "expected search only in a searchset");
    }
    if has("request") != matches!(kind, "batch" | "transaction" | "history") {
        check.error(
            entry,
            "bdl-3",
            "expected request in a batch, transaction or history only",
        );
    }
    if has("response") != matches!(kind, "batch-response" | "transaction-response") {
        check.error(
            entry,
            "bdl-4",
            "expected response in the answer to a batch only",
        );
    }
    if !has("resource") && !has("request") && !has("response") {
        check.error(
            entry,
            "bdl-5",
            "expected a resource in an entry without request or response",
        );
    }
    if entry
        .value_at("fullUrl")
        .is_some_and(|url| url.contains("/_history/"))
    {
        check.error(entry, "bdl-8", "expected a fullUrl without a version");
    }
}

/// bdl-7: a fullUrl once, unless the versions differ.
fn unique(check: &mut Check<'_>, bundle: &Element) {
    let mut seen: HashMap<(&str, Option<&str>), usize> = HashMap::new();
    for (index, entry) in bundle.all("entry").enumerate() {
        let Some(url) = entry.value_at("fullUrl") else {
            continue;
        };
        let version = entry
            .resource()
            .and_then(|resource| resource.value_at("meta.versionId"));
        if let Some(first) = seen.get(&(url, version)) {
            let what = format!("expected a fullUrl of its own, found that of entry {first}");
            let back = check.path.push("entry", Some(index));
            check.error(entry, "bdl-7", what);
            check.path.back(back);
        } else {
            seen.insert((url, version), index);
        }
    }
}
