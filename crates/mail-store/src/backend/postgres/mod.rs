//! Records in PostgreSQL, for any number of servers. They keep nothing of their own but the
//! connections.

mod accept;
mod announcing;
mod audit_trail;
mod backup;
mod chunks;
mod connect;
mod coordination;
mod directory;
mod fate;
mod forget;
mod gathered;
mod hosts;
mod inboxes;
mod lease;
mod lists;
mod mailboxes;
mod messages;
mod operate;
mod options;
mod pool;
mod progress;
mod purge_orders;
mod quarantine;
mod records;
mod routing;
mod row;
mod schema;
mod sealed;
mod searches;
mod session;
mod steps;
mod tallies;
mod tls;
mod trail;
mod under_way;
mod upkeep;
mod uploads;
mod writer;

pub(crate) use backup::{Copy, RecordsToCopy};
pub(crate) use directory::operators_directory;
pub(crate) use mailboxes::usage;
pub(crate) use operate::{audit_after, audit_lines, shorten_audit, verify_audit};
pub use options::PostgresOptions;
pub(crate) use quarantine::quarantined;
pub(crate) use upkeep::{open, open_history};
