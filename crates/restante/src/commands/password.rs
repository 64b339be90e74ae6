//! Passwords that an operator gives: on standard input, or typed at a terminal that does not show them.

use std::io::{BufRead, IsTerminal};

use clap::Args;
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;

/// How the password is given.
#[derive(Args)]
pub struct PasswordArguments {
    /// Read the password, one line, from standard input; without it, it is asked for on the terminal
    #[arg(long)]
    pub password_stdin: bool,
}

impl PasswordArguments {
    /// The password, asked for twice on a terminal.
    ///
    /// # Errors
    ///
    /// When it is empty, cannot be read, was typed in two ways, or there is neither `--password-stdin` nor a
    /// terminal.
    pub fn new_password(&self, whose: &str) -> Result<SecretString, Error> {
        if self.password_stdin {
            return from_stdin();
        }
        let first = typed(&format!("New password for {whose}: "))?;
        let second = typed("The same again: ")?;
        if first.expose_secret() != second.expose_secret() {
            return Err(Error::Usage(
                "the two passwords are not the same; nothing was changed. Try again".to_owned(),
            ));
        }
        Ok(first)
    }

    /// A password that is only compared, asked for once.
    ///
    /// # Errors
    ///
    /// When it is empty, cannot be read, or there is neither `--password-stdin` nor a terminal.
    pub fn known_password(&self, whose: &str) -> Result<SecretString, Error> {
        if self.password_stdin {
            return from_stdin();
        }
        typed(&format!("Password of {whose}: "))
    }
}

/// One line of standard input, where no other user of the machine sees it.
fn from_stdin() -> Result<SecretString, Error> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        Err(Error::EmptyPassword)
    } else {
        Ok(password.to_owned().into())
    }
}

/// One line typed at the terminal, which does not show it.
fn typed(prompt: &str) -> Result<SecretString, Error> {
    if !std::io::stdin().is_terminal() {
        return Err(Error::Arguments(
            "no password: standard input is no terminal to ask at; give --password-stdin and one line"
                .to_owned(),
        ));
    }
    let password = SecretString::from(rpassword::prompt_password(prompt)?);
    if password.expose_secret().is_empty() {
        return Err(Error::EmptyPassword);
    }
    Ok(password)
}
