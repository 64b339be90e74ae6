//! What the tests of several crates share: a clock that is moved by hand, the folder of published
//! messages, and how a test says that it cannot run here. A development dependency only; the product is built without it.

mod clock;
mod shared;
mod skip;

pub use clock::ManualClock;
pub use shared::{shared, shared_files};
pub use skip::{Needs, skip};
