//! Users with their passwords, in a SQLite file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use durable::Access;
use jiff::Timestamp;
use nhs::Randomness;
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use secrecy::SecretString;

use super::password;
use super::sign_in::{Identity, Presented, SignIn};
use crate::PagesError;
use crate::security_log::{self, Event, SecurityLog};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS users (
    name     TEXT PRIMARY KEY,
    role     TEXT NOT NULL,
    password TEXT NOT NULL,             -- argon2id, as a PHC string
    disabled INTEGER NOT NULL DEFAULT 0,
    version  INTEGER NOT NULL DEFAULT 1, -- rises when sessions must end
    added_at INTEGER NOT NULL            -- seconds since 1970
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS device_key (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    bytes BLOB NOT NULL                 -- signs the cookies of known devices
) STRICT;
";

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

    fn over(connection: Connection) -> Result<Self, PagesError> {
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch(SCHEMA)?;
        connection.execute_batch(security_log::SCHEMA)?;
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
        (action, name): (&'static str, &str),
        now: Timestamp,
        sql: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<usize, PagesError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let changed = transaction.execute(sql, values)?;
        if changed > 0 {
            let event = Event::of_operator(action, name);
            security_log::append(&transaction, now, &event)?;
        }
        transaction.commit()?;
        Ok(changed)
    }

    /// Adds a user.
    ///
    /// # Errors
    /// [`PagesError::Name`], [`PagesError::Password`] or [`PagesError::Exists`]; nothing is changed then.
    pub fn add(
        &self,
        new: &NewUser,
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Result<(), PagesError> {
        let name = checked_name(&new.name).ok_or(PagesError::Name)?;
        let hash = password::hashed(&new.password, randomness)?;
        let added = self.change(
            ("user added", &format!("{name} {}", new.role)),
            now,
            "INSERT INTO users (name, role, password, added_at) VALUES (?, ?, ?, ?)
             ON CONFLICT DO NOTHING",
            params![name, new.role, hash, now.as_second()],
        )?;
        if added == 0 {
            return Err(PagesError::Exists);
        }
        Ok(())
    }

    /// All users, by name.
    ///
    /// # Errors
    /// [`PagesError::Records`] when the file cannot be read.
    pub fn list(&self) -> Result<Vec<User>, PagesError> {
        self.with(|connection| {
            connection
                .prepare_cached("SELECT name, role, disabled, added_at FROM users ORDER BY name")?
                .query_map([], user)?
                .collect()
        })
    }

    /// Refuses a user from now on, or lets them in again. Their sessions end.
    ///
    /// # Errors
    /// [`PagesError::NoSuchUser`], or the file cannot be written.
    pub fn set_disabled(
        &self,
        name: &str,
        disabled: bool,
        now: Timestamp,
    ) -> Result<(), PagesError> {
        let name = name.to_lowercase();
        let action = if disabled {
            "user disabled"
        } else {
            "user enabled"
        };
        let changed = self.change(
            (action, &name),
            now,
            "UPDATE users SET disabled = ?2, version = version + 1 WHERE name = ?1",
            params![name, disabled],
        )?;
        known(changed)
    }

    /// Gives a user another password. Their sessions end.
    ///
    /// # Errors
    /// [`PagesError::Password`], [`PagesError::NoSuchUser`], or the file cannot be written.
    pub fn set_password(
        &self,
        name: &str,
        password: &SecretString,
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Result<(), PagesError> {
        let hash = password::hashed(password, randomness)?;
        let name = name.to_lowercase();
        let changed = self.change(
            ("password changed", &name),
            now,
            "UPDATE users SET password = ?2, version = version + 1 WHERE name = ?1",
            params![name, hash],
        )?;
        known(changed)
    }

    /// A user's identity and password hash; `None` when there is none or it is switched off.
    fn find(&self, name: &str) -> Result<Option<(Identity, String)>, PagesError> {
        self.with(|connection| {
            connection
                .prepare_cached(
                    "SELECT name, role, version, password FROM users
                     WHERE name = ? AND disabled = 0",
                )?
                .query_row([name], |row| {
                    let identity = Identity {
                        name: row.get(0)?,
                        role: row.get(1)?,
                        version: row.get(2)?,
                    };
                    Ok((identity, row.get(3)?))
                })
                .optional()
        })
    }

    /// The identity of a user, such as for [`Access::sign_in_link`](crate::Access::sign_in_link).
    ///
    /// # Errors
    /// [`PagesError::Records`] when the file cannot be read.
    pub fn identity(&self, name: &str) -> Result<Option<Identity>, PagesError> {
        Ok(self.find(name)?.map(|(identity, _)| identity))
    }
}

impl SignIn for Users {
    fn identify(&self, presented: &Presented) -> Result<Option<Identity>, PagesError> {
        let found = self.find(&presented.name)?;
        let hash = found.as_ref().map(|(_, hash)| hash.as_str());
        let right = password::is_right(&presented.password, hash)?;
        Ok(found.filter(|_| right).map(|(identity, _)| identity))
    }

    fn current(&self, identity: &Identity) -> Result<Option<Identity>, PagesError> {
        let found = self.identity(&identity.name)?;
        Ok(found.filter(|found| found.version == identity.version))
    }

    fn is_known(&self, name: &str) -> Result<bool, PagesError> {
        self.with(|connection| {
            connection
                .prepare_cached("SELECT 1 FROM users WHERE name = ?")?
                .exists([name])
        })
    }

    fn security_log(&self) -> SecurityLog {
        Users::security_log(self)
    }

    fn device_key(&self, fresh: [u8; 32]) -> Result<[u8; 32], PagesError> {
        self.with(|connection| {
            connection.execute(
                "INSERT INTO device_key (one, bytes) VALUES (1, ?) ON CONFLICT DO NOTHING",
                [fresh],
            )?;
            connection.query_row("SELECT bytes FROM device_key", [], |row| row.get(0))
        })
    }
}

fn known(changed: usize) -> Result<(), PagesError> {
    match changed {
        0 => Err(PagesError::NoSuchUser),
        _ => Ok(()),
    }
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        name: row.get(0)?,
        role: row.get(1)?,
        disabled: row.get(2)?,
        added_at: Timestamp::from_second(row.get(3)?).unwrap_or_default(),
    })
}

fn checked_name(name: &str) -> Option<String> {
    let name = name.trim().to_lowercase();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_@".contains(c);
    let good = !name.is_empty() && name.len() <= 64 && name.chars().all(allowed);
    good.then_some(name)
}
