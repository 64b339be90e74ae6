//! What every part that meets messages of any payload asks: which payloads are known, which of them a
//! message is judged by, and what is wrong with it, for people.

mod check;
mod known;
mod paths;
mod source;

pub use check::{Answerer, CHECK_SECONDS, Checked, Found, check, read, transport};
pub use known::{KNOWN, of_message, of_release};
pub use paths::Paths;
