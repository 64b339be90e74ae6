//! A command a file: its arguments, the one call that does its work, and what it prints.

pub mod audit;
pub mod backup;
pub mod certificate;
pub mod client;
mod console;
pub mod control_file;
pub mod mailbox;
pub mod message;
pub mod pds;
pub mod practice;
pub mod quarantine;
pub mod registry;
pub mod restore;
pub mod sandbox;
pub mod server;
pub mod user;
pub mod workflow;

use std::io::BufRead;

use secrecy::SecretString;

use crate::error::Error;

/// One line of standard input, where no other user of the machine sees it.
fn password_from_stdin() -> Result<SecretString, Error> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        Err(Error::EmptyPassword)
    } else {
        Ok(password.to_owned().into())
    }
}
