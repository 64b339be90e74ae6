//! Sign-in by an OpenID Connect provider: the authorisation code flow with PKCE, and back-channel logout. It
//! knows nothing of pages, sessions or users.
//!
//! [`Provider::authorization_url`] is where a browser is sent; what it comes back with goes to
//! [`Provider::finish`], which gives a [`Person`]. A [`Binding`] in a cookie ties both to one browser: `state`,
//! `nonce` and the PKCE verifier are made from it, so that nothing is kept here between the two.
//!
//! What is asked of the provider: discovery, keys, tokens and, where claims are missing in the ID token, its
//! userinfo endpoint. Over `https` only (`http` on loopback), ten seconds at most each, answers of 256 KiB at
//! most, sixteen at once. Signatures are checked with ring: RS, PS, ES (P-256, P-384) and EdDSA.

mod answer;
mod binding;
mod claims;
mod error;
mod keys;
mod metadata;
mod options;
mod provider;
mod token;

pub use binding::Binding;
pub use claims::Person;
pub use error::OpenIdError;
pub use options::OpenIdOptions;
pub use provider::{LoggedOut, Provider, Returned};
