//! What an authority issued, and writing it where its owner alone reads the key.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use crate::ListenerError;

/// A certificate and its key, not yet written anywhere.
#[derive(Debug)]
pub struct Issued {
    /// The certificate followed by its authority's, PEM.
    pub certificate_pem: String,
    /// The private key, PKCS#8 PEM.
    pub key_pem: SecretString,
    /// The serial number, lower-case hexadecimal: what `revoke` takes.
    pub serial: String,
}

/// Where an [`Issued`] certificate was written.
#[derive(Debug, Clone)]
pub struct IssuedFiles {
    /// `{stem}.pem`.
    pub certificate: PathBuf,
    /// `{stem}.key.pem`, readable by its owner only.
    pub key: PathBuf,
}

impl Issued {
    /// Writes `{stem}.pem` and `{stem}.key.pem` into the directory, which is made when absent.
    ///
    /// # Errors
    ///
    /// [`ListenerError::File`] names what cannot be written; a former file of the name is as before.
    pub fn write(&self, dir: &Path, stem: &str) -> Result<IssuedFiles, ListenerError> {
        fs::create_dir_all(dir).map_err(|error| ListenerError::File(dir.to_owned(), error))?;
        let certificate = dir.join(format!("{stem}.pem"));
        let key = dir.join(format!("{stem}.key.pem"));
        replace(&key, self.key_pem.expose_secret().as_bytes(), OWNER_ONLY)?;
        replace(
            &certificate,
            self.certificate_pem.as_bytes(),
            EVERYONE_READS,
        )?;
        Ok(IssuedFiles { certificate, key })
    }
}

pub(super) const OWNER_ONLY: u32 = 0o600;
pub(super) const EVERYONE_READS: u32 = 0o644;

/// Writes beside the file and renames, so that a reader meets the old content or the new.
pub(super) fn replace(path: &Path, content: &[u8], mode: u32) -> Result<(), ListenerError> {
    let temporary = path.with_extension("new");
    let written = || -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
        #[cfg(not(unix))]
        let _ = mode;
        let mut file = options.open(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    written().map_err(|error| ListenerError::File(path.to_owned(), error))
}

pub(super) fn read(path: &Path) -> Result<String, ListenerError> {
    fs::read_to_string(path).map_err(|error| ListenerError::File(path.to_owned(), error))
}
