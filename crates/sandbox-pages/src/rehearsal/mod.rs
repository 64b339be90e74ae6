//! The live page of a rehearsal: the scripts as a list of what to do next, ticking off as messages arrive; each row with
//! the message and the finding that decided it.

mod now;
mod page;
mod rows;
mod site;

pub use site::{Actions, Connection, Rehearsal, router, table};
