//! Who may look: users, sign-in, sessions.

mod account;
mod actor;
mod device;
mod failures;
mod hashing;
mod identity;
mod openid;
mod password;
mod secret;
mod session;
mod strangers;
mod under_way;
mod users;

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use nhs::{Clock, Randomness};
use tokio::sync::OwnedSemaphorePermit;

use crate::PagesError;
use crate::notice::Notice;
use crate::security_log::{Event, SecurityLog};
use crate::source::{Proxies, Source};

pub use identity::Identity;
pub use users::{NewUser, User, Users};

pub(crate) use account::PasswordChange;
pub(crate) use actor::Actor;
pub(crate) use identity::Presented;
pub use openid::OpenId;
pub(crate) use openid::Vouching;
pub(crate) use password::LENGTH as PASSWORD_LENGTH;
pub(crate) use secret::same;
pub(crate) use session::{FORM_TOKEN, OpenSession, SessionKey, Signed};
pub(crate) use users::ONE_TIME;

use device::{DeviceId, DeviceKey};
use failures::{Failures, Wait};
use hashing::Hashing;
use secret::hash;
use session::{NewSession, ProviderSession, Sessions, later};
use strangers::Strangers;
use under_way::UnderWay;

/// How long a one-time sign-in link is good.
const LINK: SignedDuration = SignedDuration::from_mins(15);

/// How people sign in at one address.
#[derive(Debug, Clone)]
pub struct AccessOptions {
    /// What the service is called on the sign-in page.
    pub service: String,
    /// Tells the cookies of services on one host apart: `practice`, `console`.
    pub cookie: &'static str,
    /// The address is served over TLS: cookies are then bound to it and to the host.
    pub secure: bool,
    /// A session ends when nothing was asked for this long.
    pub idle: SignedDuration,
    /// A session ends this long after it began.
    pub longest: SignedDuration,
    /// How often it is seen whether the session of an open page still lives.
    pub look: Duration,
    /// What stands in front of the pages.
    pub proxies: Proxies,
    /// The OpenID Connect provider that people may sign in by, beside passwords.
    pub openid: Option<OpenId>,
}

impl AccessOptions {
    /// 30 minutes idle, 12 hours in all, without TLS.
    pub fn new(service: impl Into<String>, cookie: &'static str) -> Self {
        Self {
            service: service.into(),
            cookie,
            secure: false,
            idle: SignedDuration::from_mins(30),
            longest: SignedDuration::from_hours(12),
            look: Duration::from_secs(20),
            proxies: Proxies::default(),
            openid: None,
        }
    }
}

/// Who is signed in at one address. Cheap to clone; sessions are kept in memory only, as hashes,
/// and end with the process.
#[derive(Clone)]
pub struct Access {
    inner: Arc<Inner>,
}

struct Inner {
    users: Users,
    options: AccessOptions,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    sessions: Sessions,
    failures: Failures,
    hashing: Hashing,
    device_key: DeviceKey,
    log: SecurityLog,
    strangers: Strangers,
    under_way: UnderWay,
}

/// A try to sign in.
pub(crate) struct Try {
    pub(crate) presented: Presented,
    pub(crate) source: Source,
    /// The cookie of a known device.
    pub(crate) device: Option<String>,
}

/// What became of a try to sign in.
pub(crate) enum Attempt {
    /// The session's secret, for the cookie, and the cookie of the device when it was not known.
    Welcome {
        session: String,
        device: Option<String>,
    },
    /// Wrong name or password; which, nobody is told.
    Refused,
    /// Too many tries; the next is heard after this many seconds.
    Wait(i64),
    /// Too many try at this moment; nothing was looked at.
    Busy,
}

impl Access {
    /// Access by users with their passwords.
    pub fn new(
        users: Users,
        options: AccessOptions,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Self {
        let mut fresh = [0; 32];
        randomness.fill(&mut fresh);
        let device_key = users.device_key(fresh).unwrap_or_else(|error| {
            tracing::warn!(%error, "devices known before are not known now");
            fresh
        });
        Self {
            inner: Arc::new(Inner {
                sessions: Sessions::new(options.idle, options.longest),
                hashing: Hashing::new(&users),
                device_key: DeviceKey(device_key),
                log: users.security_log(),
                strangers: Strangers::default(),
                under_way: UnderWay::default(),
                users,
                options,
                clock,
                randomness,
                failures: Failures::default(),
            }),
        }
    }

    /// The path of a link that signs this identity in, once and within 15 minutes. Whoever has it
    /// is let in: it is for the terminal of whoever started the service.
    pub fn sign_in_link(&self, identity: Identity) -> String {
        let secret = self.secret();
        let until = later(self.now(), LINK);
        self.inner.sessions.add_link(hash(&secret), identity, until);
        format!("/sign-in?link={secret}")
    }

    pub(crate) fn options(&self) -> &AccessOptions {
        &self.inner.options
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// 256 random bits as text.
    pub(crate) fn secret(&self) -> String {
        let mut bytes = [0; 32];
        self.inner.randomness.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Tries a name and password, unless there were too many wrong ones or too many try at once.
    pub(crate) async fn attempt(&self, tried: Try) -> Result<Attempt, PagesError> {
        let Inner {
            failures, hashing, ..
        } = self.inner.as_ref();
        let name = tried.presented.name.clone();
        let device = self.device(&name, tried.device.as_deref());
        let counted = match failures.begin(&name, tried.source, device, self.now()) {
            Ok(counted) => counted,
            Err(Wait { seconds, is_new }) => {
                if is_new {
                    tracing::warn!(source = %tried.source, "sign-in is locked after wrong tries");
                    self.note_refused_sign_in(name, tried.source, ("sign-in", "locked"))
                        .await;
                }
                return Ok(Attempt::Wait(seconds));
            }
        };
        let (presented, now) = (tried.presented, self.now());
        let found = hashing.run(move |users| users.identify(&presented, now));
        let Some(found) = found.await else {
            failures.withdraw(&counted);
            tracing::warn!(source = %tried.source, "too many try to sign in at once");
            return Ok(Attempt::Busy);
        };
        let Some(identity) = found? else {
            tracing::warn!(source = %tried.source, "a sign-in was refused");
            self.note_refused_sign_in(name, tried.source, ("sign-in", "refused"))
                .await;
            return Ok(Attempt::Refused);
        };
        failures.succeeded(&counted);
        let device = match device {
            Some(_) => None,
            None => self.new_device(&name),
        };
        let session = self
            .begin_session(identity, tried.source, "sign-in", None)
            .await?;
        Ok(Attempt::Welcome { session, device })
    }

    /// Writes a line of the security log.
    pub(crate) async fn note(&self, event: Event) -> Result<(), PagesError> {
        let (log, now) = (self.inner.log.clone(), self.now());
        blocking(move || log.add(now, &event)).await
    }

    /// Writes a line about what was refused, which is refused also when it cannot be written.
    pub(crate) async fn note_refusal(&self, event: Event) {
        if let Err(error) = self.note(event).await {
            tracing::error!(%error, "the security log could not be written");
        }
    }

    /// Writes a line about somebody without a session, of which there may be only so many.
    pub(crate) async fn note_stranger(&self, event: Event) {
        let Some(left_out) = self.inner.strangers.may(self.now()) else {
            return;
        };
        if left_out > 0 {
            self.note_refusal(Event {
                action: "refusals left out",
                subject: left_out.to_string(),
                outcome: "refused",
                ..Event::default()
            })
            .await;
        }
        self.note_refusal(event).await;
    }

    /// The name is written only where a user has it: others may be a password in the wrong field.
    async fn note_refused_sign_in(
        &self,
        name: String,
        source: Source,
        (action, outcome): (&'static str, &'static str),
    ) {
        let users = self.inner.users.clone();
        let known = blocking(move || Ok(users.is_known(&name)?.then_some(name))).await;
        self.note_stranger(Event {
            who: known.ok().flatten().unwrap_or_default(),
            from: source.to_string(),
            action,
            outcome,
            ..Event::default()
        })
        .await;
    }

    /// The device of a cookie, when this name signed in on it before.
    fn device(&self, name: &str, cookie: Option<&str>) -> Option<DeviceId> {
        self.inner.device_key.device(name, cookie?, self.now())
    }

    fn new_device(&self, name: &str) -> Option<String> {
        let mut id = DeviceId::default();
        self.inner.randomness.fill(&mut id);
        self.inner.device_key.cookie(name, id, self.now())
    }

    /// Begins a session by a one-time link.
    pub(crate) async fn follow_link(
        &self,
        secret: &str,
        source: Source,
    ) -> Result<Option<String>, PagesError> {
        match self.inner.sessions.take_link(&hash(secret), self.now()) {
            None => Ok(None),
            Some(identity) => {
                let session = self.begin_session(identity, source, "sign-in by link", None);
                session.await.map(Some)
            }
        }
    }

    async fn begin_session(
        &self,
        identity: Identity,
        source: Source,
        action: &'static str,
        provider: Option<ProviderSession>,
    ) -> Result<String, PagesError> {
        tracing::info!(
            user = identity.name,
            role = identity.role,
            %source,
            "signed in"
        );
        let (secret, form_token) = (self.secret(), self.secret());
        let key = hash(&secret);
        self.note(Event {
            who: identity.name.clone(),
            from: source.to_string(),
            action,
            subject: identity.role.clone(),
            outcome: "ok",
            session: key.mark(),
        })
        .await?;
        let new = NewSession {
            identity,
            source,
            form_token,
            provider,
        };
        self.inner.sessions.add(key, new, self.now());
        Ok(secret)
    }

    /// Whether this session has looked at an address before; it has from now on.
    pub(crate) fn has_looked(&self, key: &SessionKey, address: &str) -> bool {
        self.inner.sessions.has_looked(key, address)
    }

    /// The session a request's cookie names, when it is still good. A background request, one that
    /// no person made, does not keep the session alive.
    pub(crate) async fn session(
        &self,
        headers: &HeaderMap,
        background: bool,
    ) -> Result<Option<Signed>, PagesError> {
        let Some(secret) = cookie(headers, &self.cookie_name()) else {
            return Ok(None);
        };
        let key = hash(secret);
        if !background {
            self.inner.sessions.touch(&key, self.now());
        }
        self.still_signed_in(key).await
    }

    /// The session as it is now: its user may have been switched off or given another role.
    pub(crate) async fn still_signed_in(
        &self,
        key: SessionKey,
    ) -> Result<Option<Signed>, PagesError> {
        let Some(mut signed) = self.inner.sessions.get(&key, self.now()) else {
            return Ok(None);
        };
        let users = self.inner.users.clone();
        let identity = signed.identity.clone();
        match blocking(move || users.current(&identity)).await? {
            Some(identity) => {
                signed.identity = identity;
                Ok(Some(signed))
            }
            None => {
                self.inner.sessions.end(&key);
                Ok(None)
            }
        }
    }

    pub(crate) fn sign_out(&self, headers: &HeaderMap) {
        if let Some(secret) = cookie(headers, &self.cookie_name()) {
            self.inner.sessions.end(&hash(secret));
        }
    }

    /// The place of an open page that renews itself; `None` when the session has as many as it may.
    pub(crate) fn stream_place(&self, key: &SessionKey) -> Option<OwnedSemaphorePermit> {
        self.inner.sessions.stream_place(key)
    }

    /// Keeps a text for a session; gives what stands for it in an address of that session.
    pub(crate) fn keep_text(&self, key: &SessionKey, text: &str) -> String {
        let mut bytes = [0; 12];
        self.inner.randomness.fill(&mut bytes);
        let id = URL_SAFE_NO_PAD.encode(bytes);
        self.inner.sessions.keep_text(key, id.clone(), text);
        id
    }

    pub(crate) fn text(&self, key: &SessionKey, id: &str) -> Option<String> {
        self.inner.sessions.text(key, id)
    }

    pub(crate) fn set_notice(&self, key: &SessionKey, notice: Notice) {
        self.inner.sessions.set_notice(key, notice);
    }

    pub(crate) fn take_notice(&self, key: &SessionKey) -> Option<Notice> {
        self.inner.sessions.take_notice(key)
    }

    pub(crate) fn cookie_name(&self) -> String {
        self.named("session")
    }

    /// The name of a cookie: the prefix has browsers bind it to this host, this path and TLS.
    pub(crate) fn named(&self, what: &str) -> String {
        let prefix = if self.inner.options.secure {
            "__Host-"
        } else {
            ""
        };
        format!("{prefix}restante-{}-{what}", self.inner.options.cookie)
    }

    /// A cookie that scripts cannot read and other sites' forms do not send.
    pub(crate) fn set_cookie(&self, what: &str, value: &str) -> String {
        let name = self.named(what);
        let secure = if self.inner.options.secure {
            "; Secure"
        } else {
            ""
        };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}")
    }

    /// The cookie of a device that is known from now on, also when the browser is closed.
    pub(crate) fn set_device(&self, what: &str, value: &str) -> String {
        let seconds = device::KNOWN.as_secs();
        format!("{}; Max-Age={seconds}", self.set_cookie(what, value))
    }

    pub(crate) fn clear_cookie(&self, what: &str) -> String {
        self.set_cookie(what, "") + "; Max-Age=0"
    }
}

/// Runs work that waits for the disk or burns a processor where it holds up nobody.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PagesError> + Send + 'static,
) -> Result<T, PagesError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| PagesError::Stopped)?
}

/// The value of a cookie in a request.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(axum::http::header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}
