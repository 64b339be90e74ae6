//! Every Rust file begins by saying what it is, and no file outgrows a reader.

use crate::{Finding, Tree};

/// Lines of a source file or page, at most.
pub const MAX_LINES: usize = 600;

/// Rust files that do not begin with `//!`.
#[must_use]
pub fn heads(tree: &Tree) -> Vec<Finding> {
    tree.with("rs")
        .filter(|file| !file.text.starts_with("//!"))
        .map(|file| Finding::new(file, 0, "begin the file with `//!` and what it is"))
        .collect()
}

/// Source files, scripts and pages over [`MAX_LINES`].
#[must_use]
pub fn lengths(tree: &Tree) -> Vec<Finding> {
    tree.files
        .iter()
        .filter(|file| file.text.lines().count() > MAX_LINES)
        .map(|file| {
            let lines = file.text.lines().count();
            Finding::new(
                file,
                0,
                format!("{lines} lines; divide it: {MAX_LINES} at most"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_head_and_one_too_long_are_found() {
        let long = "//! x\n".repeat(MAX_LINES + 1);
        let tree = Tree::of(&[
            ("a.rs", "use x;\n"),
            ("b.rs", &long),
            ("c.rs", "//! what\n"),
            ("d.rs", ""),
        ]);
        let found = heads(&tree);
        assert_eq!(
            found
                .iter()
                .map(|finding| finding.file.as_str())
                .collect::<Vec<_>>(),
            ["a.rs", "d.rs"]
        );
        let found = lengths(&tree);
        assert_eq!(
            found
                .iter()
                .map(|finding| finding.file.as_str())
                .collect::<Vec<_>>(),
            ["b.rs"]
        );
    }
}
