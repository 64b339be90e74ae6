//! A command a file: its arguments, the one call that does its work, and what it prints.

pub mod audit;
pub mod backup;
pub mod bench;
pub mod certificate;
mod certificate_list;
mod certificate_revoke;
pub mod client;
mod console;
pub mod control_file;
mod follow;
pub mod init;
pub mod input_file;
pub mod join;
pub mod mailbox;
pub mod manual;
pub mod message;
mod password;
pub mod pds;
pub mod practice;
pub mod quarantine;
pub mod registry;
pub mod restore;
pub mod sandbox;
pub mod server;
pub mod token;
pub mod user;
pub mod workflow;
