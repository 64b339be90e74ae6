//! Java's own key store format, JKS, which the Java client's `mesh.keystore` has: a magic number,
//! a version, entries with lengths, and a SHA-1 digest over password and content. Keys are hidden
//! by a stream of SHA-1 digests of password and salt (the `JavaKeyStore` key protector, object id
//! 1.3.6.1.4.1.42.2.17.1.1). Version 2 is the only one any Java writes.

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::key_store::{Entries, wrong};
use crate::ClientError;

const DIGEST: usize = 20;
const KEY_ENTRY: u32 = 1;
const CERTIFICATE_ENTRY: u32 = 2;
/// Java mixes this into the digest of a store.
const WHITENER: &[u8] = b"Mighty Aphrodite";
/// The DER of the key protector's object id.
const PROTECTOR: &[u8] = &[
    0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x2a, 0x02, 0x11, 0x01, 0x01,
];

pub(super) fn read(bytes: &[u8], password: &SecretString) -> Result<Entries, ClientError> {
    let password: Vec<u8> = password
        .expose_secret()
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let (content, digest) = bytes
        .split_last_chunk::<DIGEST>()
        .ok_or_else(|| wrong("a JKS file that is cut short"))?;
    let expected = sha1(&[&password, WHITENER, content]);
    if !bool::from(expected.ct_eq(digest)) {
        return Err(wrong("its password is another, or it is damaged"));
    }
    parse(content, &password).ok_or_else(|| wrong("a JKS file that cannot be read"))
}

fn parse(content: &[u8], password: &[u8]) -> Option<Entries> {
    let mut rest = Bytes(content);
    let (_magic, version, count) = (rest.number()?, rest.number()?, rest.number()?);
    if version != 2 {
        return None;
    }
    let mut entries = Entries {
        keys: Vec::new(),
        trusted: Vec::new(),
    };
    for _ in 0..count {
        let kind = rest.number()?;
        let _alias = rest.short_text()?;
        let _created = rest.take(8)?;
        match kind {
            KEY_ENTRY => {
                let protected = rest.counted()?;
                let chain = rest.number()?;
                let chain = (0..chain)
                    .map(|_| rest.certificate())
                    .collect::<Option<Vec<_>>>()?;
                entries.keys.push((reveal(protected, password)?, chain));
            }
            CERTIFICATE_ENTRY => entries.trusted.push(rest.certificate()?),
            _ => return None,
        }
    }
    Some(entries)
}

/// The key behind the protector: salt, the key under a stream of digests, and a digest of the key.
fn reveal(protected: &[u8], password: &[u8]) -> Option<Vec<u8>> {
    let mut sequence = Bytes(Bytes(protected).element(0x30)?);
    let algorithm = sequence.element(0x30)?;
    if !algorithm.starts_with(PROTECTOR) {
        return None;
    }
    let hidden = sequence.element(0x04)?;
    let (salt, hidden) = hidden.split_at_checked(DIGEST)?;
    let (hidden, check) = hidden.split_last_chunk::<DIGEST>()?;
    let mut key = Vec::with_capacity(hidden.len());
    let mut stream = salt.to_vec();
    for block in hidden.chunks(DIGEST) {
        stream = sha1(&[password, &stream]);
        key.extend(
            block
                .iter()
                .zip(&stream)
                .map(|(hidden, mask)| hidden ^ mask),
        );
    }
    bool::from(sha1(&[password, &key]).ct_eq(check)).then_some(key)
}

fn sha1(parts: &[&[u8]]) -> Vec<u8> {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    for part in parts {
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

/// What is left to read; every step fails where it would go beyond the end.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*bytes))
    }

    fn short_text(&mut self) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        self.take(usize::from(u16::from_be_bytes(*bytes)))
    }

    fn counted(&mut self) -> Option<&'a [u8]> {
        let count = usize::try_from(self.number()?).ok()?;
        self.take(count)
    }

    fn certificate(&mut self) -> Option<Vec<u8>> {
        let _kind = self.short_text()?;
        self.counted().map(<[u8]>::to_vec)
    }

    /// The content of a DER element with this tag.
    fn element(&mut self, tag: u8) -> Option<&'a [u8]> {
        let [found, length] = *self.take(2)? else {
            return None;
        };
        if found != tag {
            return None;
        }
        let length = match length {
            short @ 0..=0x7f => usize::from(short),
            long @ 0x81..=0x84 => self
                .take(usize::from(long & 0x7f))?
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte)),
            _ => return None,
        };
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Made by Java's keytool.
    const STORE: &[u8] = include_bytes!("../../tests/client/data/mesh.jks");

    fn content() -> Vec<u8> {
        STORE.split_last_chunk::<DIGEST>().unwrap().0.to_vec()
    }

    proptest! {
        /// The digest keeps strangers' bytes out; behind it every damage is refused all the same.
        #[test]
        fn damaged_stores_are_read_or_refused(
            place in 0usize..900,
            byte: u8,
            length in 0usize..942,
            tail in proptest::collection::vec(any::<u8>(), 0..64),
        ) {
            let mut damaged = content();
            let places = damaged.len();
            damaged[place % places] = byte;
            damaged.truncate(length);
            damaged.extend(tail);
            let _ = parse(&damaged, b"\0c\0h");
            let _ = reveal(&damaged, b"");
        }
    }

    #[test]
    fn a_key_is_revealed_by_its_password_only() {
        let utf16 =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_be_bytes).collect() };
        let entries = parse(&content(), &utf16("changeit")).unwrap();
        let (key, chain) = entries.keys.into_iter().next().unwrap();
        assert_eq!((key[0], chain.len(), entries.trusted.len()), (0x30, 1, 1));
        assert!(parse(&content(), &utf16("changeis")).is_none());
    }
}
