//! The `.join` file: all that one practice needs to join an exchange, made by `init` and read by `join`. TOML, so that it
//! can be looked into; it holds secrets.

use std::path::Path;

use nhs::{MailboxId, OdsCode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use settings::{Kind, Secret, Settings};

use crate::config::KINDS;
use crate::error::Error;

/// The number of the format that is written, and the only one that is read.
const FORMAT: u32 = 1;

const HEAD: &str = "\
# One practice's part of an exchange, for `restante join`. It holds secrets: bring it to this practice by a private way,
# and delete it once the practice has joined.
";

/// A `.join` file among the files that commands take.
pub const JOIN: Kind = Kind {
    name: "a .join file",
    given_to: "restante join",
    prefix: "RESTANTE_JOIN__",
    keys: &["format", "access", "member"],
    lists: &[],
};

/// What a `.join` file says.
#[derive(Deserialize)]
pub struct JoinFile {
    format: u32,
    /// How the exchange is reached.
    pub access: Access,
    /// The practice that joins it.
    pub member: Member,
}

/// How the exchange is reached.
#[derive(Deserialize)]
pub struct Access {
    /// `https://HOST:PORT`.
    pub url: String,
    /// The environment's shared key.
    pub shared_key: Secret,
    /// The authority of the exchange's certificate, PEM.
    pub authority: String,
}

/// Who joins.
#[derive(Deserialize)]
pub struct Member {
    /// The practice's ODS code.
    pub ods: OdsCode,
    /// Its name.
    pub name: String,
    /// Its mailbox.
    pub mailbox: MailboxId,
    /// The mailbox's password.
    pub password: Secret,
    /// The client's certificate and its chain, PEM.
    pub certificate: String,
    /// The client's key, PEM.
    pub private_key: Secret,
}

/// What is written into a `.join` file.
pub struct NewJoinFile<'a> {
    pub url: &'a str,
    pub shared_key: &'a SecretString,
    pub authority: &'a str,
    pub ods: &'a OdsCode,
    pub name: &'a str,
    pub mailbox: &'a MailboxId,
    pub password: &'a SecretString,
    pub certificate: &'a str,
    pub private_key: &'a SecretString,
}

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    access: WrittenAccess<'a>,
    member: WrittenMember<'a>,
}

#[derive(Serialize)]
struct WrittenAccess<'a> {
    url: &'a str,
    shared_key: &'a str,
    authority: &'a str,
}

#[derive(Serialize)]
struct WrittenMember<'a> {
    ods: &'a str,
    name: &'a str,
    mailbox: &'a str,
    password: &'a str,
    certificate: &'a str,
    private_key: &'a str,
}

impl NewJoinFile<'_> {
    /// Writes the file, which only its owner may read; there must be none of the name.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let written = Written {
            format: FORMAT,
            access: WrittenAccess {
                url: self.url,
                shared_key: self.shared_key.expose_secret(),
                authority: self.authority,
            },
            member: WrittenMember {
                ods: self.ods.as_str(),
                name: self.name,
                mailbox: self.mailbox.as_str(),
                password: self.password.expose_secret(),
                certificate: self.certificate,
                private_key: self.private_key.expose_secret(),
            },
        };
        let text = toml::to_string_pretty(&written).map_err(std::io::Error::other)?;
        let text = SecretString::from(format!("{HEAD}{text}"));
        let bytes = text.expose_secret().as_bytes();
        Ok(durable::write_new(path, bytes, durable::Access::Owner)?)
    }
}

impl JoinFile {
    /// Reads a `.join` file.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is another file, or was written by a later release.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let file: Self = Settings::read(path, &JOIN)?.into_checked(&JOIN, &KINDS)?;
        if file.format == FORMAT {
            return Ok(file);
        }
        Err(Error::Usage(format!(
            "{}: has format {}, and {FORMAT} was expected; join with the release that wrote it, or a later one",
            path.display(),
            file.format
        )))
    }
}
