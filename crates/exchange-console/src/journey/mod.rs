//! One message: its journey over time, what belongs to it, and the proof of it in the audit trail.

mod page;
mod panels;
mod picture;
mod proof;
mod rows;
mod scale;
mod whole;

pub(crate) use page::{page, reveal};
pub(crate) use proof::download;
