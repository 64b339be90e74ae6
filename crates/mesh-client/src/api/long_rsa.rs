//! RSA keys of more than 4,096 bits, which the TLS library's own code does not sign with.

use std::fmt;
use std::sync::Arc;

use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey};
use rsa::traits::SignatureScheme as Padding;
use rsa::{Pkcs1v15Sign, PrivateKey, Pss};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_parser::parse_x509_certificate;

use super::connection::wrong;
use crate::ClientError;

/// The best first.
const SCHEMES: [SignatureScheme; 6] = [
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA256,
];

/// The chain with its key, to be shown to whatever server asks.
///
/// # Errors
/// [`ClientError::Configuration`] for a key that cannot be read, or is another certificate's.
pub(super) fn certified(
    chain: Vec<CertificateDer<'static>>,
    key: &PrivateKeyDer<'_>,
) -> Result<SingleCertAndKey, ClientError> {
    let read = match key {
        PrivateKeyDer::Pkcs8(key) => PrivateKey::from_pkcs8_der(key.secret_pkcs8_der()).ok(),
        PrivateKeyDer::Pkcs1(key) => PrivateKey::from_pkcs1_der(key.secret_pkcs1_der()).ok(),
        _ => None,
    };
    let key = read.ok_or_else(|| wrong("the private key is no RSA key that can be read"))?;
    let public = key.to_public_key().to_public_key_der().ok();
    let own = chain.first().map(|own| own.as_ref()).unwrap_or_default();
    let is_its_own = parse_x509_certificate(own).is_ok_and(|(_, own)| {
        public.is_some_and(|public| public.as_bytes() == own.public_key().raw)
    });
    if !is_its_own {
        return Err(wrong(super::tls::ANOTHER_KEY));
    }
    let key = Arc::new(LongKey(Arc::new(key)));
    Ok(SingleCertAndKey::from(CertifiedKey::new(chain, key)))
}

struct LongKey(Arc<PrivateKey>);

impl SigningKey for LongKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let mut schemes = SCHEMES.into_iter();
        let scheme = schemes.find(|scheme| offered.contains(scheme))?;
        let key = self.0.clone();
        Some(Box::new(LongSigner { key, scheme }))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl fmt::Debug for LongKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LongKey(redacted)")
    }
}

struct LongSigner {
    key: Arc<PrivateKey>,
    scheme: SignatureScheme,
}

impl LongSigner {
    fn with(&self, padding: impl Padding, digest: &[u8]) -> Result<Vec<u8>, Error> {
        let signed = self.key.sign(padding, digest);
        signed.map_err(|_| Error::General("the long RSA key does not sign".to_owned()))
    }
}

impl Signer for LongSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let by_256 = || Sha256::digest(message);
        let by_384 = || Sha384::digest(message);
        let by_512 = || Sha512::digest(message);
        match self.scheme {
            SignatureScheme::RSA_PSS_SHA256 => self.with(Pss::<Sha256>::new_blinded(), &by_256()),
            SignatureScheme::RSA_PSS_SHA384 => self.with(Pss::<Sha384>::new_blinded(), &by_384()),
            SignatureScheme::RSA_PSS_SHA512 => self.with(Pss::<Sha512>::new_blinded(), &by_512()),
            SignatureScheme::RSA_PKCS1_SHA256 => {
                self.with(Pkcs1v15Sign::new::<Sha256>(), &by_256())
            }
            SignatureScheme::RSA_PKCS1_SHA384 => {
                self.with(Pkcs1v15Sign::new::<Sha384>(), &by_384())
            }
            _ => self.with(Pkcs1v15Sign::new::<Sha512>(), &by_512()),
        }
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}

impl fmt::Debug for LongSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LongSigner").field(&self.scheme).finish()
    }
}
