//! What the tests of several crates share: a clock that is moved by hand, and how a test says that it
//! cannot run here. A development dependency only; the product is built without it.

mod clock;
mod skip;

pub use clock::ManualClock;
pub use skip::{Needs, skip};
