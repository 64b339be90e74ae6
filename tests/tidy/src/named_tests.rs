//! Tests that a page names as a proof exist: `itk3::a_broken_message_gets_one_code` is a function of that crate.

use crate::paths::in_backticks;
use crate::{File, Finding, Tree};

/// Tests named by the given pages that are not in the crate they are said to be in.
#[must_use]
pub fn named_tests(tree: &Tree, pages: &[&str]) -> Vec<Finding> {
    tree.files
        .iter()
        .filter(|file| pages.contains(&file.path.as_str()))
        .flat_map(|file| {
            in_backticks(&file.text)
                .into_iter()
                .filter_map(|name| check(tree, file, name))
        })
        .collect()
}

fn check(tree: &Tree, file: &File, (at, quoted): (usize, &str)) -> Option<Finding> {
    let (of, name) = quoted.split_once("::")?;
    let directory = format!("crates/{of}/");
    if !tree.has(&directory) {
        return Some(Finding::new(file, at, format!("`{of}` is no crate")));
    }
    let function = format!("fn {name}(");
    let there = tree
        .with("rs")
        .any(|file| file.path.starts_with(&directory) && file.text.contains(&function));
    (!there).then(|| Finding::new(file, at, format!("no test `{name}` in {directory}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_is_gone_is_found() {
        let page = "`x::holds` and `x::gone` and `y::z`\n";
        let tree = Tree::of(&[
            ("docs/a.md", page),
            ("crates/x/tests/a.rs", "//!\nfn holds() {}\n"),
        ]);
        let found: Vec<String> = named_tests(&tree, &["docs/a.md"])
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            found,
            [
                "docs/a.md:1: no test `gone` in crates/x/",
                "docs/a.md:1: `y` is no crate"
            ]
        );
    }
}
