//! Sessions and one-time links, kept in memory by the hashes of their secrets.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use parking_lot::{Mutex, MutexGuard};
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::identity::Identity;
use crate::notice::Notice;
use crate::source::Source;

/// The field of a form that holds the session's token.
pub(crate) const FORM_TOKEN: &str = "token";
/// Sessions at once, at most; a further one ends the oldest.
const MOST: usize = 10_000;
/// Addresses that a session is remembered to have looked at; beyond it they are forgotten, and noted
/// again at the next look.
const MOST_LOOKED_AT: usize = 200;

/// Open pages of a session that renew themselves, at most.
const MOST_STREAMS: usize = 6;
/// Texts kept for a session's addresses, and their characters, at most; the oldest go.
const MOST_TEXTS: usize = 50;
const LONGEST_TEXT: usize = 500;

/// The hash of a session's secret: what is kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SessionKey(pub(super) [u8; 32]);

impl SessionKey {
    /// What tells it apart in the security log, and opens nothing.
    pub(crate) fn mark(&self) -> String {
        let digest = Sha256::digest(self.0);
        digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// A session as a request sees it.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) key: SessionKey,
    pub(crate) identity: Identity,
    /// What every form of this session must carry.
    pub(crate) form_token: String,
}

/// A session as lists tell of it.
#[derive(Debug, Clone)]
pub(crate) struct OpenSession {
    pub(crate) key: SessionKey,
    pub(crate) identity: Identity,
    pub(crate) source: Source,
    pub(crate) begun: Timestamp,
    pub(crate) used: Timestamp,
}

/// What a session begins with.
pub(super) struct NewSession {
    pub(super) identity: Identity,
    pub(super) source: Source,
    pub(super) form_token: String,
    /// Where a provider said who it is: its session, which it may end.
    pub(super) provider: Option<ProviderSession>,
}

/// A session at an OpenID Connect provider.
#[derive(Debug, Clone)]
pub(super) struct ProviderSession {
    /// What the provider calls the person.
    pub(super) subject: String,
    /// What it calls the session, where it does.
    pub(super) id: Option<String>,
    /// How long ours may last, at most.
    pub(super) longest: SignedDuration,
}

struct Kept {
    identity: Identity,
    source: Source,
    form_token: String,
    provider: Option<ProviderSession>,
    begun: Timestamp,
    used: Timestamp,
    notice: Option<Notice>,
    looked_at: HashSet<String>,
    texts: VecDeque<(String, String)>,
    streams: Arc<Semaphore>,
}

/// Sessions and one-time links, by the hashes of their secrets.
pub(super) struct Sessions {
    idle: SignedDuration,
    longest: SignedDuration,
    kept: Mutex<HashMap<SessionKey, Kept>>,
    links: Mutex<HashMap<SessionKey, (Identity, Timestamp)>>,
}

impl Sessions {
    pub(super) fn new(idle: SignedDuration, longest: SignedDuration) -> Self {
        Self {
            idle,
            longest,
            kept: Mutex::default(),
            links: Mutex::default(),
        }
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<SessionKey, Kept>> {
        self.kept.lock()
    }

    fn is_good(&self, session: &Kept, now: Timestamp) -> bool {
        let provider = session.provider.as_ref();
        let longest = provider.map_or(self.longest, |it| it.longest.min(self.longest));
        now < later(session.used, self.idle) && now < later(session.begun, longest)
    }

    pub(super) fn add(&self, key: SessionKey, new: NewSession, now: Timestamp) {
        let mut kept = self.kept();
        kept.retain(|_, session| self.is_good(session, now));
        if kept.len() >= MOST {
            let oldest = kept.iter().min_by_key(|(_, session)| session.used);
            if let Some(oldest) = oldest.map(|(key, _)| *key) {
                kept.remove(&oldest);
            }
        }
        let session = Kept {
            identity: new.identity,
            source: new.source,
            form_token: new.form_token,
            provider: new.provider,
            begun: now,
            used: now,
            notice: None,
            looked_at: HashSet::new(),
            texts: VecDeque::new(),
            streams: Arc::new(Semaphore::new(MOST_STREAMS)),
        };
        kept.insert(key, session);
    }

    pub(super) fn touch(&self, key: &SessionKey, now: Timestamp) {
        let mut kept = self.kept();
        if let Some(session) = kept.get_mut(key)
            && self.is_good(session, now)
        {
            session.used = now;
        }
    }

    pub(super) fn get(&self, key: &SessionKey, now: Timestamp) -> Option<Signed> {
        let mut kept = self.kept();
        let session = kept.get(key)?;
        if !self.is_good(session, now) {
            kept.remove(key);
            return None;
        }
        Some(Signed {
            key: *key,
            identity: session.identity.clone(),
            form_token: session.form_token.clone(),
        })
    }

    pub(super) fn end(&self, key: &SessionKey) {
        self.kept().remove(key);
    }

    /// Ends all sessions of a user but one.
    pub(super) fn end_of(&self, user: &str, but: Option<&SessionKey>) {
        let goes =
            |key: &SessionKey, session: &Kept| session.identity.name == user && but != Some(key);
        self.kept().retain(|key, session| !goes(key, session));
    }

    /// Ends the sessions that a provider has ended: of one session of its own, or of all of a person. Gives whose
    /// and which.
    pub(super) fn end_provided(
        &self,
        subject: Option<&str>,
        id: Option<&str>,
    ) -> Vec<(String, SessionKey)> {
        let is_meant = |session: &Kept| {
            let Some(provider) = &session.provider else {
                return false;
            };
            let is_person = subject.is_none_or(|subject| provider.subject == subject);
            is_person && id.is_none_or(|id| provider.id.as_deref() == Some(id))
        };
        let mut kept = self.kept();
        let ended = kept.extract_if(|_, session| is_meant(session));
        ended
            .map(|(key, session)| (session.identity.name, key))
            .collect()
    }

    /// The session goes on with the user as they are now, as after a change of password.
    pub(super) fn renew(&self, key: &SessionKey, identity: Identity) {
        if let Some(session) = self.kept().get_mut(key) {
            session.identity = identity;
        }
    }

    /// The sessions there are, the latest used first.
    pub(super) fn list(&self, now: Timestamp) -> Vec<OpenSession> {
        let kept = self.kept();
        let good = kept
            .iter()
            .filter(|(_, session)| self.is_good(session, now));
        let mut list: Vec<OpenSession> = good
            .map(|(key, session)| OpenSession {
                key: *key,
                identity: session.identity.clone(),
                source: session.source,
                begun: session.begun,
                used: session.used,
            })
            .collect();
        drop(kept);
        list.sort_by_key(|session| std::cmp::Reverse((session.used, session.begun)));
        list
    }

    pub(super) fn has_looked(&self, key: &SessionKey, address: &str) -> bool {
        let mut kept = self.kept();
        let Some(session) = kept.get_mut(key) else {
            return false;
        };
        if session.looked_at.len() >= MOST_LOOKED_AT {
            session.looked_at.clear();
        }
        !session.looked_at.insert(address.to_owned())
    }

    pub(super) fn stream_place(&self, key: &SessionKey) -> Option<OwnedSemaphorePermit> {
        let streams = Arc::clone(&self.kept().get(key)?.streams);
        streams.try_acquire_owned().ok()
    }

    pub(super) fn keep_text(&self, key: &SessionKey, id: String, text: &str) {
        if let Some(session) = self.kept().get_mut(key) {
            if session.texts.len() >= MOST_TEXTS {
                session.texts.pop_front();
            }
            let text = text.chars().take(LONGEST_TEXT).collect();
            session.texts.push_back((id, text));
        }
    }

    pub(super) fn text(&self, key: &SessionKey, id: &str) -> Option<String> {
        let kept = self.kept();
        let mut texts = kept.get(key)?.texts.iter();
        let (_, text) = texts.find(|(known, _)| known == id)?;
        Some(text.clone())
    }

    pub(super) fn set_notice(&self, key: &SessionKey, notice: Notice) {
        if let Some(session) = self.kept().get_mut(key) {
            session.notice = Some(notice);
        }
    }

    pub(super) fn take_notice(&self, key: &SessionKey) -> Option<Notice> {
        self.kept().get_mut(key)?.notice.take()
    }

    pub(super) fn add_link(&self, key: SessionKey, identity: Identity, until: Timestamp) {
        self.links.lock().insert(key, (identity, until));
    }

    pub(super) fn take_link(&self, key: &SessionKey, now: Timestamp) -> Option<Identity> {
        let (identity, until) = self.links.lock().remove(key)?;
        (now < until).then_some(identity)
    }
}

/// The moment a duration after another; the latest there is when it lies beyond.
pub(super) fn later(now: Timestamp, duration: SignedDuration) -> Timestamp {
    now.checked_add(duration).unwrap_or(Timestamp::MAX)
}
