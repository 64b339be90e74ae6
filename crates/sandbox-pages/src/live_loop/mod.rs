//! The first page of the demo: two practices, the exchange between them, and each letter on its way, with its times.
//!
//! A [`Recorder`] hears the exchange and the practices and keeps the last letters. Each picture is drawn on the server
//! from recorded moments (`pace` says which of them are told yet), so it needs no script, and nothing moves on it that
//! did not happen. [`Running`] is what the page's buttons act on.

mod contents;
mod details;
mod example;
mod fault;
mod frame;
mod kept;
mod letter;
mod looking;
mod map;
mod pace;
mod page;
mod pair;
mod places;
mod plug_in;
mod recent;
mod recorder;
mod requests;
mod road;
mod running;
mod site;
mod stage;
mod svg;
mod trouble;
mod visits;
mod words;

pub use example::Example;
pub use fault::Fault;
pub use pair::Pair;
pub use places::{Mailboxes, Places, Practice, Visitor};
pub use recorder::Recorder;
pub use running::{Counts, Running, Waiting};
pub use site::{LiveLoop, router, table};
