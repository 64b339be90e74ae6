//! `DIR/connect`: all that a system of one's own needs to join the demo, and two programs that show it works.

mod files;
mod letter;

use std::path::{Path, PathBuf};

use durable::Access;
use send_document::Ruleset;

use crate::error::{self, Error};

use super::credentials::Credentials;
use super::exchange_side::ExchangeSide;
use super::practices::Member;

/// The first user of the pages, as the practices and the console have it.
pub const PAGES_USER: &str = "administrator";

/// The directories that the visitor's client and GP system meet in.
const FOLDERS: [&str; 5] = ["OUT", "IN", "SENT", "FAILED", "TEMP"];

/// Where everything of the visitor's is.
pub struct Connect {
    dir: PathBuf,
}

/// What is written into the files.
pub struct Facts<'a> {
    pub exchange: &'a ExchangeSide,
    pub credentials: &'a Credentials,
    pub visitor: &'a Member,
    pub pages_url: &'a str,
    /// The rules that the letter keeps.
    pub ruleset: Ruleset,
}

impl Connect {
    /// In the demo's directory.
    pub fn within(dir: &Path) -> Self {
        Self {
            dir: dir.join("connect"),
        }
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where the passwords are kept.
    pub fn env(&self) -> PathBuf {
        self.dir.join("connect.env")
    }

    /// Writes all of it anew, but for the letter, which the visitor may have changed, and the certificate, while it is
    /// of the demo's authority.
    ///
    /// # Errors
    ///
    /// When something cannot be written.
    pub fn write(&self, facts: &Facts<'_>) -> Result<(), Error> {
        durable::create_directory(&self.dir, Access::Owner)?;
        for folder in FOLDERS {
            durable::create_directory(&self.dir.join("mailbox").join(folder), Access::Owner)?;
        }
        self.write_certificates(facts)?;
        letter::write(&self.dir, facts.visitor, facts.ruleset)?;
        self.put("connect.env", &self.connect_env(facts))?;
        self.put("client.toml", &self.client_toml(facts))?;
        self.put("meshclient.cfg", &self.meshclient_cfg(facts))?;
        self.put("send.py", include_str!("send.py"))?;
        self.put("send.sh", include_str!("send.sh"))?;
        make_executable(&self.dir.join("send.sh"))
    }

    fn put(&self, name: &str, text: &str) -> Result<(), Error> {
        let path = self.dir.join(name);
        Ok(durable::replace(&path, text.as_bytes(), Access::Owner)?)
    }

    fn write_certificates(&self, facts: &Facts<'_>) -> Result<(), Error> {
        let authority = &facts.exchange.authority;
        let trusted = std::fs::read(authority).map_err(error::at(authority))?;
        let (ca, key) = (self.dir.join("ca.pem"), self.dir.join("client.key.pem"));
        let is_the_same = std::fs::read(&ca).is_ok_and(|known| known == trusted);
        if is_the_same && key.exists() && self.dir.join("client.pem").exists() {
            return Ok(());
        }
        let name = ("visitor", &facts.visitor.ods);
        facts.exchange.issue_certificate(name, &self.dir)?;
        Ok(durable::replace(&ca, &trusted, Access::EveryoneReads)?)
    }
}

#[cfg(unix)]
fn make_executable(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    let owner = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(path, owner).map_err(error::at(path))
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> Result<(), Error> {
    Ok(())
}
