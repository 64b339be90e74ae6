//! What a received message was found to break.

use rusqlite::{Connection, params};
use send_document::Severity;

use crate::{PracticeError, ReceivedFinding};

/// Findings of one message that are kept: each rule tells a hundred at most, and there are many rules.
const MOST: usize = 500;

/// Writes down what a message was found to break.
pub(crate) fn add(
    connection: &Connection,
    received: &str,
    findings: &[ReceivedFinding],
) -> Result<(), PracticeError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO finding (received, position, rule, severity, path, what, remedy)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut insert = |position: usize, finding: &ReceivedFinding| {
        statement.execute(params![
            received,
            i64::try_from(position).unwrap_or(i64::MAX),
            finding.rule,
            severity(finding.severity),
            finding.path,
            finding.what,
            finding.remedy
        ])
    };
    for (position, finding) in findings.iter().take(MOST).enumerate() {
        insert(position, finding)?;
    }
    if let Some(more) = findings.len().checked_sub(MOST).filter(|more| *more > 0) {
        let last = ReceivedFinding {
            what: format!("and {more} more findings, which were not kept"),
            ..ReceivedFinding::of_error("more", String::new())
        };
        insert(MOST, &last)?;
    }
    let count = |severity| findings.iter().filter(|it| it.severity == severity).count();
    let counted = |severity| i64::try_from(count(severity)).unwrap_or(i64::MAX);
    connection.execute(
        "UPDATE received SET errors = ?2, warnings = ?3 WHERE key = ?1",
        params![
            received,
            counted(Severity::Error),
            counted(Severity::Warning)
        ],
    )?;
    Ok(())
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// The findings of a message, in the order of the rules.
pub(crate) fn of(
    connection: &Connection,
    received: &str,
) -> Result<Vec<ReceivedFinding>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "SELECT rule, severity, path, what, remedy FROM finding
         WHERE received = ?1 ORDER BY position",
    )?;
    let findings = statement
        .query_map([received], |row| {
            Ok(ReceivedFinding {
                rule: row.get(0)?,
                severity: match row.get::<_, String>(1)?.as_str() {
                    "warning" => Severity::Warning,
                    _ => Severity::Error,
                },
                path: row.get(2)?,
                what: row.get(3)?,
                remedy: row.get(4)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(findings)
}
