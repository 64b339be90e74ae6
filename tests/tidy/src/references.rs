//! References to pages and their sections: `docs/spec/routing.md §1.7` names a file that is there and a heading in it.

use crate::{File, Finding, Tree};

/// How far before a `§` its page may be named, in bytes: a long sentence.
const NEAR: usize = 240;

/// References that lead nowhere: pages that do not exist, sections that a page does not have, and sections of no page.
#[must_use]
pub fn references(tree: &Tree) -> Vec<Finding> {
    tree.ours()
        .flat_map(|file| file_findings(tree, file))
        .collect()
}

fn file_findings(tree: &Tree, file: &File) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, name) in pages_named(&file.text) {
        if let Err(what) = page(tree, file, name) {
            found.push(Finding::new(file, at, what));
        }
    }
    for (at, _) in file.text.match_indices('§') {
        let number = number_at(&file.text, at + '§'.len_utf8());
        if number.is_empty() {
            continue;
        }
        match section_of(tree, file, at) {
            Some(Of::Elsewhere) => {}
            Some(Of::Page(page)) if has_section(page, number) => {}
            Some(Of::Page(page)) => {
                found.push(Finding::new(
                    file,
                    at,
                    format!("{} has no section {number}", page.path),
                ));
            }
            None => found.push(Finding::new(
                file,
                at,
                format!("§{number} of which page? Name it before"),
            )),
        }
    }
    found
}

/// The names ending in `.md` in a text, with where they begin.
fn pages_named(text: &str) -> Vec<(usize, &str)> {
    text.match_indices(".md")
        .filter(|(dot, _)| {
            !text
                .get(dot + 3..)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()))
        })
        .filter_map(|(dot, _)| {
            let before = text.get(..dot)?;
            let start = before
                .rfind(|c: char| !(c.is_ascii_alphanumeric() || "-_./".contains(c)))
                .map_or(0, |at| {
                    at + before
                        .get(at..)
                        .and_then(|rest| rest.chars().next())
                        .map_or(1, char::len_utf8)
                });
            Some((start, text.get(start..dot + 3)?))
        })
        .filter(|(_, name)| *name != ".md")
        .collect()
}

/// The page a file names, or what is wrong with the name. Pages of Markdown name others from where they are; all other
/// files from the top of the repository.
fn page<'t>(tree: &'t Tree, file: &File, name: &str) -> Result<Option<&'t File>, String> {
    if let Some(found) = resolve(tree, file, name) {
        return Ok(Some(found));
    }
    let last = name.rsplit('/').next().unwrap_or(name);
    let known = tree
        .with("md")
        .find(|page| page.path.rsplit('/').next() == Some(last));
    match known {
        Some(known) if !file.is("md") && last != "README.md" => Err(format!(
            "`{name}` is `{}`: name it from the top",
            known.path
        )),
        _ if name.starts_with("docs/") || name.starts_with("spec/") => {
            Err(format!("there is no page `{name}`"))
        }
        // A page of somebody else's, such as a source's.
        _ => Ok(None),
    }
}

fn resolve<'t>(tree: &'t Tree, file: &File, name: &str) -> Option<&'t File> {
    if file.is("md") || name.starts_with("../") {
        let beside = file
            .path
            .rsplit_once('/')
            .map_or("", |(directory, _)| directory);
        if let Some(found) = tree.file(&join(beside, name)) {
            return Some(found);
        }
    }
    tree.file(name)
}

/// `name` as seen from `directory`, with `.` and `..` taken out.
pub(crate) fn join(directory: &str, name: &str) -> String {
    let mut parts: Vec<&str> = directory
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

enum Of<'t> {
    Page(&'t File),
    /// A document that is not in this repository, such as an RFC.
    Elsewhere,
}

/// What a `§` is a section of: the page or RFC named last before it, in a page of Markdown else the page itself.
fn section_of<'t>(tree: &'t Tree, file: &'t File, at: usize) -> Option<Of<'t>> {
    let from = (at.saturating_sub(NEAR)..=at).find(|from| file.text.is_char_boundary(*from))?;
    let before = file.text.get(from..at)?;
    // In a page, only what is named right before counts: the page speaks of itself otherwise.
    let line_before = before
        .rmatch_indices('\n')
        .nth(1)
        .map_or(0, |(at, _)| at + 1);
    let near = if file.is("md") {
        before.get(line_before..)?
    } else {
        before
    };
    let named = pages_named(near)
        .into_iter()
        .filter_map(|(at, name)| Some((at, resolve(tree, file, name)?)))
        .next_back();
    let rfc = near.rfind("RFC ");
    match (named, rfc) {
        (Some((page, _)), Some(rfc)) if rfc > page => Some(Of::Elsewhere),
        (Some((at, page)), _) if !file.is("md") || near.len() - at < 3 * page.path.len() + 12 => {
            Some(Of::Page(page))
        }
        (None, Some(_)) => Some(Of::Elsewhere),
        _ if file.is("md") => Some(Of::Page(file)),
        _ => None,
    }
}

fn number_at(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    let end = rest
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default().trim_end_matches('.')
}

/// Whether a heading of the page begins with that number.
fn has_section(page: &File, number: &str) -> bool {
    page.text
        .lines()
        .filter(|line| line.starts_with('#'))
        .any(|line| number_at(line.trim_start_matches('#').trim_start(), 0) == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        references(&Tree::of(files))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    const PAGE: (&str, &str) = ("docs/spec/a.md", "# A\n## 1. One\n### 1.2 Two\nsee §1\n");

    #[test]
    fn a_section_that_is_there_is_accepted() {
        assert_eq!(
            found(&[
                PAGE,
                ("x.rs", "//! as `docs/spec/a.md` §1.2 says; RFC 5280 §4.1\n")
            ]),
            [""; 0]
        );
        assert_eq!(
            found(&[PAGE, ("docs/d.md", "as [it](spec/a.md)\n§1.2 says\n")]),
            [""; 0]
        );
    }

    #[test]
    fn a_section_or_page_that_is_not_there_is_found() {
        assert_eq!(
            found(&[PAGE, ("x.rs", "// docs/spec/a.md §3\n")]),
            ["x.rs:1: docs/spec/a.md has no section 3"]
        );
        assert_eq!(
            found(&[PAGE, ("x.rs", "// docs/b.md\n")]),
            ["x.rs:1: there is no page `docs/b.md`"]
        );
        assert_eq!(
            found(&[PAGE, ("x.rs", "//\n// §1\n")]),
            ["x.rs:2: §1 of which page? Name it before"]
        );
        assert_eq!(
            found(&[("docs/d.md", "## 1. One\n\n§2\n")]),
            ["docs/d.md:3: docs/d.md has no section 2"]
        );
    }

    #[test]
    fn a_page_is_named_from_the_top_of_the_repository() {
        assert_eq!(
            found(&[PAGE, ("x.rs", "// spec/a.md\n")]),
            ["x.rs:1: `spec/a.md` is `docs/spec/a.md`: name it from the top"]
        );
    }
}
