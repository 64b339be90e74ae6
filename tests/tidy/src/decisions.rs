//! Decisions are numbered: each entry of the list has a number of its own, and a number that is cited is in the list.

use std::collections::BTreeSet;

use crate::tree::File;
use crate::{Finding, Tree};

/// Entries without a number, numbers used twice, and citations of numbers that no page of `folder` has.
#[must_use]
pub fn decisions(tree: &Tree, folder: &str) -> Vec<Finding> {
    let (mut found, mut known) = (Vec::new(), BTreeSet::new());
    let pages = || tree.ours().filter(|file| file.path.starts_with(folder));
    if pages().next().is_none() {
        found.push(Finding {
            file: folder.into(),
            line: 1,
            what: "the pages of decisions are not there".into(),
        });
    }
    for page in pages() {
        entries(page, &mut known, &mut found);
    }
    for file in tree.ours() {
        for (at, _) in file.text.match_indices("D-") {
            let number = number(file.text.get(at..).unwrap_or_default());
            let alone = !file
                .text
                .get(..at)
                .is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric() || c == '-'));
            if alone && number.len() == 5 && !known.contains(number) {
                found.push(Finding::new(
                    file,
                    at,
                    format!("there is no decision {number} in {folder}"),
                ));
            }
        }
    }
    found
}

/// Reads the entries of a page into what is known.
fn entries<'t>(page: &'t File, known: &mut BTreeSet<&'t str>, found: &mut Vec<Finding>) {
    let mut at = 0;
    for line in page.text.split_inclusive('\n') {
        if let Some(entry) = line.strip_prefix("- ") {
            match entry.strip_prefix("**").map(number) {
                Some(number) if number.len() == 5 && !known.insert(number) => {
                    found.push(Finding::new(page, at, format!("{number} is used twice")));
                }
                Some(number) if number.len() == 5 => {}
                _ => found.push(Finding::new(
                    page,
                    at,
                    "begin the entry with `**D-nnn**`, the next free number",
                )),
            }
        }
        at += line.len();
    }
}

/// `D-` and three digits at the beginning of a text, or nothing.
fn number(text: &str) -> &str {
    let digits = text.strip_prefix("D-").map_or(0, |rest| {
        rest.bytes().take_while(u8::is_ascii_digit).count()
    });
    if digits == 3 {
        text.get(..5).unwrap_or_default()
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_without_a_number_and_dead_citations_are_found() {
        let list = "# D\n\n- **D-001** (2026-11) **One**.\n- **Two**.\n- **D-001** three.\n";
        let tree = Tree::of(&[
            ("d/1.md", list),
            ("d/2.md", "- **D-001** again.\n- **D-002** two.\n"),
            ("x.rs", "// D-001, D-002, D-009, SD-038, GPCM-SD-128\n"),
        ]);
        let found: Vec<String> = decisions(&tree, "d/")
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            found,
            [
                "d/1.md:4: begin the entry with `**D-nnn**`, the next free number",
                "d/1.md:5: D-001 is used twice",
                "d/2.md:1: D-001 is used twice",
                "x.rs:1: there is no decision D-009 in d/"
            ]
        );
    }
}
