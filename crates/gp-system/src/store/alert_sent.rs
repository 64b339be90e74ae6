//! Which alerts left the practice, and by which channel.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

use super::time;
use crate::{AlertKind, PracticeError, UnsentAlerts};

/// What a key begins with: its cause.
const CAUSE: &str = "substr(key, 1, instr(key, ':') - 1)";
/// Open and not sent by the channel `?1`.
const UNSENT: &str = "settled_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM alert_sent WHERE alert_sent.alert = alert.id AND alert_sent.channel = ?1)";
/// How far back messages of a kind are looked for: the longest interval between two.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24);

/// What is open and was not sent by a channel, by kind.
pub(crate) fn unsent(
    connection: &Connection,
    channel: &str,
    now: Timestamp,
) -> Result<Vec<UnsentAlerts>, PracticeError> {
    let mut found: BTreeMap<&'static str, UnsentAlerts> = BTreeMap::new();
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {CAUSE}, count(*), min(at), max(id) FROM alert WHERE {UNSENT} GROUP BY 1"
    ))?;
    let mut rows = statement.query([channel])?;
    while let Some(row) = rows.next()? {
        let kind = AlertKind::of_cause(&row.get::<_, String>(0)?);
        let (count, since, up_to): (u32, _, i64) = (row.get(1)?, time(row.get(2)?)?, row.get(3)?);
        let group = found.entry(kind.as_str()).or_insert(UnsentAlerts {
            kind,
            count: 0,
            since,
            up_to,
            last_sent: None,
        });
        group.count += count;
        group.since = group.since.min(since);
        group.up_to = group.up_to.max(up_to);
    }
    for (kind, at) in last_sent(connection, channel, now)? {
        if let Some(group) = found.get_mut(kind.as_str()) {
            group.last_sent = group.last_sent.max(Some(at));
        }
    }
    Ok(found.into_values().collect())
}

fn last_sent(
    connection: &Connection,
    channel: &str,
    now: Timestamp,
) -> Result<Vec<(AlertKind, Timestamp)>, PracticeError> {
    let since = now.checked_sub(LOOK_BACK).unwrap_or(Timestamp::MIN);
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {CAUSE}, max(alert_sent.at) FROM alert_sent JOIN alert ON alert.id = alert_sent.alert
         WHERE alert_sent.channel = ?1 AND alert_sent.at >= ?2 GROUP BY 1"
    ))?;
    let mut rows = statement.query(params![channel, since.as_millisecond()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let kind = AlertKind::of_cause(&row.get::<_, String>(0)?);
        found.push((kind, time(row.get(1)?)?));
    }
    Ok(found)
}

/// Writes down that the open alerts of a kind, up to an id, were sent by a channel.
pub(crate) fn note(
    connection: &Connection,
    channel: &str,
    kind: AlertKind,
    up_to: i64,
    at: Timestamp,
) -> Result<(), PracticeError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT DISTINCT {CAUSE} FROM alert WHERE {UNSENT} AND id <= ?2"
    ))?;
    let causes = statement.query_map(params![channel, up_to], |row| row.get(0))?;
    let causes: Vec<String> = causes.collect::<Result<_, _>>()?;
    for cause in causes
        .iter()
        .filter(|cause| AlertKind::of_cause(cause) == kind)
    {
        connection
            .prepare_cached(&format!(
                "INSERT INTO alert_sent (alert, channel, at)
                 SELECT id, ?1, ?3 FROM alert WHERE {UNSENT} AND id <= ?2 AND {CAUSE} = ?4"
            ))?
            .execute(params![channel, up_to, at.as_millisecond(), cause])?;
    }
    Ok(())
}
