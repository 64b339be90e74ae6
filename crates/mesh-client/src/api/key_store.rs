//! Reading the key stores that a Java client's site has: PKCS#12, and Java's own JKS.

use p12_keystore::{KeyStore as Pkcs12, KeyStoreEntry, Pkcs12ImportPolicy};
use secrecy::{ExposeSecret, SecretString};

use super::connection::{Identity, pem};
use super::{elliptic, jks};
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
            pkcs12(bytes, password)?
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

fn pkcs12(bytes: &[u8], password: &SecretString) -> Result<Entries, ClientError> {
    let store = Pkcs12::from_pkcs12(bytes, password.expose_secret(), Pkcs12ImportPolicy::Strict)
        .map_err(|_| {
            wrong("it is neither PKCS#12 nor JKS, or its password is another, or it is damaged")
        })?;
    let key = store.private_key_chain().map(|(_, chain)| {
        let certificates = chain.certs().iter().map(|it| it.as_der().to_vec());
        (chain.key().as_der().to_vec(), certificates.collect())
    });
    let trusted = store.entries().filter_map(|(_, entry)| match entry {
        KeyStoreEntry::Certificate(certificate) => Some(certificate.as_der().to_vec()),
        _ => None,
    });
    Ok(Entries {
        key,
        trusted: trusted.collect(),
    })
}

fn pem_of_all(certificates: &[Vec<u8>]) -> Vec<u8> {
    let texts = certificates.iter().map(|der| pem(der, "CERTIFICATE"));
    texts.collect::<Vec<_>>().concat()
}

pub(super) fn wrong(what: &str) -> ClientError {
    ClientError::Configuration(format!("the key store: {what}"))
}
