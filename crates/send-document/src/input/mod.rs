//! Records that messages are made of, as people and programs give them: JSON, described field by field.

pub(crate) mod fields;
mod json;
mod repair;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::FieldError;

pub(crate) use fields::Fields;
pub(crate) use json::read;

/// A record that is read from JSON.
pub(crate) trait Input: DeserializeOwned {
    /// What errors call the format: `consultation`.
    const FORMAT: &'static str;

    /// A record in order, whose values stand in for wrong ones so that reading finds the next.
    fn example() -> &'static Value;

    /// Every field that breaks a rule that its type cannot tell.
    fn wrong_fields(&self) -> Vec<FieldError>;
}
