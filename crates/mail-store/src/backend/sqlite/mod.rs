//! Records in SQLite, for one server: `records.sqlite3` in the data directory. What waits in each
//! inbox and which tokens were used is kept in memory as well, and rebuilt at start.

mod accept;
mod audit_trail;
mod backup;
mod batch;
mod checksum;
mod chunks;
mod coordination;
mod directory;
mod effects;
mod facts;
mod forget;
mod inbox_index;
mod inboxes;
mod index;
mod lists;
mod loading;
mod mailboxes;
mod messages;
mod operate;
mod progress;
mod purge_orders;
mod quarantine;
mod readers;
mod records;
mod routing;
mod row;
mod schema;
mod sealed;
mod searches;
mod shared;
mod steps;
mod tallies;
mod tokens;
mod trail;
mod upkeep;
mod uploads;
mod usage;
mod used_tokens;
mod writer;

pub(crate) use backup::RecordsToCopy;
pub(crate) use directory::operators_directory;
pub(crate) use mailboxes::usage;
pub(crate) use operate::{audit_after, audit_lines, shorten_audit, verify_audit};
pub(crate) use quarantine::quarantined;
pub(crate) use upkeep::{open, open_history};
