//! What people do with alerts: one act may deal with many, and is undone as one.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Connection, Params, params};

use crate::{AlertAct, AlertChoice, AlertDeed, AlertReopening, PracticeError};

/// Alerts that one act is done with, at most.
const MOST_AT_ONCE: u32 = 5_000;

/// What is done, when and by whom.
pub(crate) struct Deed<'a> {
    pub(crate) deed: AlertDeed,
    pub(crate) at: Timestamp,
    pub(crate) who: Option<&'a str>,
    pub(crate) note: Option<&'a str>,
}

/// The open alerts of a choice, the oldest first.
pub(crate) fn open(
    connection: &Connection,
    which: &AlertChoice,
) -> Result<Vec<i64>, PracticeError> {
    match which {
        AlertChoice::These(chosen) => {
            let mut statement = connection
                .prepare_cached("SELECT 1 FROM alert WHERE id = ?1 AND settled_at IS NULL")?;
            let chosen: BTreeSet<i64> =
                chosen.iter().take(MOST_AT_ONCE as usize).copied().collect();
            let mut open = Vec::new();
            for id in chosen {
                if statement.exists([id])? {
                    open.push(id);
                }
            }
            Ok(open)
        }
        AlertChoice::Group { like, up_to } => ids(
            connection,
            "SELECT id FROM alert
             WHERE settled_at IS NULL AND id <= ?2
                 AND what = (SELECT what FROM alert WHERE id = ?1)
             ORDER BY at LIMIT ?3",
            params![like, up_to, MOST_AT_ONCE],
        ),
    }
}

/// The alerts that `who` can open again: any one that is dealt with, and together those of an act of their own.
pub(crate) fn settled(
    connection: &Connection,
    which: AlertReopening,
    who: Option<&str>,
) -> Result<Vec<i64>, PracticeError> {
    match which {
        AlertReopening::One(id) => ids(
            connection,
            "SELECT id FROM alert WHERE id = ?1 AND settled_at IS NOT NULL",
            [id],
        ),
        AlertReopening::Act(act) => ids(
            connection,
            "SELECT alert FROM alert_step JOIN alert ON alert.id = alert_step.alert
             WHERE act = ?1 AND alert_step.who IS ?3 AND alert.settled_at IS NOT NULL
                 AND act = (SELECT max(act) FROM alert_step AS each WHERE each.alert = alert.id)
             LIMIT ?2",
            params![act, MOST_AT_ONCE, who],
        ),
    }
}

fn ids(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<i64>, PracticeError> {
    let mut statement = connection.prepare_cached(sql)?;
    let ids = statement.query_map(values, |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Writes down what is done with these alerts, as one act.
pub(crate) fn record(
    connection: &Connection,
    alerts: &[i64],
    deed: &Deed<'_>,
) -> Result<AlertAct, PracticeError> {
    let number: i64 = connection
        .prepare_cached("SELECT coalesce(max(act), 0) + 1 FROM alert_step")?
        .query_row([], |row| row.get(0))?;
    let at = deed.at.as_millisecond();
    let is_settled = deed.deed == AlertDeed::Settled;
    let mut change = connection.prepare_cached(
        "UPDATE alert SET settled_at = ?2, settled_by = ?3, note = ?4 WHERE id = ?1",
    )?;
    let mut note = connection.prepare_cached(
        "INSERT INTO alert_step (alert, act, at, who, what, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for alert in alerts {
        change.execute(params![
            alert,
            is_settled.then_some(at),
            deed.who.filter(|_| is_settled),
            deed.note
        ])?;
        note.execute(params![
            alert,
            number,
            at,
            deed.who,
            deed.deed.as_str(),
            deed.note
        ])?;
    }
    Ok(AlertAct {
        number,
        alerts: u32::try_from(alerts.len()).unwrap_or(u32::MAX),
    })
}
