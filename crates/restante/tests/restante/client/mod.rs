//! The client when the network, the machine or the disk fails: each accepted message is in IN once,
//! byte for byte, and no file is lost.

mod dice;
mod disk;
mod faults;
mod killed;
mod ledger;
pub mod mailbox;
mod message;
mod proxy;
mod rights;
mod syncs;
