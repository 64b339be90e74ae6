//! The book has every page of `docs/`.

use crate::links::targets;
use crate::references::join;
use crate::{Finding, Tree};

/// Pages of `docs/` that the summary does not list: mdBook leaves them out without a word.
#[must_use]
pub fn book(tree: &Tree, summary: &str) -> Vec<Finding> {
    let (folder, _) = summary.rsplit_once('/').unwrap_or_default();
    let listed: Vec<String> = tree
        .file(summary)
        .map(|file| targets(&file.text))
        .into_iter()
        .flatten()
        .map(|(_, target)| join(folder, target))
        .collect();
    tree.with("md")
        .filter(|page| page.path.starts_with(&format!("{folder}/")) && page.path != summary)
        .filter(|page| !listed.contains(&page.path))
        .map(|page| Finding::new(page, 0, format!("list the page in {summary}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_not_listed_is_found() {
        let tree = Tree::of(&[
            ("docs/SUMMARY.md", "- [A](a/b.md)\n"),
            ("docs/a/b.md", "# B\n"),
            ("docs/a/c.md", "# C\n"),
            ("README.md", "# R\n"),
        ]);
        let found: Vec<String> = book(&tree, "docs/SUMMARY.md")
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, ["docs/a/c.md:1: list the page in docs/SUMMARY.md"]);
    }
}
