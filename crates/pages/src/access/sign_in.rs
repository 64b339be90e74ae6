//! Where identities come from.

use secrecy::SecretString;

use crate::{PagesError, SecurityLog};

/// Somebody whose identity is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user's name.
    pub name: String,
    /// The name of the role.
    pub role: String,
    /// Rises when the proof changes, as with a new password: sessions from before it end.
    pub version: i64,
}

/// What somebody shows to prove who they are.
pub struct Presented {
    /// The name, in small letters.
    pub name: String,
    /// The password.
    pub password: SecretString,
}

/// Where identities come from: the one place that would change for OpenID Connect. All else (the
/// sessions, the roles, the pages) takes an [`Identity`] and asks no more.
pub trait SignIn: Send + Sync {
    /// Who that is; `None` when it proves nothing. Must take as long for a name that does not exist
    /// as for one that does. May block.
    ///
    /// # Errors
    /// The source of identities cannot be asked; nobody is let in then.
    fn identify(&self, presented: &Presented) -> Result<Option<Identity>, PagesError>;

    /// The identity as it is now; `None` when it is gone, switched off or proved anew since. Asked
    /// for every request. May block.
    ///
    /// # Errors
    /// The source of identities cannot be asked; the request is answered 500.
    fn current(&self, identity: &Identity) -> Result<Option<Identity>, PagesError>;

    /// Whether somebody has this name, switched off or not. May block.
    ///
    /// # Errors
    /// The source of identities cannot be asked.
    fn is_known(&self, name: &str) -> Result<bool, PagesError>;

    /// Where it is noted what people do and try.
    fn security_log(&self) -> SecurityLog;

    /// The key that signs the cookies of known devices: the one kept, or `fresh`, which is kept from
    /// now on where there is a place for it. May block.
    ///
    /// # Errors
    /// The source of identities cannot be asked.
    fn device_key(&self, fresh: [u8; 32]) -> Result<[u8; 32], PagesError> {
        Ok(fresh)
    }
}
