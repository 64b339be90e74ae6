//! Sign-in by an OpenID Connect provider: who is let in, and whose sessions it ends.

use std::fmt;
use std::sync::Arc;

use openid_connect::{Binding, LoggedOut, OpenIdError, OpenIdOptions, Person, Provider, Returned};

use super::actor::Actor;
use super::session::ProviderSession;
use super::users::{Admission, Vouched};
use super::{Access, blocking};
use crate::security_log::Event;
use crate::source::Source;
use crate::{PagesError, Role};

/// What the security log calls a sign-in by the provider.
const SIGN_IN: &str = "sign-in by provider";

/// An OpenID Connect provider, and the roles that its people may have here. Cheap to clone.
#[derive(Clone)]
pub struct OpenId {
    provider: Arc<Provider>,
    /// The names of the roles, the one that may least first.
    roles: Vec<&'static str>,
}

impl fmt::Debug for OpenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.provider.fmt(f)
    }
}

/// What became of a sign-in by the provider.
pub(crate) enum Vouching {
    /// The session's secret, for the cookie.
    Welcome(String),
    /// Why not, in words for whoever tries.
    Refused(String),
    /// The provider cannot be asked; passwords go on.
    Unavailable,
}

impl OpenId {
    /// A provider for a site with these roles.
    ///
    /// # Errors
    /// [`PagesError::OpenId`] for a setting that cannot be used, such as a role that the site has not.
    pub fn new<R: Role>(options: OpenIdOptions) -> Result<Self, PagesError> {
        let roles: Vec<&str> = R::ALL.iter().map(|role| role.name()).collect();
        let unknown = options
            .roles
            .values()
            .find(|role| !roles.contains(&role.as_str()));
        if let Some(unknown) = unknown {
            let problem = format!(
                "{unknown} is no role here: expected one of {}",
                roles.join(", ")
            );
            let setting = "roles";
            return Err(OpenIdError::Configuration { setting, problem }.into());
        }
        Ok(Self {
            provider: Arc::new(Provider::new(options)?),
            roles,
        })
    }

    /// What the provider is called on the sign-in page.
    pub(crate) fn name(&self) -> &str {
        &self.provider.options().name
    }

    /// The strongest role somebody has here.
    fn role(&self, person: &Person) -> Option<&'static str> {
        let has = |role: &&&str| person.roles.iter().any(|name| name == **role);
        self.roles.iter().rev().find(has).copied()
    }
}

impl Access {
    pub(crate) fn openid(&self) -> Option<&OpenId> {
        self.options().openid.as_ref()
    }

    /// Begins a sign-in by the provider: what ties it to the browser, and where that is sent. `None` when the
    /// provider cannot be asked.
    pub(crate) async fn begin_by_provider(
        &self,
        openid: &OpenId,
        source: Source,
    ) -> Option<(Binding, String)> {
        let _turn = self.inner.under_way.begin(source)?;
        let binding = Binding::new(self.inner.randomness.as_ref());
        match openid
            .provider
            .authorization_url(&binding, self.now())
            .await
        {
            Ok(url) => Some((binding, url)),
            Err(error) => {
                tracing::warn!(code = error.code(), %error, "nobody can sign in by the provider");
                None
            }
        }
    }

    /// Lets in whom the provider vouches for, when this browser began it.
    pub(crate) async fn finish_by_provider(
        &self,
        openid: &OpenId,
        binding: Option<Binding>,
        returned: &Returned,
        source: Source,
    ) -> Result<Vouching, PagesError> {
        let Some(binding) = binding else {
            let words = "This browser began no sign-in, or more than 10 minutes ago. Try again";
            return Ok(self.turned_away("", source, words.to_owned()).await);
        };
        let Some(turn) = self.inner.under_way.begin(source) else {
            return Ok(Vouching::Unavailable);
        };
        let finished = openid.provider.finish(&binding, returned, self.now()).await;
        drop(turn);
        let person = match finished {
            Ok(person) => person,
            Err(error) => return Ok(self.not_vouched_for(&error, source).await),
        };
        let Some(role) = openid.role(&person) else {
            let words = "Your account has no role here. Whoever manages accounts can give you one";
            return Ok(self
                .turned_away(&person.user, source, words.to_owned())
                .await);
        };
        let subject = format!("{} {}", openid.provider.options().issuer, person.subject);
        let who = Vouched {
            subject,
            name: person.user,
            role: role.to_owned(),
        };
        let by = Actor {
            who: "provider".to_owned(),
            from: source.to_string(),
            session: String::new(),
        };
        let (users, now) = (self.inner.users.clone(), self.now());
        let admission = blocking(move || users.admit(&by, &who, now)).await?;
        let (name, words) = match admission {
            Admission::Admitted(identity) => {
                let provider = ProviderSession {
                    subject: person.subject,
                    id: person.session,
                    longest: openid.provider.options().session(),
                };
                let session = self.begin_session(identity, source, SIGN_IN, Some(provider));
                return Ok(Vouching::Welcome(session.await?));
            }
            Admission::Disabled(name) => (
                name,
                "You are disabled here. An administrator can let you in again",
            ),
            Admission::NameTaken(name) => (
                name,
                "Another user has your account's name, with a password. An administrator can leave that user to \
                 the provider",
            ),
            Admission::Name => (
                String::new(),
                "Your account's name cannot be a user's name here: it needs 1 to 64 characters of a-z, 0-9 and \
                 . _ - @",
            ),
        };
        Ok(self.turned_away(&name, source, words.to_owned()).await)
    }

    /// What an error means for whoever tries.
    async fn not_vouched_for(&self, error: &OpenIdError, source: Source) -> Vouching {
        tracing::warn!(code = error.code(), %error, %source, "a sign-in by the provider failed");
        let words = match error {
            OpenIdError::Unreachable(_) | OpenIdError::Busy | OpenIdError::Configuration { .. } => {
                return Vouching::Unavailable;
            }
            OpenIdError::Refused(code) if code == "access_denied" => {
                "The sign-in was given up at the provider, or refused there".to_owned()
            }
            OpenIdError::Foreign(_) => {
                "This sign-in was not begun in this browser, or was finished already. Try again".to_owned()
            }
            OpenIdError::Claim(claim) => format!(
                "The provider does not tell the user name (claim {claim}). Whoever set up the sign-in can change that"
            ),
            OpenIdError::Answer { .. } | OpenIdError::Token(_) | OpenIdError::Refused(_) => {
                "The provider's answer cannot be used. Try again; if that does not help, tell whoever set up the \
                 sign-in: the log of this service says why"
                    .to_owned()
            }
        };
        self.turned_away("", source, words).await
    }

    /// Notes that somebody is not let in, with the name where a user has it.
    async fn turned_away(&self, name: &str, source: Source, words: String) -> Vouching {
        self.note_refused_sign_in(name.to_lowercase(), source, (SIGN_IN, "refused"))
            .await;
        Vouching::Refused(words)
    }

    /// Ends the sessions that a logout token of the provider names. False when the token is not good.
    pub(crate) async fn end_by_provider(
        &self,
        openid: &OpenId,
        token: &str,
        source: Source,
    ) -> bool {
        let LoggedOut { subject, session } = match openid
            .provider
            .logged_out(token, self.now())
            .await
        {
            Ok(who) => who,
            Err(error) => {
                tracing::warn!(code = error.code(), %error, %source, "a logout by the provider was refused");
                self.note_stranger(Event {
                    from: source.to_string(),
                    action: "logout by provider",
                    outcome: "refused",
                    ..Event::default()
                })
                .await;
                return false;
            }
        };
        let by = Actor {
            who: "provider".to_owned(),
            from: source.to_string(),
            session: String::new(),
        };
        let ended = self
            .inner
            .sessions
            .end_provided(subject.as_deref(), session.as_deref());
        for (user, key) in ended {
            let subject = format!("{user} {}", key.mark());
            self.note_refusal(by.event("session ended", subject, "ok"))
                .await;
        }
        true
    }
}
