//! Files of certificates and keys: as people have them made into PEM, and what they hold instead named with the cure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::connection::wrong;
use super::pkcs12;
use crate::ClientError;

const MARKER: &str = "-----BEGIN ";
/// How the DER of a PKCS#7 message goes on behind its length: the object id of signed data.
const SIGNED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    ClientCertificate,
    PrivateKey,
    Trust,
}

impl Use {
    fn name(self) -> &'static str {
        match self {
            Self::ClientCertificate => "client certificate",
            Self::PrivateKey => "private key",
            Self::Trust => "file of trusted certificates",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::PrivateKey => "PRIVATE KEY",
            Self::ClientCertificate | Self::Trust => "CERTIFICATE",
        }
    }
}

/// PEM as it is, in UTF-8; DER, and DER in base64, wrapped as PEM with this label.
pub(super) fn pem(bytes: &[u8], label: &str) -> Vec<u8> {
    let text = text_input::pem(bytes);
    if holds(&text, MARKER) {
        return text.into_owned();
    }
    let decoded = base64_of(bytes);
    let der = decoded.as_deref().unwrap_or(&text);
    let mut text = format!("{MARKER}{label}-----\n");
    for line in STANDARD.encode(der).as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text.into_bytes()
}

/// As [`pem`], when the file can be what it is to be used for.
///
/// # Errors
/// [`ClientError::Configuration`] names what it is instead, and what to do.
pub(super) fn checked(bytes: &[u8], to_be: Use) -> Result<Zeroizing<Vec<u8>>, ClientError> {
    let refused = |advice: &str| wrong(&format!("the {} {advice}", to_be.name()));
    let raw = text_input::pem(bytes);
    if !holds(&raw, MARKER) {
        if let Some(found) = text_input::foreign(bytes) {
            return Err(refused(&format!("is {found}")));
        }
        let decoded = base64_of(bytes);
        if let Some(advice) = other_binary(decoded.as_deref().unwrap_or(&raw)) {
            return Err(refused(advice));
        }
    }
    let text = Zeroizing::new(pem(bytes, to_be.label()));
    match other_pem(&text, to_be) {
        Some(advice) => Err(refused(&advice)),
        None => Ok(text),
    }
}

/// Key stores and PKCS#7 in the place of a certificate or key.
fn other_binary(der: &[u8]) -> Option<&'static str> {
    let begins = der.get(..32).unwrap_or(der);
    if pkcs12::is_one(der) {
        Some("is a PKCS#12 key store; give it as key_store, with key_store_password")
    } else if der.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) {
        Some("is a Java key store; give it as key_store, with key_store_password")
    } else if pkcs12::is_encrypted_key(der) {
        Some("is encrypted with a password; give key_password")
    } else if begins
        .windows(SIGNED_DATA.len())
        .any(|at| at == SIGNED_DATA)
    {
        Some(
            "is PKCS#7; take the certificates out of it (openssl pkcs7 -inform DER -print_certs -in FILE -out NEW)",
        )
    } else {
        None
    }
}

/// PEM of another kind than what is wanted.
fn other_pem(text: &[u8], to_be: Use) -> Option<String> {
    let labels = labels(text);
    let any = |wanted: &[&str]| labels.iter().any(|label| wanted.contains(&label.as_str()));
    let has_certificate = any(&["CERTIFICATE"]);
    let has_key = any(&["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"]);
    let advice = if to_be == Use::PrivateKey && any(&["ENCRYPTED PRIVATE KEY"]) {
        "is encrypted with a password; give key_password, or decrypt it (openssl pkey -in FILE -out NEW)"
    } else if to_be == Use::PrivateKey && holds(text, "Proc-Type: 4,ENCRYPTED") {
        "is encrypted in OpenSSL's former way; convert it (openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEW) \
         and give key_password"
    } else if (to_be == Use::PrivateKey && has_key) || (to_be != Use::PrivateKey && has_certificate)
    {
        return None;
    } else if any(&["PKCS7", "CMS"]) {
        "is PKCS#7; take the certificates out of it (openssl pkcs7 -print_certs -in FILE -out NEW)"
    } else if any(&["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"]) {
        "is a request for a certificate; use what the authority sent back for it"
    } else if any(&["TRUSTED CERTIFICATE", "X509 CERTIFICATE"]) {
        "is a certificate in OpenSSL's own form; write it anew (openssl x509 -in FILE -out NEW)"
    } else if any(&["OPENSSH PRIVATE KEY"]) {
        "is a key of SSH; convert a copy of it (ssh-keygen -p -m PKCS8 -f COPY)"
    } else if any(&["PUBLIC KEY", "RSA PUBLIC KEY"]) {
        "is a public key; give the private one that it was made with"
    } else if to_be == Use::PrivateKey && has_certificate {
        "is a certificate; give the key that it was asked for with, or see whether the two are exchanged"
    } else if to_be != Use::PrivateKey && has_key {
        "is a private key; give the certificate, or see whether the two are exchanged"
    } else {
        let found = labels.join(", ");
        return Some(format!(
            "holds no section of PEM that can be used: expected {}, found {found}",
            to_be.label()
        ));
    };
    Some(advice.to_owned())
}

/// A private key in PEM with its encryption taken off: PKCS#8 by PBES2 or an older scheme, as `openssl genpkey`,
/// `openssl pkcs8` and Java write it. What is not encrypted stays as it is.
///
/// # Errors
/// [`ClientError::Configuration`] for another password or cipher.
pub(super) fn opened(
    key: &[u8],
    password: &SecretString,
) -> Result<Zeroizing<Vec<u8>>, ClientError> {
    let text = Zeroizing::new(pem(key, "PRIVATE KEY"));
    let encrypted = section(&text, "ENCRYPTED PRIVATE KEY")
        .or_else(|| section(&text, "PRIVATE KEY").filter(|der| pkcs12::is_encrypted_key(der)));
    let Some(encrypted) = encrypted else {
        return Ok(Zeroizing::new(key.to_vec()));
    };
    let key = pkcs12::open_key(&encrypted, password.expose_secret()).ok_or_else(|| {
        wrong(
            "the private key cannot be decrypted: key_password is another, or the key is encrypted with something \
             else than AES or triple DES by PBES2 (openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEW)",
        )
    })?;
    Ok(Zeroizing::new(pem(&Zeroizing::new(key), "PRIVATE KEY")))
}

/// The bytes of the first section with this label.
fn section(text: &[u8], label: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let (_, rest) = text.split_once(&format!("{MARKER}{label}-----"))?;
    let (inner, _) = rest.split_once("-----END")?;
    base64_of(inner.as_bytes())
}

/// The labels of the sections, in their order.
fn labels(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let begun = text.split(MARKER).skip(1);
    let labels = begun.filter_map(|rest| rest.split_once("-----"));
    labels.map(|(label, _)| label.to_owned()).take(20).collect()
}

/// The bytes that a text of base64 and blanks stands for.
pub(super) fn base64_of(bytes: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = text_input::pem(bytes)
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    STANDARD.decode(text).ok().filter(|bytes| !bytes.is_empty())
}

fn holds(text: &[u8], words: &str) -> bool {
    text.windows(words.len()).any(|at| at == words.as_bytes())
}
