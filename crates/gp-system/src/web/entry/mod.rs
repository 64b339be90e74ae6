//! Entering a consultation: the form, the look at the report as it will be sent, and sending it.

pub(super) mod attachments;
pub(super) mod draft;
mod draft_page;
mod fields;
mod filling;
pub(super) mod new;
mod notes;
mod page;
pub(super) mod patients;
mod reading;
mod saving;
pub(super) mod update;
