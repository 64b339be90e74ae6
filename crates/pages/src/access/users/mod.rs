//! Users with their passwords, in a SQLite file.

mod managing;
mod provided;
mod schema;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use durable::Access;
use jiff::Timestamp;
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior};
use secrecy::SecretString;

use super::identity::{Identity, Presented};
use super::password;
use crate::PagesError;
use crate::security_log::{self, Event, SecurityLog};

pub(crate) use managing::ONE_TIME;
pub(crate) use provided::{Admission, Vouched};

/// The users of one service, in a SQLite file of their own. Cheap to clone; several processes may
/// have it open, and a change counts at the next request. The functions block.
#[derive(Clone)]
pub struct Users {
    connection: Arc<Mutex<Connection>>,
}

/// A user to be added.
pub struct NewUser {
    /// 1 to 64 characters of `a`-`z`, `0`-`9`, `.`, `_`, `-`, `@`; capitals are made small.
    pub name: String,
    /// The name of the role.
    pub role: String,
    /// 12 to 256 characters.
    pub password: SecretString,
}

/// A user, without the password.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct User {
    /// The name.
    pub name: String,
    /// The name of the role.
    pub role: String,
    /// Whether sign-in is refused.
    pub disabled: bool,
    /// When the user was added.
    pub added_at: Timestamp,
    /// Until when the password that an administrator gave out can be used; none for a password of their own.
    pub one_time_until: Option<Timestamp>,
    /// Whether an OpenID Connect provider proves who it is, and says which role they have.
    pub by_provider: bool,
}

impl Users {
    /// Opens the users' file, creating it for its owner only.
    ///
    /// # Errors
    /// [`PagesError::File`] when it cannot be made, [`PagesError::Records`] when it is no users' file.
    pub fn open(path: &Path) -> Result<Self, PagesError> {
        match durable::create_new(path, Access::Owner) {
            Err(error) if !error.is_taken() => return Err(error.into()),
            _ => {}
        }
        Self::over(Connection::open(path)?)
    }

    /// Users that are forgotten with the process.
    ///
    /// # Errors
    /// [`PagesError::Records`] when SQLite cannot begin.
    pub fn in_memory() -> Result<Self, PagesError> {
        Self::over(Connection::open_in_memory()?)
    }

    fn over(mut connection: Connection) -> Result<Self, PagesError> {
        connection.busy_timeout(Duration::from_secs(5))?;
        schema::prepare(&mut connection)?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, PagesError> {
        let connection = self.connection.lock();
        Ok(work(&connection)?)
    }

    /// Where it is noted what these users do, and what is done to them.
    pub fn security_log(&self) -> SecurityLog {
        SecurityLog::over(Arc::clone(&self.connection))
    }

    /// Changes users and notes it, both or neither. Gives how many were changed.
    fn change(
        &self,
        event: &Event,
        now: Timestamp,
        sql: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<usize, PagesError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let changed = transaction.execute(sql, values)?;
        if changed > 0 {
            security_log::append(&transaction, now, event)?;
        }
        transaction.commit()?;
        Ok(changed)
    }

    /// All users, by name.
    ///
    /// # Errors
    /// [`PagesError::Records`] when the file cannot be read.
    pub fn list(&self) -> Result<Vec<User>, PagesError> {
        self.with(|connection| {
            connection
                .prepare_cached(
                    "SELECT name, role, disabled, added_at, one_time_until, subject IS NOT NULL
                     FROM users ORDER BY name",
                )?
                .query_map([], user)?
                .collect()
        })
    }

    /// A user's identity and password hash; `None` when there is none or it is switched off.
    fn find(&self, name: &str) -> Result<Option<Found>, PagesError> {
        self.with(|connection| {
            connection
                .prepare_cached(
                    "SELECT name, role, version, password, one_time_until FROM users
                     WHERE name = ? AND disabled = 0",
                )?
                .query_row([name], |row| {
                    let until: Option<i64> = row.get(4)?;
                    let identity = Identity {
                        name: row.get(0)?,
                        role: row.get(1)?,
                        version: row.get(2)?,
                        must_change: until.is_some(),
                    };
                    Ok(Found {
                        identity,
                        hash: row.get(3)?,
                        until,
                    })
                })
                .optional()
        })
    }

    /// The identity of a user, such as for [`Access::sign_in_link`](crate::Access::sign_in_link).
    ///
    /// # Errors
    /// [`PagesError::Records`] when the file cannot be read.
    pub fn identity(&self, name: &str) -> Result<Option<Identity>, PagesError> {
        Ok(self.find(name)?.map(|found| found.identity))
    }

    /// Who that is; `None` when it proves nothing. Takes as long for a name that does not exist as for
    /// one that does.
    pub(crate) fn identify(
        &self,
        presented: &Presented,
        now: Timestamp,
    ) -> Result<Option<Identity>, PagesError> {
        let found = self.find(&presented.name)?;
        // Whom a provider vouches for has no hash here, and takes as long as somebody who does not exist.
        let hash = found.as_ref().map(|found| found.hash.as_str());
        let hash = hash.filter(|hash| !hash.is_empty());
        let right = password::is_right(&presented.password, hash)?;
        let good = found.filter(|found| right && found.is_in_time(now));
        Ok(good.map(|found| found.identity))
    }

    /// The identity as it is now; `None` when it is gone, switched off or proved anew since. Asked for
    /// every request.
    pub(crate) fn current(&self, identity: &Identity) -> Result<Option<Identity>, PagesError> {
        let found = self.identity(&identity.name)?;
        Ok(found.filter(|found| found.version == identity.version))
    }

    /// Whether somebody has this name, switched off or not.
    pub(crate) fn is_known(&self, name: &str) -> Result<bool, PagesError> {
        self.with(|connection| {
            connection
                .prepare_cached("SELECT 1 FROM users WHERE name = ?")?
                .exists([name])
        })
    }

    /// The key that signs the cookies of known devices: the one kept, or `fresh`, which is kept from
    /// now on.
    pub(crate) fn device_key(&self, fresh: [u8; 32]) -> Result<[u8; 32], PagesError> {
        self.with(|connection| {
            connection.execute(
                "INSERT INTO device_key (one, bytes) VALUES (1, ?) ON CONFLICT DO NOTHING",
                [fresh],
            )?;
            connection.query_row("SELECT bytes FROM device_key", [], |row| row.get(0))
        })
    }
}

/// What is kept of a user who is not switched off.
struct Found {
    identity: Identity,
    hash: String,
    /// Seconds since 1970 until which a password that was given out is good.
    until: Option<i64>,
}

impl Found {
    fn is_in_time(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now.as_second() < until)
    }
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    let until: Option<i64> = row.get(4)?;
    Ok(User {
        name: row.get(0)?,
        role: row.get(1)?,
        disabled: row.get(2)?,
        added_at: Timestamp::from_second(row.get(3)?).unwrap_or_default(),
        one_time_until: until.and_then(|until| Timestamp::from_second(until).ok()),
        by_provider: row.get(5)?,
    })
}
