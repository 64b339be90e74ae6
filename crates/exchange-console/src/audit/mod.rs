//! The audit trail: searched, in pages, as a file.

mod export;
mod page;
mod table;

pub(crate) use export::export;
pub(crate) use page::{look_for, page};
pub(crate) use table::table;
