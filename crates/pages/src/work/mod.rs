//! Pages of work: a head of 48 pixels, dense lists and tables, two panes side by side. Forms and pages to be
//! read have the ordinary layout.
//!
//! `assets/work.css` dresses them alike whether or not the NHS design system was fetched. It has a dense form
//! of the pieces in [`components`](crate::components) too, so that a form can stand on a page of work.

mod frame;
mod page;
mod pieces;
mod table;

pub use frame::{WorkFrame, WorkLink};
pub use page::WorkPage;
pub use pieces::{State, facts, live_sign, note, segments, tabs, tag};
pub use table::WorkTable;
