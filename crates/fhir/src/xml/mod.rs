//! FHIR's XML: reading it safely, writing it in STU3 order.

mod order;
mod prescan;
mod read;
mod write;

pub(crate) use read::is_xhtml;
pub use read::read;
pub(crate) use write::in_order;
pub use write::write;
