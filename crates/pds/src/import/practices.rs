//! Rows of our own practices file and of ODS's `epraccur.csv`.

use std::collections::HashMap;
use std::io::Read;

use nhs::OdsCode;

use super::rows::{Row, Rows, date};
use super::{RefusalReason, report::Refusals};
use crate::PdsError;
use crate::registry::practices::Practice;

/// Reads our own practices file: `ods_code, name, status, open_date, close_date, successor_ods`.
pub(super) fn read_csv<R: Read>(
    rows: &mut Rows<R>,
    refusals: &mut Refusals,
) -> Result<Vec<Practice>, PdsError> {
    read(rows, refusals, |row| {
        Ok(Practice {
            code: code(row.text("ods_code")?)?,
            name: row.text("name")?.to_owned(),
            active: is_active(row.text("status")?),
            opened: date(row.text("open_date")?)?,
            closed: date(row.text("close_date")?)?,
            successor: match row.text("successor_ods")? {
                "" => None,
                text => Some(code(text)?),
            },
        })
    })
}

/// Reads `epraccur.csv`, counted from 1: code in column 1, name 2, opened 11, closed 12, status 13.
pub(super) fn read_epraccur<R: Read>(
    rows: &mut Rows<R>,
    refusals: &mut Refusals,
) -> Result<Vec<Practice>, PdsError> {
    read(rows, refusals, |row| {
        Ok(Practice {
            code: code(row.at(0)?)?,
            name: row.at(1)?.to_owned(),
            active: is_active(row.at(12)?),
            opened: date(row.at(10)?)?,
            closed: date(row.at(11)?)?,
            successor: None,
        })
    })
}

fn read<R: Read>(
    rows: &mut Rows<R>,
    refusals: &mut Refusals,
    practice: impl Fn(&Row<'_>) -> Result<Practice, RefusalReason>,
) -> Result<Vec<Practice>, PdsError> {
    let mut by_code: HashMap<OdsCode, Practice> = HashMap::new();
    while let Some(row) = rows.next()? {
        match practice(&row) {
            Ok(practice) if by_code.contains_key(&practice.code) => {
                refusals.add(row.line, RefusalReason::DuplicateNumber);
            }
            Ok(practice) => {
                by_code.insert(practice.code.clone(), practice);
            }
            Err(reason) => refusals.add(row.line, reason),
        }
    }
    let mut practices: Vec<_> = by_code.into_values().collect();
    practices.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(practices)
}

fn code(text: &str) -> Result<OdsCode, RefusalReason> {
    OdsCode::parse(super::patients::code(text)).map_err(|_| RefusalReason::PracticeCode)
}

/// ODS writes `A` in epraccur and `Active` elsewhere; a file without the column means all are.
fn is_active(status: &str) -> bool {
    status.is_empty() || status.eq_ignore_ascii_case("A") || status.eq_ignore_ascii_case("Active")
}
