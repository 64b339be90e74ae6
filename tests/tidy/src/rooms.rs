//! The table of crates in the architecture page says of each crate which others it knows, and that is what its manifest
//! says.

use std::collections::BTreeSet;

use crate::{File, Finding, Tree};

/// Crates that the table at `page` leaves out, or of which it says something else than their manifests.
#[must_use]
pub fn rooms(tree: &Tree, page: &str, left_out: &[&str]) -> Vec<Finding> {
    let Some(page) = tree.file(page) else {
        return Vec::new();
    };
    let crates: BTreeSet<&str> = tree
        .with("toml")
        .filter_map(|file| {
            file.path
                .strip_prefix("crates/")?
                .strip_suffix("/Cargo.toml")
        })
        .filter(|name| !left_out.contains(name))
        .collect();
    crates
        .iter()
        .filter_map(|name| check(tree, page, &crates, name))
        .collect()
}

fn check(tree: &Tree, page: &File, crates: &BTreeSet<&str>, name: &str) -> Option<Finding> {
    let at = page.text.find(&format!("\n| `{name}` |")).map(|at| at + 1);
    let Some(at) = at else {
        return Some(Finding::new(
            page,
            0,
            format!("the crate `{name}` is not in the table"),
        ));
    };
    let row = page.text.get(at..)?.lines().next()?;
    let said = row.split('|').nth(3)?.trim();
    if said == "all" {
        return None;
    }
    let said: BTreeSet<&str> = said
        .split(',')
        .filter_map(|word| word.split_whitespace().next())
        .filter(|word| *word != "–")
        .collect();
    let manifest = tree.file(&format!("crates/{name}/Cargo.toml"))?;
    let known: BTreeSet<&str> = dependencies(&manifest.text)
        .filter(|known| crates.contains(known))
        .collect();
    (said != known).then(|| {
        let known: Vec<&str> = known.into_iter().collect();
        Finding::new(page, at, format!("`{name}` knows: {}", known.join(", ")))
    })
}

/// The names under `[dependencies]`.
fn dependencies(manifest: &str) -> impl Iterator<Item = &str> {
    manifest
        .lines()
        .skip_while(|line| line.trim() != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_knows_another_than_the_table_says_is_found() {
        let table = "\n| crate | is | knows | not |\n|---|---|---|---|\n| `a` | x | – | y |\n| `b` | x | a (half) | y |\n";
        let tree = Tree::of(&[
            ("docs/architecture.md", table),
            (
                "crates/a/Cargo.toml",
                "[dependencies]\nb.workspace = true\nserde = \"1\"\n\n[dev-dependencies]\nc = \"1\"\n",
            ),
            (
                "crates/b/Cargo.toml",
                "[dependencies]\na = { path = \"../a\" }\n",
            ),
            ("crates/c/Cargo.toml", "[dependencies]\n"),
        ]);
        let found: Vec<String> = rooms(&tree, "docs/architecture.md", &[])
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            found,
            [
                "docs/architecture.md:4: `a` knows: b",
                "docs/architecture.md:1: the crate `c` is not in the table"
            ]
        );
    }
}
