//! The review of an Update Record through its page: nothing is filed until a person has decided every entry.

mod deciding;
pub mod kit;
mod looking;
mod replacing;
