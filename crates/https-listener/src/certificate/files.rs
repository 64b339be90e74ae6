//! What an authority issued, and writing it where its owner alone reads the key.

use std::path::{Path, PathBuf};

use durable::Access;
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
        durable::create_directory(dir, Access::EveryoneReads)?;
        let certificate = dir.join(format!("{stem}.pem"));
        let key = dir.join(format!("{stem}.key.pem"));
        let private = self.key_pem.expose_secret().as_bytes();
        durable::replace(&key, private, Access::Owner)?;
        let public = self.certificate_pem.as_bytes();
        durable::replace(&certificate, public, Access::EveryoneReads)?;
        Ok(IssuedFiles { certificate, key })
    }
}
