//! Who does something, as the security log names them.

use crate::security_log::Event;
use crate::source::Source;

/// Who does something, from where, in which session.
#[derive(Debug, Clone, Default)]
pub(crate) struct Actor {
    pub(crate) who: String,
    pub(crate) from: String,
    pub(crate) session: String,
}

impl Actor {
    /// Somebody who is signed in.
    pub(crate) fn new(user: &str, source: Source, session: String) -> Self {
        Self {
            who: user.to_owned(),
            from: source.to_string(),
            session,
        }
    }

    /// A command on the machine.
    pub(crate) fn operator() -> Self {
        Self {
            who: "operator".to_owned(),
            from: "this machine".to_owned(),
            session: String::new(),
        }
    }

    /// What is noted of it.
    pub(crate) fn event(
        &self,
        action: &'static str,
        subject: impl Into<String>,
        outcome: &'static str,
    ) -> Event {
        Event {
            who: self.who.clone(),
            from: self.from.clone(),
            action,
            subject: subject.into(),
            outcome,
            session: self.session.clone(),
        }
    }
}
