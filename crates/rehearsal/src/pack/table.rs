//! Lists as CSV, which spreadsheets open.

use crate::RehearsalError;

/// A list under its head. A cell that a spreadsheet would take for a formula begins with an apostrophe: local ids and
/// diagnostics are what others wrote.
///
/// # Errors
///
/// Never but for want of memory.
pub fn csv(name: &str, head: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>, RehearsalError> {
    let failed = |source: std::io::Error| RehearsalError::Form {
        name: name.to_owned(),
        source,
    };
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    let written = |error: csv::Error| failed(std::io::Error::other(error));
    writer.write_record(head).map_err(written)?;
    for row in rows {
        let cells = row.iter().map(|cell| plain(cell));
        writer.write_record(cells).map_err(written)?;
    }
    writer
        .into_inner()
        .map_err(|error| failed(error.into_error()))
}

fn plain(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = cell.replace(['\r', '\n'], " ");
    if is_formula { format!("'{text}") } else { text }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula_and_never_two_lines() {
        let rows = vec![vec!["=1+1".to_owned(), "a\nb,c".to_owned()]];
        let text = csv("t.csv", &["x", "y"], &rows).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "x,y\n'=1+1,\"a b,c\"\n");
    }
}
