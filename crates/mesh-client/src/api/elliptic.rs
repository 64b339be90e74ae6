//! Elliptic-curve keys as Java writes them: without their public half, which RFC 5915 §3 leaves optional
//! and the TLS library wants. The certificate has it.

use der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use der::{Decode, Encode, Sequence};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use x509_parser::parse_x509_certificate;

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// `ECPrivateKey` of RFC 5915.
#[derive(Sequence)]
struct EcPrivateKey<'a> {
    version: u8,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", optional = "true")]
    parameters: Option<AnyRef<'a>>,
    #[asn1(context_specific = "1", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

/// A PKCS#8 key, completed from its certificate where it has to be; `None` when it can stay as it is.
pub(super) fn completed(key: &[u8], certificate: &[u8]) -> Option<Vec<u8>> {
    let mut info = PrivateKeyInfoRef::from_der(key).ok()?;
    let mut inner = EcPrivateKey::from_der(info.private_key.as_bytes()).ok()?;
    if info.algorithm.oid != EC_PUBLIC_KEY || inner.public_key.is_some() {
        return None;
    }
    let (_, certificate) = parse_x509_certificate(certificate).ok()?;
    let public = &certificate.public_key().subject_public_key.data;
    inner.public_key = Some(BitStringRef::from_bytes(public).ok()?);
    let inner = inner.to_der().ok()?;
    info.private_key = OctetStringRef::new(&inner).ok()?;
    info.to_der().ok()
}
