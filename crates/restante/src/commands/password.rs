//! Passwords that an operator gives.

use std::io::BufRead;

use secrecy::SecretString;

use crate::error::Error;

/// One line of standard input, where no other user of the machine sees it.
///
/// # Errors
///
/// When the line is empty or cannot be read.
pub fn from_stdin() -> Result<SecretString, Error> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        Err(Error::EmptyPassword)
    } else {
        Ok(password.to_owned().into())
    }
}
