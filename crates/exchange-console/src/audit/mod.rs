//! The audit trail: searched, in pages, as a file.

mod export;
mod page;
mod table;
mod wanted;

pub(crate) use export::{export, export_found};
pub(crate) use page::{look_for, page};
pub(crate) use table::table;
