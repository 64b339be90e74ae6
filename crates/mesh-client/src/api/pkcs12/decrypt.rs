//! What a PKCS#12 password opens: the digest of the whole, and bags that are encrypted by PBES2
//! (RFC 8018) with AES, as today's tools write them, or with triple DES or RC2, as those before.

use aes::{Aes128, Aes192, Aes256};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, KeyInit, KeyIvInit};
use cbc::{Decryptor, cipher};
use der::Sequence;
use der::asn1::{AnyRef, OctetStringRef};
use des::TdesEde3;
use pkcs8::{AlgorithmIdentifierRef, ObjectIdentifier};
use rc2::Rc2;
use ring::{digest, hmac, pbkdf2};
use zeroize::Zeroizing;

use super::oid;

/// More than any tool asks for; a file that asks for more would keep the client from starting.
const MOST_ITERATIONS: u32 = 5_000_000;

const SHA_1: ObjectIdentifier = oid("1.3.14.3.2.26");
const SHA_256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");
const SHA_384: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.2");
const SHA_512: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.3");

const SHA_1_AND_3DES: ObjectIdentifier = oid("1.2.840.113549.1.12.1.3");
const SHA_1_AND_RC2_128: ObjectIdentifier = oid("1.2.840.113549.1.12.1.5");
const SHA_1_AND_RC2_40: ObjectIdentifier = oid("1.2.840.113549.1.12.1.6");

const PBES2: ObjectIdentifier = oid("1.2.840.113549.1.5.13");
const PBKDF2: ObjectIdentifier = oid("1.2.840.113549.1.5.12");
const HMAC_SHA_1: ObjectIdentifier = oid("1.2.840.113549.2.7");
const HMAC_SHA_256: ObjectIdentifier = oid("1.2.840.113549.2.9");
const HMAC_SHA_384: ObjectIdentifier = oid("1.2.840.113549.2.10");
const HMAC_SHA_512: ObjectIdentifier = oid("1.2.840.113549.2.11");
const DES_EDE3_CBC: ObjectIdentifier = oid("1.2.840.113549.3.7");
const AES_128_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.2");
const AES_192_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.22");
const AES_256_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.42");

/// Parameters of the encryption schemes before PBES2.
#[derive(Sequence)]
struct Pbes1<'a> {
    salt: &'a OctetStringRef,
    iterations: u32,
}

#[derive(Sequence)]
struct Pbes2<'a> {
    key: AlgorithmIdentifierRef<'a>,
    encryption: AlgorithmIdentifierRef<'a>,
}

#[derive(Sequence)]
struct Pbkdf2<'a> {
    salt: &'a OctetStringRef,
    iterations: u32,
    key_length: Option<u32>,
    function: Option<AlgorithmIdentifierRef<'a>>,
}

/// What a derived key is for, as RFC 7292 numbers it.
#[derive(Clone, Copy)]
enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// A password in both forms that PKCS#12 knows.
pub(super) struct Password {
    utf8: Zeroizing<Vec<u8>>,
    /// UTF-16, big-endian, with a zero at its end.
    utf16: Zeroizing<Vec<u8>>,
}

impl Password {
    pub(super) fn new(password: &str) -> Self {
        let units = password.encode_utf16().chain([0]);
        Self {
            utf8: Zeroizing::new(password.as_bytes().to_vec()),
            utf16: Zeroizing::new(units.flat_map(u16::to_be_bytes).collect()),
        }
    }

    /// Whether `tag` is the digest of `data` under this password.
    pub(super) fn verify(
        &self,
        algorithm: ObjectIdentifier,
        salt: &[u8],
        iterations: u32,
        data: &[u8],
        tag: &[u8],
    ) -> Option<()> {
        let (hash, mac) = match algorithm {
            SHA_1 => (
                &digest::SHA1_FOR_LEGACY_USE_ONLY,
                hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            ),
            SHA_256 => (&digest::SHA256, hmac::HMAC_SHA256),
            SHA_384 => (&digest::SHA384, hmac::HMAC_SHA384),
            SHA_512 => (&digest::SHA512, hmac::HMAC_SHA512),
            _ => return None,
        };
        let length = hash.output_len();
        let key = self.derive(hash, Purpose::Mac, salt, iterations, length)?;
        hmac::verify(&hmac::Key::new(mac, &key), data, tag).ok()
    }

    pub(super) fn decrypt(
        &self,
        algorithm: &AlgorithmIdentifierRef<'_>,
        data: &[u8],
    ) -> Option<Vec<u8>> {
        let parameters = algorithm.parameters?;
        match algorithm.oid {
            PBES2 => self.pbes2(parameters, data),
            SHA_1_AND_3DES => self.pbes1::<TdesEde3>(parameters, data, 24),
            SHA_1_AND_RC2_128 => self.pbes1::<Rc2>(parameters, data, 16),
            SHA_1_AND_RC2_40 => self.pbes1::<Rc2>(parameters, data, 5),
            _ => None,
        }
    }

    fn pbes1<C>(&self, parameters: AnyRef<'_>, data: &[u8], key_length: usize) -> Option<Vec<u8>>
    where
        C: KeyInit + BlockCipherDecrypt,
    {
        let Pbes1 { salt, iterations } = parameters.decode_as().ok()?;
        let derive = |purpose, length| {
            let hash = &digest::SHA1_FOR_LEGACY_USE_ONLY;
            self.derive(hash, purpose, salt.as_bytes(), iterations, length)
        };
        let (key, iv) = (derive(Purpose::Key, key_length)?, derive(Purpose::Iv, 8)?);
        cbc::<C>(&key, &iv, data)
    }

    fn pbes2(&self, parameters: AnyRef<'_>, data: &[u8]) -> Option<Vec<u8>> {
        let Pbes2 { key, encryption } = parameters.decode_as().ok()?;
        if key.oid != PBKDF2 {
            return None;
        }
        let derivation: Pbkdf2<'_> = key.parameters?.decode_as().ok()?;
        let iv: &OctetStringRef = encryption.parameters?.decode_as().ok()?;
        let iv = iv.as_bytes();
        let length = match encryption.oid {
            AES_128_CBC => 16,
            AES_192_CBC | DES_EDE3_CBC => 24,
            AES_256_CBC => 32,
            _ => return None,
        };
        let key = self.pbkdf2(&derivation, length)?;
        match encryption.oid {
            AES_128_CBC => cbc::<Aes128>(&key, iv, data),
            AES_192_CBC => cbc::<Aes192>(&key, iv, data),
            AES_256_CBC => cbc::<Aes256>(&key, iv, data),
            _ => cbc::<TdesEde3>(&key, iv, data),
        }
    }

    fn pbkdf2(&self, derivation: &Pbkdf2<'_>, length: u32) -> Option<Zeroizing<Vec<u8>>> {
        let function = derivation.function.as_ref();
        let function = match function.map_or(HMAC_SHA_1, |function| function.oid) {
            HMAC_SHA_1 => pbkdf2::PBKDF2_HMAC_SHA1,
            HMAC_SHA_256 => pbkdf2::PBKDF2_HMAC_SHA256,
            HMAC_SHA_384 => pbkdf2::PBKDF2_HMAC_SHA384,
            HMAC_SHA_512 => pbkdf2::PBKDF2_HMAC_SHA512,
            _ => return None,
        };
        if derivation.iterations > MOST_ITERATIONS
            || derivation.key_length.is_some_and(|told| told != length)
        {
            return None;
        }
        let iterations = std::num::NonZeroU32::new(derivation.iterations)?;
        let mut key = Zeroizing::new(vec![0; usize::try_from(length).ok()?]);
        let salt = derivation.salt.as_bytes();
        pbkdf2::derive(function, iterations, salt, &self.utf8, &mut key);
        Some(key)
    }

    /// The key derivation of RFC 7292, appendix B.2.
    fn derive(
        &self,
        hash: &'static digest::Algorithm,
        purpose: Purpose,
        salt: &[u8],
        iterations: u32,
        length: usize,
    ) -> Option<Zeroizing<Vec<u8>>> {
        if !(1..=MOST_ITERATIONS).contains(&iterations) {
            return None;
        }
        let block = hash.block_len();
        let repeated = |text: &[u8]| -> Vec<u8> {
            let whole = text.len().div_ceil(block) * block;
            text.iter().copied().cycle().take(whole).collect()
        };
        let mut input = Zeroizing::new([repeated(salt), repeated(&self.utf16)].concat());
        let purpose = vec![purpose as u8; block];
        let mut key = Zeroizing::new(Vec::with_capacity(length + hash.output_len()));
        while key.len() < length {
            let first = [&purpose[..], &input[..]].concat();
            let mut output = digest::digest(hash, &first);
            for _ in 1..iterations {
                output = digest::digest(hash, output.as_ref());
            }
            key.extend_from_slice(output.as_ref());
            for part in input.chunks_mut(block) {
                add_one_and(part, output.as_ref());
            }
        }
        key.truncate(length);
        Some(key)
    }
}

/// Adds 1 and `repeated`, over and over as far as it goes, to a big-endian number.
fn add_one_and(number: &mut [u8], repeated: &[u8]) {
    let addend: Vec<u8> = repeated
        .iter()
        .copied()
        .cycle()
        .take(number.len())
        .collect();
    let mut carry = 1;
    for (digit, addend) in number.iter_mut().zip(addend).rev() {
        let sum = u16::from(*digit) + u16::from(addend) + carry;
        let [high, low] = sum.to_be_bytes();
        (*digit, carry) = (low, u16::from(high));
    }
}

fn cbc<C>(key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>>
where
    C: KeyInit + BlockCipherDecrypt,
    Decryptor<C>: KeyIvInit + BlockModeDecrypt + cipher::BlockSizeUser,
{
    let decryptor = Decryptor::<C>::new_from_slices(key, iv).ok()?;
    decryptor.decrypt_padded_vec::<Pkcs7>(data).ok()
}
