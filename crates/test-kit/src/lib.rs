//! What the tests of several crates share: a clock that is moved by hand, the folder of published
//! messages, how a test says that it cannot run here, and how one runs in a process of its own. A development dependency only; the product is built without it.

mod alone;
mod clock;
mod committed_page;
#[cfg(feature = "openid")]
pub mod openid;
#[cfg(feature = "receivers")]
pub mod receivers;
mod shared;
mod skip;

pub use alone::alone;
pub use clock::ManualClock;
pub use committed_page::committed_page;
pub use shared::{shared, shared_files};
pub use skip::{Needs, skip};
