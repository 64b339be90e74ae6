//! What an authority issued, and writing it where its owner alone reads the key.

use std::path::{Path, PathBuf};

use durable::{Access, FileError};
use secrecy::{ExposeSecret, SecretString};

use super::record::Recorded;
use crate::ListenerError;

/// A certificate and its key, not yet written anywhere.
#[derive(Debug)]
pub struct Issued {
    /// The certificate followed by its authority's, PEM.
    pub certificate_pem: String,
    /// The private key, PKCS#8 PEM.
    pub key_pem: SecretString,
    /// What the authority's record has of it, such as the serial number, which `revoke` takes.
    pub recorded: Recorded,
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
        self.put(dir, stem, durable::replace)
    }

    /// As [`Issued::write`], where no file of either name may be there yet: a key that is written over is lost.
    ///
    /// # Errors
    ///
    /// [`ListenerError::File`] names what is there already or cannot be written; a former file is as before.
    pub fn write_new(&self, dir: &Path, stem: &str) -> Result<IssuedFiles, ListenerError> {
        self.put(dir, stem, durable::write_new)
    }

    fn put(
        &self,
        dir: &Path,
        stem: &str,
        write: fn(&Path, &[u8], Access) -> Result<(), FileError>,
    ) -> Result<IssuedFiles, ListenerError> {
        durable::create_directory(dir, Access::EveryoneReads)?;
        let files = IssuedFiles::named(dir, stem);
        let private = self.key_pem.expose_secret().as_bytes();
        write(&files.key, private, Access::Owner)?;
        let public = self.certificate_pem.as_bytes();
        write(&files.certificate, public, Access::EveryoneReads)?;
        Ok(files)
    }
}

impl IssuedFiles {
    /// Where [`Issued::write`] puts them.
    pub fn named(dir: &Path, stem: &str) -> Self {
        Self {
            certificate: dir.join(format!("{stem}.pem")),
            key: dir.join(format!("{stem}.key.pem")),
        }
    }
}
