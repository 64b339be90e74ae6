//! What the tests of this crate share.

mod backend;
#[path = "../../support/postgresql.rs"]
pub mod postgresql;
#[path = "../../support/s3.rs"]
pub mod s3;
mod servers;

pub use backend::*;
