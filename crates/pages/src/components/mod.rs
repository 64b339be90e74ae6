//! Pieces of pages in the markup of the NHS design system, under its names. All text given to them
//! is escaped.

mod date_input;
mod form;
mod navigation;
mod table;
mod text;
mod timeline;

pub use date_input::{DateInput, Part};
pub use form::{Choice, Errors, Field, button, button_link, checkbox, error_summary, radios};
pub use form::{secondary_button, warning_button};
pub use navigation::{Pagination, breadcrumbs, pagination};
pub use table::{Column, DataTable, Sorted};
pub use text::{
    Colour, SummaryRow, card, count_card, details, document, foreign_text, inset_text,
    notification_banner, print_button, summary_list, tag, time, visible, visually_hidden,
    warning_callout,
};
pub use timeline::{Outcome, TimelineStep, elapsed, timeline};
