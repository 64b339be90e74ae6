//! The operator's console of an exchange: how its mailboxes stand, what is queued, how quick it is,
//! and for each message its journey. It reads, but for what operators do to mailboxes and
//! queues; each such change, and each look at what may name a patient, is in the audit trail.
//!
//! [`router`] makes the site from one table of routes and roles. [`Journeys`] hears what the
//! exchange does, and what practices do where they run in the same process: steps of the `journey`
//! crate.

mod assets;
mod audit;
mod certificates;
mod chain;
mod charts;
mod console;
mod days;
mod export;
mod help;
mod journey;
mod journeys;
mod labels;
mod mailboxes;
mod messages;
mod overview;
mod queues;
mod role;
mod settings;
mod sheets;
mod site;

pub use certificates::{Certificate, Certificates};
pub use console::{Console, Notices};
pub use journeys::Journeys;
pub use role::{ExchangePermission, ExchangeRole};
pub use settings::{Setup, SetupPart, SetupValue};
pub use site::{router, table};
