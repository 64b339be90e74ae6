//! Messages: the list with what narrows it, the search for one, the list as a file.

mod export;
mod list;
mod searching;
mod table;

pub(crate) use export::export;
pub(crate) use list::{list, narrow};
pub(crate) use searching::search;
pub(crate) use table::{Ends, table_or};
