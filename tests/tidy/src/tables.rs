//! Every row of a table has as many cells as its head, or a page shows it torn.

use crate::{File, Finding, Tree};

/// Rows of tables with other cells than their head; `\|` does not part cells.
#[must_use]
pub fn tables(tree: &Tree) -> Vec<Finding> {
    tree.with("md").flat_map(check).collect()
}

fn check(file: &File) -> Vec<Finding> {
    let (mut found, mut at, mut fenced, mut head) = (Vec::new(), 0, false, None);
    for line in file.text.split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        let row = !fenced && line.starts_with('|');
        let cells = line.matches('|').count() - line.matches("\\|").count();
        match head {
            _ if !row => head = None,
            None => head = Some(cells),
            Some(of_head) if of_head != cells => {
                let what = format!("{} cells in a table of {}", cells - 1, of_head - 1);
                found.push(Finding::new(file, at, what));
            }
            Some(_) => {}
        }
        at += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_with_other_cells_than_its_head_is_found() {
        let page = "| a | b |\n|---|---|\n| `x\\|y` | 2 |\n| 1 |\n\n| a |\n|---|\n";
        let found: Vec<String> = tables(&Tree::of(&[("a.md", page)]))
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, ["a.md:4: 1 cells in a table of 2"]);
    }
}
