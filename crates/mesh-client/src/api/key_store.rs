//! Reading the key stores that a Java client's site has: PKCS#12, and Java's own JKS.

use secrecy::{ExposeSecret, SecretString};

use super::connection::{Identity, pem};
use super::{elliptic, jks, pkcs12};
use crate::ClientError;

const JKS_MAGIC: &[u8] = &[0xfe, 0xed, 0xfe, 0xed];
const JCEKS_MAGIC: &[u8] = &[0xce, 0xce, 0xce, 0xce];

/// What a key store holds for a connection.
#[derive(Debug, Clone, Default)]
pub struct KeyStore {
    /// The first private key with its certificates.
    pub identity: Option<Identity>,
    /// The certificates it trusts, as PEM; empty when there are none.
    pub trusted: Vec<u8>,
}

/// A private key and certificates, all DER.
pub(super) struct Entries {
    pub key: Option<(Vec<u8>, Vec<Vec<u8>>)>,
    pub trusted: Vec<Vec<u8>>,
}

impl KeyStore {
    /// Reads a PKCS#12 or JKS key store; its first bytes tell which it is. Key and store have the
    /// same password, as Java's tools make them.
    ///
    /// # Errors
    /// [`ClientError::Configuration`] for another format or a wrong password.
    pub fn read(bytes: &[u8], password: &SecretString) -> Result<Self, ClientError> {
        let entries = if bytes.starts_with(JKS_MAGIC) {
            jks::read(bytes, password)?
        } else if bytes.starts_with(JCEKS_MAGIC) {
            return Err(wrong(
                "a JCEKS key store cannot be read; convert it with keytool -importkeystore \
                 -deststoretype PKCS12",
            ));
        } else {
            pkcs12::read(bytes, password.expose_secret()).ok_or_else(|| {
                wrong("it is neither PKCS#12 nor JKS, or its password is another, or it is damaged")
            })?
        };
        let identity = entries.key.map(|(key, chain)| {
            let own = chain.first().map(Vec::as_slice).unwrap_or_default();
            Identity {
                certificate: pem_of_all(&chain),
                key: pem(
                    &elliptic::completed(&key, own).unwrap_or(key),
                    "PRIVATE KEY",
                ),
            }
        });
        Ok(Self {
            identity,
            trusted: pem_of_all(&entries.trusted),
        })
    }
}

fn pem_of_all(certificates: &[Vec<u8>]) -> Vec<u8> {
    let texts = certificates.iter().map(|der| pem(der, "CERTIFICATE"));
    texts.collect::<Vec<_>>().concat()
}

pub(super) fn wrong(what: &str) -> ClientError {
    ClientError::Configuration(format!("the key store: {what}"))
}
