//! Reading PKCS#12 (RFC 7292) as Java's keytool, OpenSSL and Windows write it: a digest over the
//! whole under a password, in it bags of keys and certificates, most of them encrypted.

mod decrypt;

use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Reader, Sequence, SliceReader, Tag, Tagged};
use pkcs8::{AlgorithmIdentifierRef, ObjectIdentifier, PrivateKeyInfoRef};
use x509_parser::parse_x509_certificate;

use self::decrypt::Password;
use super::key_store::Entries;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
const ENCRYPTED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.6");
const KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.1");
const ENCRYPTED_KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.2");
const CERTIFICATE_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.3");
const X509_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.22.1");
const LOCAL_KEY_ID: ObjectIdentifier = oid("1.2.840.113549.1.9.21");
/// Java marks with it the certificates that a store trusts.
const TRUSTED_KEY_USAGE: ObjectIdentifier = oid("2.16.840.1.113894.746875.1.1");

#[derive(Sequence)]
struct Pfx<'a> {
    version: u8,
    auth_safe: ContentInfo<'a>,
    mac_data: Option<MacData<'a>>,
}

#[derive(Sequence)]
struct ContentInfo<'a> {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0")]
    content: AnyRef<'a>,
}

#[derive(Sequence)]
struct MacData<'a> {
    mac: DigestInfo<'a>,
    salt: &'a OctetStringRef,
    #[asn1(default = "one")]
    iterations: u32,
}

fn one() -> u32 {
    1
}

#[derive(Sequence)]
struct DigestInfo<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    digest: &'a OctetStringRef,
}

#[derive(Sequence)]
struct EncryptedData<'a> {
    version: u8,
    content: EncryptedContentInfo<'a>,
}

#[derive(Sequence)]
struct EncryptedContentInfo<'a> {
    content_type: ObjectIdentifier,
    algorithm: AlgorithmIdentifierRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    content: &'a OctetStringRef,
}

#[derive(Sequence)]
struct SafeBag<'a> {
    id: ObjectIdentifier,
    #[asn1(context_specific = "0")]
    value: AnyRef<'a>,
    attributes: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
struct Attribute<'a> {
    id: ObjectIdentifier,
    values: AnyRef<'a>,
}

#[derive(Sequence)]
struct CertificateBag<'a> {
    id: ObjectIdentifier,
    #[asn1(context_specific = "0")]
    value: &'a OctetStringRef,
}

#[derive(Sequence)]
struct EncryptedKey<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    data: &'a OctetStringRef,
}

/// What the bags hold.
#[derive(Default)]
struct Bags {
    keys: Vec<Key>,
    certificates: Vec<Certificate>,
}

struct Key {
    local_id: Option<Vec<u8>>,
    pkcs8: Vec<u8>,
}

struct Certificate {
    local_id: Option<Vec<u8>>,
    is_trusted: bool,
    der: Vec<u8>,
}

/// The keys that have a certificate of their own, each with the chain above it, and the certificates
/// that are marked as trusted. `None` for a wrong password, a damaged file, and what is no PKCS#12.
pub(super) fn read(bytes: &[u8], password: &str) -> Option<Entries> {
    let password = Password::new(password);
    let pfx = Pfx::from_der(bytes).ok()?;
    if pfx.version != 3 || pfx.auth_safe.content_type != DATA {
        return None;
    }
    let safe = content_of(&pfx.auth_safe)?;
    if let Some(mac) = &pfx.mac_data {
        let (digest, salt) = (mac.mac.digest.as_bytes(), mac.salt.as_bytes());
        password.verify(mac.mac.algorithm.oid, salt, mac.iterations, safe, digest)?;
    }
    let mut bags = Bags::default();
    for content in Vec::<ContentInfo<'_>>::from_der(safe).ok()? {
        match content.content_type {
            DATA => bags.read(content_of(&content)?, &password)?,
            ENCRYPTED_DATA => {
                let encrypted: EncryptedData<'_> = content.content.decode_as().ok()?;
                let EncryptedContentInfo {
                    algorithm, content, ..
                } = encrypted.content;
                let plain = password.decrypt(&algorithm, content.as_bytes())?;
                bags.read(&plain, &password)?;
            }
            _ => return None,
        }
    }
    Some(bags.entries())
}

/// Whether these bytes have the outer form of a PKCS#12 store.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    Pfx::from_der(bytes).is_ok_and(|pfx| pfx.version == 3)
}

/// Whether these bytes have the outer form of an encrypted PKCS#8 key.
pub(super) fn is_encrypted_key(bytes: &[u8]) -> bool {
    EncryptedKey::from_der(bytes).is_ok()
}

/// The PKCS#8 key in an encrypted one; `None` for another password, or a scheme that is not known here.
pub(super) fn open_key(encrypted: &[u8], password: &str) -> Option<Vec<u8>> {
    let key = EncryptedKey::from_der(encrypted).ok()?;
    let pkcs8 = Password::new(password).decrypt(&key.algorithm, key.data.as_bytes())?;
    PrivateKeyInfoRef::from_der(&pkcs8).ok()?;
    Some(pkcs8)
}

fn content_of<'a>(info: &ContentInfo<'a>) -> Option<&'a [u8]> {
    let content: &'a OctetStringRef = info.content.decode_as().ok()?;
    Some(content.as_bytes())
}

impl Bags {
    /// Takes keys and certificates; bags of other kinds hold nothing for a connection.
    fn read(&mut self, contents: &[u8], password: &Password) -> Option<()> {
        for bag in Vec::<SafeBag<'_>>::from_der(contents).ok()? {
            let (local_id, is_trusted) = attributes(&bag)?;
            match bag.id {
                KEY_BAG => {
                    let key: PrivateKeyInfoRef<'_> = bag.value.decode_as().ok()?;
                    let pkcs8 = der::Encode::to_der(&key).ok()?;
                    self.keys.push(Key { local_id, pkcs8 });
                }
                ENCRYPTED_KEY_BAG => {
                    let key: EncryptedKey<'_> = bag.value.decode_as().ok()?;
                    let pkcs8 = password.decrypt(&key.algorithm, key.data.as_bytes())?;
                    PrivateKeyInfoRef::from_der(&pkcs8).ok()?;
                    self.keys.push(Key { local_id, pkcs8 });
                }
                CERTIFICATE_BAG => {
                    let certificate: CertificateBag<'_> = bag.value.decode_as().ok()?;
                    if certificate.id != X509_CERTIFICATE {
                        return None;
                    }
                    self.certificates.push(Certificate {
                        local_id,
                        is_trusted,
                        der: certificate.value.as_bytes().to_vec(),
                    });
                }
                _ => {}
            }
        }
        Some(())
    }

    fn entries(self) -> Entries {
        let own = |key: &Key| {
            let id = key.local_id.as_ref()?;
            self.certificates
                .iter()
                .find(|certificate| certificate.local_id.as_ref() == Some(id))
        };
        let keys = self.keys.iter().filter_map(|key| {
            let chain = self.chain(own(key)?);
            Some((key.pkcs8.clone(), chain))
        });
        let keys = keys.collect();
        let trusted = self
            .certificates
            .iter()
            .filter(|certificate| certificate.is_trusted && certificate.local_id.is_none())
            .map(|certificate| certificate.der.clone());
        Entries {
            keys,
            trusted: trusted.collect(),
        }
    }

    /// A certificate and those above it, as far as the store has them.
    fn chain(&self, own: &Certificate) -> Vec<Vec<u8>> {
        let mut chain = vec![own.der.clone()];
        while let Some(issuer) = self.certificates.iter().find(|candidate| {
            !candidate.is_trusted
                && chain
                    .last()
                    .is_some_and(|last| issued(&candidate.der, last))
                && !chain.contains(&candidate.der)
        }) {
            chain.push(issuer.der.clone());
        }
        chain
    }
}

/// Whether one certificate's subject is the issuer of the other.
fn issued(authority: &[u8], certificate: &[u8]) -> bool {
    let (Ok((_, authority)), Ok((_, certificate))) = (
        parse_x509_certificate(authority),
        parse_x509_certificate(certificate),
    ) else {
        return false;
    };
    authority.subject().as_raw() == certificate.issuer().as_raw()
}

/// The local key id that joins a key and its certificate, and whether Java marked it as trusted.
fn attributes(bag: &SafeBag<'_>) -> Option<(Option<Vec<u8>>, bool)> {
    let (mut local_id, mut is_trusted) = (None, false);
    for attribute in members(bag.attributes)? {
        let attribute: Attribute<'_> = attribute.decode_as().ok()?;
        match attribute.id {
            LOCAL_KEY_ID => {
                let id = members(Some(attribute.values))?.into_iter().next()?;
                local_id = Some(id.value().to_vec());
            }
            TRUSTED_KEY_USAGE => is_trusted = true,
            _ => {}
        }
    }
    Some((local_id, is_trusted))
}

/// The members of a SET, in whatever order it was written.
fn members(set: Option<AnyRef<'_>>) -> Option<Vec<AnyRef<'_>>> {
    let Some(set) = set else {
        return Some(Vec::new());
    };
    if set.tag() != Tag::Set {
        return None;
    }
    let mut reader = SliceReader::new(set.value()).ok()?;
    let mut found = Vec::new();
    while !reader.is_finished() {
        found.push(AnyRef::decode(&mut reader).ok()?);
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Made by Java's keytool.
    const STORE: &[u8] = include_bytes!("../../tests/client/data/mesh.p12");

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        /// The digest keeps other bags out than those it was made over.
        #[test]
        fn damage_under_the_digest_is_refused(place: prop::sample::Index, flipped in 1u8..) {
            let pfx = Pfx::from_der(STORE).unwrap();
            let safe = content_of(&pfx.auth_safe).unwrap();
            let begin = STORE.windows(safe.len()).position(|window| window == safe).unwrap();
            let mut damaged = STORE.to_vec();
            damaged[begin + place.index(safe.len())] ^= flipped;
            prop_assert!(read(&damaged, "changeit").is_none());
        }

        /// Behind the digest every damage is read or refused all the same.
        #[test]
        fn damaged_bags_are_read_or_refused(place: prop::sample::Index, byte: u8) {
            let pfx = Pfx::from_der(STORE).unwrap();
            let password = Password::new("changeit");
            for content in Vec::<ContentInfo<'_>>::from_der(content_of(&pfx.auth_safe).unwrap()).unwrap() {
                let mut contents = match content.content_type {
                    DATA => content_of(&content).unwrap().to_vec(),
                    _ => {
                        let encrypted: EncryptedData<'_> = content.content.decode_as().unwrap();
                        let inside = &encrypted.content;
                        password.decrypt(&inside.algorithm, inside.content.as_bytes()).unwrap()
                    }
                };
                prop_assert!(Bags::default().read(&contents, &password).is_some());
                let length = contents.len();
                contents[place.index(length)] = byte;
                let _ = Bags::default().read(&contents, &password);
            }
        }
    }
}
