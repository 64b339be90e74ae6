//! The operator's console of an exchange: how its mailboxes stand, what is queued, how quick it is,
//! and for each message its journey. It reads; the only thing it writes is the audit trail, when
//! somebody looks at what may name a patient.
//!
//! [`router`] makes the site from one table of routes and roles. [`Journeys`] hears what the
//! exchange does, and what practices do where they run in the same process: steps of the `journey`
//! crate.

mod audit;
mod chart;
mod console;
mod help;
mod journeys;
mod labels;
mod mailboxes;
mod message;
mod messages;
mod not_collected;
mod overview;
mod queues;
mod rates;
mod role;
mod site;
mod timeline;

pub use console::{Console, Notices};
pub use journeys::Journeys;
pub use role::{ExchangePermission, ExchangeRole};
pub use site::{router, table};
