//! Alerts as a page shows them: open ones in groups of the same words, and those dealt with.

use rusqlite::{Connection, Row, params, params_from_iter};

use super::{alerts, time};
use crate::{AlertGroup, AlertGroups, AlertKind, AlertPage, PracticeError};

/// Groups that are told apart; whatever has more different words is shown as these are dealt with.
const MOST_GROUPS: u32 = 1_000;
/// Groups on one page.
const GROUPS: usize = 10;
/// Rows of a group among others.
const FIRST_ROWS: u32 = 3;
/// Rows of a page of one group, or of those dealt with.
const PAGE: u32 = 50;

/// A page of the groups of open alerts, of one kind or of all.
pub(crate) fn page(
    connection: &Connection,
    kind: Option<AlertKind>,
    page: u32,
) -> Result<AlertGroups, PracticeError> {
    let mut groups = open(connection, kind)?;
    let place = |group: &AlertGroup| AlertKind::ALL.iter().position(|kind| *kind == group.kind);
    groups.sort_by_key(|group| (place(group), group.oldest, group.first));
    let total = groups.len();
    let pages = u32::try_from(total.div_ceil(GROUPS)).unwrap_or(u32::MAX);
    let page = page.clamp(1, pages.max(1));
    let before = usize::try_from(page - 1)
        .unwrap_or(usize::MAX)
        .saturating_mul(GROUPS);
    let mut groups: Vec<AlertGroup> = groups.into_iter().skip(before).take(GROUPS).collect();
    for group in &mut groups {
        group.rows = rows(connection, &group.what, FIRST_ROWS, 0)?;
    }
    Ok(AlertGroups {
        groups,
        total,
        page,
        pages,
    })
}

fn open(
    connection: &Connection,
    kind: Option<AlertKind>,
) -> Result<Vec<AlertGroup>, PracticeError> {
    let (condition, causes) = of_kind(kind);
    let index = match causes.is_empty() || kind == Some(AlertKind::Other) {
        true => "alert_open",
        false => "alert_by_cause",
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT each.what, each.count, each.oldest, each.first, each.latest, alert.key
         FROM (SELECT what, count(*) AS count, min(at) AS oldest, min(id) AS first,
                 max(id) AS latest
             FROM alert INDEXED BY {index} WHERE settled_at IS NULL {condition}
             GROUP BY what LIMIT {MOST_GROUPS}) AS each
         JOIN alert ON alert.id = each.first"
    ))?;
    let mut rows = statement.query(params_from_iter(&causes))?;
    let mut groups = Vec::new();
    while let Some(row) = rows.next()? {
        groups.push(group(row)?);
    }
    Ok(groups)
}

/// Of its words, how many they are, the oldest's time, the first and the latest id, and a key of theirs.
fn group(row: &Row<'_>) -> Result<AlertGroup, PracticeError> {
    Ok(AlertGroup {
        what: row.get(0)?,
        count: row.get::<_, i64>(1)?.unsigned_abs(),
        oldest: time(row.get(2)?)?,
        first: row.get(3)?,
        latest: row.get(4)?,
        kind: alerts::kind(&row.get::<_, String>(5)?),
        rows: Vec::new(),
    })
}

fn rows(
    connection: &Connection,
    what: &str,
    limit: u32,
    offset: u64,
) -> Result<Vec<crate::AlertRow>, PracticeError> {
    let offset = i64::try_from(offset).unwrap_or(i64::MAX);
    alerts::rows(
        connection,
        "settled_at IS NULL AND what = ?1 ORDER BY at, id LIMIT ?2 OFFSET ?3",
        params![what, limit, offset],
    )
}

/// The group of the open alerts in the words of this one, with a page of its rows. None when there is no
/// such alert, or none of its words is open.
pub(crate) fn one(
    connection: &Connection,
    like: i64,
    page: u32,
) -> Result<Option<(AlertGroup, AlertPage)>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "SELECT what, count(*), min(at), min(id), max(id), min(key) FROM alert
         WHERE settled_at IS NULL AND what = (SELECT what FROM alert WHERE id = ?1)
         GROUP BY what",
    )?;
    let mut found = statement.query([like])?;
    let Some(row) = found.next()? else {
        return Ok(None);
    };
    let group = group(row)?;
    let (page, pages) = place(group.count, page);
    let page = AlertPage {
        rows: rows(connection, &group.what, PAGE, before(page))?,
        total: group.count,
        page,
        pages,
    };
    Ok(Some((group, page)))
}

/// A page of the alerts that were dealt with, of one kind or of all, the latest first.
pub(crate) fn settled(
    connection: &Connection,
    kind: Option<AlertKind>,
    page: u32,
) -> Result<AlertPage, PracticeError> {
    let (condition, causes) = of_kind(kind);
    let total: i64 = connection
        .prepare_cached(&format!(
            "SELECT count(*) FROM alert WHERE settled_at IS NOT NULL {condition}"
        ))?
        .query_row(params_from_iter(&causes), |row| row.get(0))?;
    let total = total.unsigned_abs();
    let (page, pages) = place(total, page);
    let which = format!(
        "settled_at IS NOT NULL {condition} ORDER BY settled_at DESC, id DESC
         LIMIT {PAGE} OFFSET {}",
        before(page)
    );
    Ok(AlertPage {
        rows: alerts::rows(connection, &which, params_from_iter(&causes))?,
        total,
        page,
        pages,
    })
}

/// What a query asks besides for alerts of one kind or of all, and the causes it is asked with.
fn of_kind(kind: Option<AlertKind>) -> (String, Vec<&'static str>) {
    let cause = "substr(key, 1, instr(key, ':') - 1)";
    let causes: Vec<&str> = match kind {
        None => Vec::new(),
        Some(AlertKind::Other) => AlertKind::ALL
            .iter()
            .flat_map(|it| it.causes())
            .copied()
            .collect(),
        Some(kind) => kind.causes().to_vec(),
    };
    let condition = match kind {
        None => String::new(),
        Some(AlertKind::Other) => format!("AND {cause} NOT IN ({})", marks(causes.len())),
        Some(_) => format!("AND {cause} IN ({})", marks(causes.len())),
    };
    (condition, causes)
}

fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// The page that is there, and how many there are.
fn place(total: u64, page: u32) -> (u32, u32) {
    let pages = u32::try_from(total.div_ceil(u64::from(PAGE))).unwrap_or(u32::MAX);
    (page.clamp(1, pages.max(1)), pages)
}

fn before(page: u32) -> u64 {
    u64::from(page.saturating_sub(1)) * u64::from(PAGE)
}
