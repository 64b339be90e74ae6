//! Metrics: what dashboards and alerts use is set by the programs, and what these set is in a page.

use std::collections::BTreeSet;

use crate::{File, Finding, Tree};

/// What every name begins with.
const PREFIX: &str = "restante_";
/// How the sources set one, and what the names of its series end in.
const MACROS: [(&str, &[&str]); 3] = [
    ("gauge!(", &[""]),
    ("counter!(", &[""]),
    ("histogram!(", &["_bucket", "_count", "_sum"]),
];

/// A metric that a source sets.
struct Set<'a> {
    file: &'a File,
    at: usize,
    name: &'a str,
    endings: &'static [&'static str],
}

/// Names in `packaging/` that no source sets, and names that a source sets and no page of `docs/` has.
#[must_use]
pub fn metrics(tree: &Tree) -> Vec<Finding> {
    let set: Vec<Set<'_>> = tree
        .ours()
        .filter(|file| file.is("rs") && file.path.contains("/src/"))
        .flat_map(set_by)
        .collect();
    let series = |one: &Set<'_>| {
        one.endings
            .iter()
            .map(|end| format!("{}{end}", one.name))
            .collect()
    };
    let known: BTreeSet<String> = set
        .iter()
        .flat_map(|one| -> Vec<String> { series(one) })
        .collect();
    let in_pages: BTreeSet<&str> = tree
        .with("md")
        .filter(|page| page.path.starts_with("docs/"))
        .flat_map(|page| names(&page.text))
        .map(|(_, name)| name)
        .collect();
    let packaged = tree
        .files
        .iter()
        // the wheel's fixtures have names of this kind, and nothing of it asks for a metric
        .filter(|file| file.path.starts_with("packaging/") && !file.path.contains("/python/"));
    let unknown = packaged.flat_map(|file| {
        let unknown = names(&file.text).filter(|(_, name)| !known.contains(*name));
        unknown
            .map(|(at, name)| Finding::new(file, at, format!("no source sets the metric {name}")))
    });
    let unwritten = set
        .iter()
        .filter(|one| !in_pages.contains(one.name))
        .map(|one| {
            let what = format!("no page of docs/ has the metric {}", one.name);
            Finding::new(one.file, one.at, what)
        });
    unknown.chain(unwritten).collect()
}

/// The metrics that a source sets, with where.
fn set_by(file: &File) -> Vec<Set<'_>> {
    let mut found = Vec::new();
    for (call, endings) in MACROS {
        for (at, _) in file.text.match_indices(call) {
            let arguments = file.text.get(at + call.len()..).unwrap_or_default();
            let name = arguments.trim_start().strip_prefix('"');
            if let Some((name, _)) = name.and_then(|rest| rest.split_once('"'))
                && name.starts_with(PREFIX)
            {
                found.push(Set {
                    file,
                    at,
                    name,
                    endings,
                });
            }
        }
    }
    found
}

/// The names of metrics in a text, with where they begin.
fn names(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices(PREFIX).map(|(at, _)| {
        let rest = text.get(at..).unwrap_or_default();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        (at, rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_that_nobody_sets_and_one_that_no_page_has_are_found() {
        let tree = Tree::of(&[
            (
                "crates/a/src/a.rs",
                "//! a\ngauge!(\n  \"restante_a\")\nhistogram!(\"restante_s\")",
            ),
            (
                "crates/a/src/b.rs",
                "//! b\nmetrics::counter!(\"restante_b_total\", \"x\" => 1)",
            ),
            ("docs/a.md", "`restante_a`, `restante_s`"),
            (
                "packaging/a.yml",
                "restante_a > 1\nrestante_s_bucket{} restante_a_sum\n",
            ),
            ("packaging/a.json", "\"rate(restante_b_totals[5m])\""),
        ]);
        let found: Vec<String> = metrics(&tree).iter().map(ToString::to_string).collect();
        let expected = [
            "packaging/a.yml:2: no source sets the metric restante_a_sum",
            "packaging/a.json:1: no source sets the metric restante_b_totals",
            "crates/a/src/b.rs:2: no page of docs/ has the metric restante_b_total",
        ];
        assert_eq!(found, expected);
    }
}
