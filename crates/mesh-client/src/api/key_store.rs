//! Reading the key stores that a Java client's site has: PKCS#12, and Java's own JKS.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::certificate::Validity;
use super::connection::Identity;
use super::pem::{base64_of, pem};
use super::{elliptic, jks, pkcs12};
use crate::ClientError;

const JKS_MAGIC: &[u8] = &[0xfe, 0xed, 0xfe, 0xed];
const JCEKS_MAGIC: &[u8] = &[0xce, 0xce, 0xce, 0xce];

/// What a key store holds for a connection.
#[derive(Debug, Clone, Default)]
pub struct KeyStore {
    /// The private key whose certificate is valid, with its chain.
    pub identity: Option<Identity>,
    /// The certificates it trusts, as PEM; empty when there are none.
    pub trusted: Vec<u8>,
}

/// Private keys, each with its chain, and certificates, all DER.
pub(super) struct Entries {
    pub keys: Vec<(Vec<u8>, Vec<Vec<u8>>)>,
    pub trusted: Vec<Vec<u8>>,
}

impl KeyStore {
    /// Reads a PKCS#12 or JKS key store; its first bytes tell which it is. Key and store have the
    /// same password, as Java's tools make them. A store that was sent by e-mail may be in base64.
    ///
    /// Of several keys, as a store has after a renewal, the one whose certificate is valid `now` is
    /// taken, of several such the one that is valid longest; without any the one that was valid last.
    ///
    /// # Errors
    /// [`ClientError::Configuration`] for another format or a wrong password.
    pub fn read(
        bytes: &[u8],
        password: &SecretString,
        now: Timestamp,
    ) -> Result<Self, ClientError> {
        let decoded = base64_of(bytes);
        let bytes = decoded.as_deref().unwrap_or(bytes);
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
        let identity = best(entries.keys, now).map(|(key, chain)| {
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

/// The key to show. The first of several with the same validity is taken.
fn best(keys: Vec<(Vec<u8>, Vec<Vec<u8>>)>, now: Timestamp) -> Option<(Vec<u8>, Vec<Vec<u8>>)> {
    let rank = |(_, chain): &(Vec<u8>, Vec<Vec<u8>>)| {
        let validity = chain.first().and_then(|own| Validity::of(own));
        validity.map(|validity| (validity.holds(now), validity.not_after))
    };
    keys.into_iter().rev().max_by_key(rank)
}

fn pem_of_all(certificates: &[Vec<u8>]) -> Vec<u8> {
    let texts = certificates.iter().map(|der| pem(der, "CERTIFICATE"));
    texts.collect::<Vec<_>>().concat()
}

pub(super) fn wrong(what: &str) -> ClientError {
    ClientError::Configuration(format!("the key store: {what}"))
}
