//! Users that an OpenID Connect provider vouches for.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::super::actor::Actor;
use super::super::identity::Identity;
use super::Users;
use super::managing::{checked_name, known};
use crate::PagesError;
use crate::security_log;

/// Somebody the provider vouches for, with a role that this site has.
pub(crate) struct Vouched {
    /// The provider's issuer and what it calls them: the same for ever.
    pub(crate) subject: String,
    /// The name that the provider tells.
    pub(crate) name: String,
    /// The name of the role.
    pub(crate) role: String,
}

/// Whether somebody the provider vouches for is let in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Admitted(Identity),
    /// An administrator has disabled the user.
    Disabled(String),
    /// Another user has that name, with a password or with another person behind it.
    NameTaken(String),
    /// The name is none that a user may have.
    Name,
}

/// A user as far as it is looked at here.
struct Row {
    name: String,
    role: String,
    disabled: bool,
    subject: Option<String>,
}

impl Users {
    /// Lets in whom the provider vouches for. Who comes first becomes a user; later the provider's role is
    /// taken, and the name stays.
    pub(crate) fn admit(
        &self,
        by: &Actor,
        who: &Vouched,
        now: Timestamp,
    ) -> Result<Admission, PagesError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let user = match row(&transaction, "subject", &who.subject)? {
            Some(user) => user,
            None => {
                let Some(name) = checked_name(&who.name) else {
                    return Ok(Admission::Name);
                };
                match row(&transaction, "name", &name)? {
                    Some(user) if user.subject.as_deref() != Some("") => {
                        return Ok(Admission::NameTaken(name));
                    }
                    Some(user) => {
                        let sql = "UPDATE users SET subject = ?2 WHERE name = ?1";
                        transaction.execute(sql, params![name, who.subject])?;
                        user
                    }
                    None => insert(&transaction, by, who, name, now)?,
                }
            }
        };
        if user.disabled {
            return Ok(Admission::Disabled(user.name));
        }
        if user.role != who.role {
            let sql = "UPDATE users SET role = ?2 WHERE name = ?1";
            transaction.execute(sql, params![user.name, who.role])?;
            let subject = format!("{} {}", user.name, who.role);
            let event = by.event("role changed", subject, "ok");
            security_log::append(&transaction, now, &event)?;
        }
        transaction.commit()?;
        drop(connection);
        let identity = self.identity(&user.name)?.ok_or(PagesError::NoSuchUser)?;
        Ok(Admission::Admitted(identity))
    }

    /// Takes a user's password away: the provider proves who it is from now on. Whom it vouches for by this name
    /// first, is this user. Their sessions end.
    pub(crate) fn leave_to_provider(
        &self,
        by: &Actor,
        name: &str,
        now: Timestamp,
    ) -> Result<(), PagesError> {
        let changed = self.change(
            &by.event("left to the provider", name, "ok"),
            now,
            "UPDATE users SET password = '', subject = '', one_time_until = NULL, version = version + 1
             WHERE name = ? AND subject IS NULL",
            params![name],
        )?;
        known(changed)
    }
}

fn row(connection: &Connection, column: &str, value: &str) -> rusqlite::Result<Option<Row>> {
    let sql = format!("SELECT name, role, disabled, subject FROM users WHERE {column} = ?");
    let mut found = connection.prepare_cached(&sql)?;
    let row = found.query_row([value], |row| {
        Ok(Row {
            name: row.get(0)?,
            role: row.get(1)?,
            disabled: row.get(2)?,
            subject: row.get(3)?,
        })
    });
    row.optional()
}

fn insert(
    connection: &Connection,
    by: &Actor,
    who: &Vouched,
    name: String,
    now: Timestamp,
) -> Result<Row, PagesError> {
    connection.execute(
        "INSERT INTO users (name, role, password, added_at, subject) VALUES (?, ?, '', ?, ?)",
        params![name, who.role, now.as_second(), who.subject],
    )?;
    let event = by.event("user added", format!("{name} {}", who.role), "ok");
    security_log::append(connection, now, &event)?;
    Ok(Row {
        name,
        role: who.role.clone(),
        disabled: false,
        subject: Some(who.subject.clone()),
    })
}
