//! Links of Markdown pages: a relative link names a file that is there, and its anchor a heading of that file.

use crate::references::join;
use crate::{File, Finding, Tree};

/// Relative links that lead nowhere.
#[must_use]
pub fn links(tree: &Tree) -> Vec<Finding> {
    tree.with("md")
        .flat_map(|file| {
            targets(&file.text)
                .into_iter()
                .filter_map(|link| check(tree, file, link))
        })
        .collect()
}

fn check(tree: &Tree, file: &File, (at, target): (usize, &str)) -> Option<Finding> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target
        .split_once('#')
        .map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let beside = file
        .path
        .rsplit_once('/')
        .map_or("", |(directory, _)| directory);
    let path = if path.is_empty() {
        file.path.clone()
    } else {
        join(beside, path)
    };
    if !tree.has(&path) {
        return Some(Finding::new(
            file,
            at,
            format!("the link to `{target}` leads nowhere: there is no `{path}`"),
        ));
    }
    let anchor = anchor?;
    let page = tree.file(&path)?;
    (!anchors(&page.text).contains(&anchor.to_owned()))
        .then(|| Finding::new(file, at, format!("`{path}` has no heading for `#{anchor}`")))
}

/// The targets of the inline links outside code, with where they are.
pub(crate) fn targets(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut at, mut fenced) = (0, false);
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            for (offset, _) in line.match_indices("](") {
                let inside_code = line
                    .get(..offset)
                    .is_some_and(|before| before.matches('`').count() % 2 == 1);
                let target = line
                    .get(offset + 2..)
                    .and_then(|rest| rest.split([')', ' ']).next());
                if let (false, Some(target)) = (inside_code, target) {
                    found.push((at + offset, target));
                }
            }
        }
        at += line.len();
    }
    found
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced || !line.starts_with('#') {
            continue;
        }
        let slug: String = line
            .trim_start_matches('#')
            .trim()
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let again = found.iter().filter(|before| **before == slug).count();
        found.push(if again == 0 {
            slug
        } else {
            format!("{slug}-{again}")
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("docs/a.md", text),
            ("docs/b.md", "# B\n## client.toml: `[x]`\n"),
            ("c.rs", "//!\n"),
        ]);
        links(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn links_that_lead_somewhere_are_accepted() {
        assert_eq!(
            found(
                "[b](b.md) [x](b.md#clienttoml-x) [c](../c.rs) [w](https://example.org) `[no](no.md)`\n"
            ),
            [""; 0]
        );
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        assert_eq!(
            found("\n[b](../b.md)\n"),
            ["docs/a.md:2: the link to `../b.md` leads nowhere: there is no `b.md`"]
        );
        assert_eq!(
            found("[b](b.md#y)\n"),
            ["docs/a.md:1: `docs/b.md` has no heading for `#y`"]
        );
    }
}
