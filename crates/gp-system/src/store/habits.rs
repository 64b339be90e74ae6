//! How each user has the inbox.

use rusqlite::{Connection, OptionalExtension, params};

use crate::{InboxHabit, InboxHabits, InboxView, PracticeError};

/// Views a user keeps, at most.
const MOST_VIEWS: u32 = 12;

pub(crate) fn of(connection: &Connection, user: &str) -> Result<InboxHabits, PracticeError> {
    let found = connection
        .prepare_cached("SELECT sort, keys_off FROM inbox_habit WHERE user = ?1")?
        .query_row([user], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (sort, keys_off) = found.unwrap_or_default();
    let mut statement = connection.prepare_cached(
        "SELECT name, choices FROM inbox_view WHERE user = ?1 ORDER BY name LIMIT ?2",
    )?;
    let views = statement
        .query_map(params![user, MOST_VIEWS], |row| {
            Ok(InboxView {
                name: row.get(0)?,
                choices: row.get(1)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(InboxHabits {
        sort,
        keys_off,
        views,
    })
}

/// Changes them; tells whether there was room for a view.
pub(crate) fn change(
    connection: &Connection,
    user: &str,
    habit: &InboxHabit,
) -> Result<bool, PracticeError> {
    match habit {
        InboxHabit::Sort(sort) => connection.execute(
            "INSERT INTO inbox_habit (user, sort) VALUES (?1, ?2)
             ON CONFLICT (user) DO UPDATE SET sort = excluded.sort",
            params![user, sort],
        )?,
        InboxHabit::KeysOff(off) => connection.execute(
            "INSERT INTO inbox_habit (user, keys_off) VALUES (?1, ?2)
             ON CONFLICT (user) DO UPDATE SET keys_off = excluded.keys_off",
            params![user, off],
        )?,
        InboxHabit::Keep(view) => connection.execute(
            "INSERT INTO inbox_view (user, name, choices)
             SELECT ?1, ?2, ?3 WHERE ?4 > (SELECT count(*) FROM inbox_view WHERE user = ?1 AND name <> ?2)
             ON CONFLICT (user, name) DO UPDATE SET choices = excluded.choices",
            params![user, view.name, view.choices, MOST_VIEWS],
        )?,
        InboxHabit::Forget(name) => connection.execute(
            "DELETE FROM inbox_view WHERE user = ?1 AND name = ?2",
            params![user, name],
        )?,
    };
    let changed = connection.changes();
    Ok(changed > 0)
}
