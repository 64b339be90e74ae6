//! Files in `changes/unreleased/` have a number, a kind and something to say.

use crate::{File, Finding, Tree};

const KINDS: [&str; 5] = ["Added", "Changed", "Fixed", "Removed", "Security"];

/// Files about unreleased changes that a changelog could not be made from.
#[must_use]
pub fn changes(tree: &Tree) -> Vec<Finding> {
    let unreleased = |file: &&File| file.path.starts_with("changes/unreleased/");
    tree.files
        .iter()
        .filter(unreleased)
        .filter_map(|file| Some(Finding::new(file, 0, fault(file)?)))
        .collect()
}

fn fault(file: &File) -> Option<String> {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let number = name.split('-').next().unwrap_or_default();
    if !(number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit()) && file.is("md")) {
        return Some("call it `NNN-slug.md`, NNN the issue or 000".into());
    }
    let (kind, text) = file.text.split_once('\n').unwrap_or((&file.text, ""));
    if !kind
        .strip_prefix("kind: ")
        .is_some_and(|kind| KINDS.contains(&kind))
    {
        return Some(format!(
            "begin with `kind: ` and one of {}",
            KINDS.join(", ")
        ));
    }
    text.trim()
        .is_empty()
        .then(|| "say what is different, for whom".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_without_number_kind_or_text_is_found() {
        let tree = Tree::of(&[
            ("changes/unreleased/013-a.md", "kind: Added\n\nA thing.\n"),
            ("changes/unreleased/a.md", "kind: Added\n\nA thing.\n"),
            ("changes/unreleased/013-b.md", "kind: New\n\nA thing.\n"),
            ("changes/unreleased/013-c.md", "kind: Fixed\n\n"),
        ]);
        let found = changes(&tree);
        let files: Vec<&str> = found.iter().map(|finding| finding.file.as_str()).collect();
        assert_eq!(
            files,
            [
                "changes/unreleased/a.md",
                "changes/unreleased/013-b.md",
                "changes/unreleased/013-c.md"
            ]
        );
    }
}
