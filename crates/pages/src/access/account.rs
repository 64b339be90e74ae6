//! What people do with their own password, and administrators with users and sessions.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use jiff::Timestamp;
use nhs::Randomness;
use secrecy::SecretString;

use super::actor::Actor;
use super::failures::Wait;
use super::identity::{Identity, Presented};
use super::session::{OpenSession, SessionKey};
use super::users::{User, Users};
use super::{Access, Inner, blocking};
use crate::PagesError;
use crate::source::Source;

/// What became of the wish for another password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordChange {
    /// It is the password from now on, and the user's other sessions have ended.
    Changed,
    /// The password given as the present one is not.
    Wrong,
    /// Too many wrong tries; the next is heard after this many seconds.
    Wait(i64),
    /// Too many passwords are looked at in this moment; nothing was done.
    Busy,
}

impl Access {
    /// Gives somebody who knows their present password the one they chose. Wrong tries are counted like
    /// those at the sign-in: an open screen is no place to guess at leisure.
    pub(crate) async fn change_own_password(
        &self,
        (by, key, source): (&Actor, &SessionKey, Source),
        present: SecretString,
        chosen: SecretString,
    ) -> Result<PasswordChange, PagesError> {
        let Inner {
            failures,
            hashing,
            sessions,
            ..
        } = self.inner.as_ref();
        let now = self.now();
        let refused = async |outcome| {
            let event = by.event("own password", by.who.as_str(), outcome);
            self.note_refusal(event).await;
        };
        let counted = match failures.begin(&by.who, source, None, now) {
            Ok(counted) => counted,
            Err(Wait { seconds, is_new }) => {
                if is_new {
                    refused("locked").await;
                }
                return Ok(PasswordChange::Wait(seconds));
            }
        };
        let (actor, randomness) = (by.clone(), Arc::clone(&self.inner.randomness));
        let done = hashing.run(move |users| {
            let presented = Presented {
                name: actor.who.clone(),
                password: present,
            };
            let known = users.identify(&presented, now)?;
            known
                .map(|_| users.choose_password(&actor, &chosen, now, randomness.as_ref()))
                .transpose()
        });
        let Some(done) = done.await else {
            failures.withdraw(&counted);
            return Ok(PasswordChange::Busy);
        };
        let Some(identity) = done? else {
            refused("refused").await;
            return Ok(PasswordChange::Wrong);
        };
        failures.succeeded(&counted);
        sessions.end_of(&by.who, Some(key));
        sessions.renew(key, identity);
        Ok(PasswordChange::Changed)
    }

    /// All users, by name.
    pub(crate) async fn users(&self) -> Result<Vec<User>, PagesError> {
        let users = self.inner.users.clone();
        blocking(move || users.list()).await
    }

    /// Changes users. As a password may be made, it is done where passwords are.
    pub(crate) async fn manage<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Users, Timestamp, &dyn Randomness) -> Result<T, PagesError> + Send + 'static,
    ) -> Result<T, PagesError> {
        let (now, randomness) = (self.now(), Arc::clone(&self.inner.randomness));
        let work = move |users: &Users| work(users, now, randomness.as_ref());
        match self.inner.hashing.run(work).await {
            Some(done) => done,
            None => Err(PagesError::Busy),
        }
    }

    /// Ends all sessions of a user.
    pub(crate) fn end_sessions_of(&self, user: &str) {
        self.inner.sessions.end_of(user, None);
    }

    /// The sessions that are good, the latest used first, with the users as they are now.
    pub(crate) async fn open_sessions(&self) -> Result<Vec<OpenSession>, PagesError> {
        let sessions = self.inner.sessions.list(self.now());
        let users = self.inner.users.clone();
        blocking(move || still_good(&users, sessions)).await
    }

    /// Ends the session of a mark, of this user only when one is given, and notes it. False when there
    /// was none.
    pub(crate) async fn end_session(&self, by: &Actor, mark: &str, of: Option<&str>) -> bool {
        let sessions = self.inner.sessions.list(self.now());
        let found = sessions.into_iter().find(|session| {
            session.key.mark() == mark && of.is_none_or(|user| session.identity.name == user)
        });
        let Some(session) = found else {
            return false;
        };
        self.inner.sessions.end(&session.key);
        let subject = format!("{} {mark}", session.identity.name);
        self.note_refusal(by.event("session ended", subject, "ok"))
            .await;
        true
    }
}

fn still_good(users: &Users, sessions: Vec<OpenSession>) -> Result<Vec<OpenSession>, PagesError> {
    let mut known: HashMap<String, Option<Identity>> = HashMap::new();
    let mut good = Vec::new();
    for mut session in sessions {
        let current = match known.entry(session.identity.name.clone()) {
            Entry::Occupied(seen) => seen.into_mut(),
            Entry::Vacant(unseen) => {
                let current = users.identity(unseen.key())?;
                unseen.insert(current)
            }
        };
        let current = current.as_ref();
        if let Some(current) = current.filter(|it| it.version == session.identity.version) {
            session.identity = current.clone();
            good.push(session);
        }
    }
    Ok(good)
}
