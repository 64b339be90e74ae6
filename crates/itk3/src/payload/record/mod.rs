//! Records that messages are made of, as people and programs give them: JSON, described field by field.

mod field;
mod json;
mod repair;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use field::{BASE64_EXPECTED, FieldError};
pub use json::read;

/// A record that is read from JSON ([`read`]).
pub trait Record: DeserializeOwned {
    /// What errors call the format: `consultation`.
    const FORMAT: &'static str;

    /// A record in order, whose values stand in for wrong ones so that reading finds the next.
    fn example() -> &'static Value;

    /// Every field that breaks a rule that its type cannot tell.
    fn wrong_fields(&self) -> Vec<FieldError>;
}
