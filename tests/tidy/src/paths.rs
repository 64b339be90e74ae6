//! Paths that pages name in backticks, such as `crates/itk3/src/message.rs` or `itk3/src/message.rs`, exist.

use crate::{File, Finding, Tree};

/// Tops of the repository that a path in a page may begin with.
const TOPS: [&str; 9] = [
    "crates",
    "docs",
    "scripts",
    "tests",
    "tools",
    "fuzz",
    "packaging",
    "changes",
    ".cargo",
];

/// Paths in pages that do not exist. Sheets of the specification name other repositories' files and are left out.
#[must_use]
pub fn paths(tree: &Tree) -> Vec<Finding> {
    tree.with("md")
        .filter(|file| !file.path.starts_with("docs/spec/"))
        .flat_map(|file| {
            in_backticks(&file.text)
                .into_iter()
                .filter_map(|path| check(tree, file, path))
        })
        .collect()
}

fn check(tree: &Tree, file: &File, (at, quoted): (usize, &str)) -> Option<Finding> {
    let path = quoted.split([' ', ':']).next()?;
    let plain = path
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    let (top, _) = path.split_once('/')?;
    let of_a_crate = tree.has(&format!("crates/{top}/src"));
    if !plain || !(TOPS.contains(&top) || of_a_crate) {
        return None;
    }
    let there = tree.has(path) || tree.has(&format!("crates/{path}"));
    (!there).then(|| Finding::new(file, at, format!("`{path}` does not exist")))
}

/// What stands in single backticks outside fenced code, with where it is.
pub(crate) fn in_backticks(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut at, mut fenced) = (0, false);
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let mut offset = at;
            for (number, part) in line.split('`').enumerate() {
                if number % 2 == 1 {
                    found.push((offset, part));
                }
                offset += part.len() + 1;
            }
        }
        at += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_gone_is_found() {
        let page = "`crates/x/src/a.rs`, `x/src/a.rs`, `x/src/b.rs`, `other/thing`, `scripts/gone --quick`\n";
        let tree = Tree::of(&[("docs/a.md", page), ("crates/x/src/a.rs", "//!\n")]);
        let found: Vec<String> = paths(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "docs/a.md:1: `x/src/b.rs` does not exist",
                "docs/a.md:1: `scripts/gone` does not exist"
            ]
        );
    }
}
