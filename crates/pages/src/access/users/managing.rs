//! Changes of users: each is noted with who made it, both or neither.

use jiff::{SignedDuration, Timestamp};
use nhs::Randomness;
use rusqlite::params;
use secrecy::SecretString;

use super::super::actor::Actor;
use super::super::identity::Identity;
use super::super::session::later;
use super::{NewUser, Users, password};
use crate::PagesError;

/// How long a password that an administrator gives out can be used.
pub(crate) const ONE_TIME: SignedDuration = SignedDuration::from_hours(72);
/// Letters and figures that are not taken for each other; 32, so that each is five random bits.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

impl Users {
    /// Adds a user with a password of their own, as a command on the machine does.
    ///
    /// # Errors
    /// [`PagesError::Name`], [`PagesError::Password`] or [`PagesError::Exists`]; nothing is changed then.
    pub fn add(
        &self,
        new: &NewUser,
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Result<(), PagesError> {
        self.insert(&Actor::operator(), new, None, now, randomness)
    }

    /// Adds a user with a password that is good once, until the user has chosen another; gives it.
    pub(crate) fn add_with_one_time(
        &self,
        by: &Actor,
        name: &str,
        role: &str,
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Result<SecretString, PagesError> {
        let new = NewUser {
            name: name.to_owned(),
            role: role.to_owned(),
            password: one_time_password(randomness),
        };
        self.insert(by, &new, Some(later(now, ONE_TIME)), now, randomness)?;
        Ok(new.password)
    }

    fn insert(
        &self,
        by: &Actor,
        new: &NewUser,
        until: Option<Timestamp>,
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Result<(), PagesError> {
        let name = checked_name(&new.name).ok_or(PagesError::Name)?;
        let hash = password::hashed(&new.password, randomness)?;
        let until = until.map(Timestamp::as_second);
        let added = self.change(
            &by.event("user added", format!("{name} {}", new.role), "ok"),
            now,
            "INSERT INTO users (name, role, password, added_at, one_time_until) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT DO NOTHING",
            params![name, new.role, hash, now.as_second(), until],
        )?;
        if added == 0 {
            return Err(PagesError::Exists);
        }
        Ok(())
    }

    /// Refuses a user from now on, or lets them in again, as a command on the machine does. Their sessions
    /// end.
    ///
    /// # Errors
    /// [`PagesError::NoSuchUser`], or the file cannot be written.
    pub fn set_disabled(
        &self,
        name: &str,
        disabled: bool,
        now: Timestamp,
    ) -> Result<(), PagesError> {
        self.disable(&Actor::operator(), name, disabled, now)
    }

    pub(crate) fn disable(
        &self,
        by: &Actor,
        name: &str,
        disabled: bool,
        now: Timestamp,
    ) -> Result<(), PagesError> {
        let name = name.to_lowercase();
        let action = match disabled {
            true => "user disabled",
            false => "user enabled",
        };
        let changed = self.change(
            &by.event(action, name.as_str(), "ok"),
            now,
            "UPDATE users SET disabled = ?2, version = version + 1 WHERE name = ?1",
            params![name, disabled],
        )?;
        known(changed)
    }

    /// Gives a user another role; it counts from their next request.
    pub(crate) fn set_role(
        &self,
        by: &Actor,
        name: &str,
        role: &str,
        now: Timestamp,
    ) -> Result<(), PagesError> {
        let changed = self.change(
            &by.event("role changed", format!("{name} {role}"), "ok"),
            now,
            "UPDATE users SET role = ?2 WHERE name = ?1 AND subject IS NULL",
            params![name, role],
        )?;
        known(changed)
    }

    /// Gives a user another password of their own, as a command on the machine does. Their sessions end.
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
        let by = Actor::operator();
        let event = ("password changed", &by);
        self.write_password(event, name, (password, None), now, randomness)
    }

    /// Gives a user a password that is good once, until the user has chosen another. Their sessions end.
    pub(crate) fn reset_password(
        &self,
        by: &Actor,
        name: &str,
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Result<SecretString, PagesError> {
        let password = one_time_password(randomness);
        let until = Some(later(now, ONE_TIME));
        let event = ("password reset", by);
        self.write_password(event, name, (&password, until), now, randomness)?;
        Ok(password)
    }

    /// Gives users the password they chose. Gives who they are from now on; their other sessions end.
    pub(crate) fn choose_password(
        &self,
        by: &Actor,
        password: &SecretString,
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Result<Identity, PagesError> {
        let event = ("own password", by);
        self.write_password(event, &by.who, (password, None), now, randomness)?;
        self.identity(&by.who)?.ok_or(PagesError::NoSuchUser)
    }

    fn write_password(
        &self,
        (action, by): (&'static str, &Actor),
        name: &str,
        (password, until): (&SecretString, Option<Timestamp>),
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Result<(), PagesError> {
        let hash = password::hashed(password, randomness)?;
        let name = name.to_lowercase();
        let until = until.map(Timestamp::as_second);
        let changed = self.change(
            &by.event(action, name.as_str(), "ok"),
            now,
            "UPDATE users SET password = ?2, one_time_until = ?3, version = version + 1
             WHERE name = ?1 AND subject IS NULL",
            params![name, hash, until],
        )?;
        known(changed)
    }
}

pub(super) fn known(changed: usize) -> Result<(), PagesError> {
    match changed {
        0 => Err(PagesError::NoSuchUser),
        _ => Ok(()),
    }
}

pub(super) fn checked_name(name: &str) -> Option<String> {
    let name = name.trim().to_lowercase();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_@".contains(c);
    let good = !name.is_empty() && name.len() <= 64 && name.chars().all(allowed);
    good.then_some(name)
}

/// A hundred random bits in five groups of four, to be read from a screen and typed once.
fn one_time_password(randomness: &dyn Randomness) -> SecretString {
    let mut bytes = [0; 20];
    randomness.fill(&mut bytes);
    let letter = |byte: &u8| LETTERS.get(usize::from(byte & 31)).copied().map(char::from);
    let groups: Vec<String> = bytes
        .chunks(4)
        .map(|group| group.iter().filter_map(letter).collect())
        .collect();
    SecretString::from(groups.join("-"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::HashSet;

    use nhs::SystemRandomness;
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn one_time_passwords_differ_and_have_a_hundred_bits() {
        let letters: HashSet<u8> = LETTERS.iter().copied().collect();
        assert_eq!(letters.len(), 32);
        let made: HashSet<String> = (0..100)
            .map(|_| {
                one_time_password(&SystemRandomness)
                    .expose_secret()
                    .to_owned()
            })
            .collect();
        assert_eq!(made.len(), 100);
        assert!(made.iter().all(|password| password.len() == 24));
    }
}
