//! Who somebody is, once it is proved.

use secrecy::SecretString;

/// Somebody whose identity is proved. Sessions, roles and pages ask for no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user's name.
    pub name: String,
    /// The name of the role.
    pub role: String,
    /// Rises when the proof changes, as with a new password: sessions from before it end.
    pub version: i64,
    /// The password was given out by somebody else: nothing but a choice of another is allowed.
    pub must_change: bool,
}

/// What somebody shows to prove who they are.
pub(crate) struct Presented {
    /// The name, in small letters.
    pub(crate) name: String,
    /// The password.
    pub(crate) password: SecretString,
}
