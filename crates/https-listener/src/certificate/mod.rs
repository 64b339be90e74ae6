//! Certificates for development, demonstrations and closed networks: an authority kept in a
//! directory, server and client certificates issued by it, the record of these, and its revocation list.
//!
//! Where a network has an authority of its own, its certificates are served as well: to the server
//! they are only PEM files.

mod authority;
mod files;
mod record;

pub use authority::{Authority, key_in};
pub use files::{Issued, IssuedFiles};
pub use record::{Holder, Recorded, Serial};
