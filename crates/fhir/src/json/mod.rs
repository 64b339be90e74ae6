//! FHIR's JSON: reading it safely, writing it in STU3 order.
//!
//! ITK3 itself speaks XML only; JSON is for tools and tests. Which elements repeat and which values
//! are numbers comes from the table of types, so only resource types in it can be read or written.

mod read;
mod value;
mod write;

pub use read::read;
pub use write::write;
