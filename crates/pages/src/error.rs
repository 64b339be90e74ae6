//! What can go wrong with users and sign-in.

/// What can go wrong with users and sign-in. Nothing here holds a password.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// The users' file could not be read or written.
    #[error("the users' records cannot be used: {0}")]
    Records(#[from] rusqlite::Error),
    /// A file could not be made.
    #[error(transparent)]
    File(#[from] durable::FileError),
    /// A name that no user may have.
    #[error("a user's name has 1 to 64 characters of a-z, 0-9 and . _ - @")]
    Name,
    /// The password is too short or too long.
    #[error("a password has 12 to 256 characters")]
    Password,
    /// The name is taken.
    #[error("a user of this name exists already; nothing was changed")]
    Exists,
    /// Nobody has that name.
    #[error("no user has this name; nothing was changed")]
    NoSuchUser,
    /// The password could not be hashed.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
    /// Too many passwords are looked at in this moment.
    #[error(
        "too many passwords are looked at in this moment; nothing was changed, and it is safe to ask again"
    )]
    Busy,
    /// The OpenID Connect provider cannot be set up so.
    #[error("[pages.openid] {0}")]
    OpenId(#[from] openid_connect::OpenIdError),
    /// Work on another thread ended abnormally.
    #[error("the work ended abnormally; it is safe to ask again")]
    Stopped,
}
