//! When certificates are valid, and what their files may hold instead.

use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::parse_x509_certificate;
use x509_parser::public_key::PublicKey;

use super::connection::wrong;
use crate::ClientError;

/// A certificate that ends sooner than this is warned of.
const AHEAD: SignedDuration = SignedDuration::from_hours(30 * 24);

/// From when to when a certificate is valid, both moments within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub not_before: Timestamp,
    /// The last moment.
    pub not_after: Timestamp,
}

impl Validity {
    /// Of a certificate in PEM (the first of a chain, so that of its owner) or DER; `None` for what is none.
    pub fn of(certificate: &[u8]) -> Option<Self> {
        let text = text_input::pem(certificate);
        let der = CertificateDer::from_pem_slice(&text);
        let der = der.as_ref().map_or(certificate, |der| der.as_ref());
        let (_, certificate) = parse_x509_certificate(der).ok()?;
        let validity = certificate.validity();
        Some(Self {
            not_before: Timestamp::from_second(validity.not_before.timestamp()).ok()?,
            not_after: Timestamp::from_second(validity.not_after.timestamp()).ok()?,
        })
    }

    /// Whether it is valid now.
    pub fn holds(&self, now: Timestamp) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }

    /// Fails when a client certificate is not valid now.
    ///
    /// # Errors
    /// [`ClientError::Configuration`] with the day it ended or begins.
    pub fn check(&self, now: Timestamp) -> Result<(), ClientError> {
        if now > self.not_after {
            Err(wrong(&format!(
                "the client certificate expired on {}: the server will refuse it; have it renewed and put \
                 the new one in its place",
                day(self.not_after)
            )))
        } else if now < self.not_before {
            Err(wrong(&format!(
                "the client certificate is not valid before {}: the server will refuse it; look whether this \
                 machine's clock is right, else use the former certificate until then",
                self.not_before
            )))
        } else {
            Ok(())
        }
    }

    /// What to warn of: that it ends within 30 days.
    pub fn warning(&self, now: Timestamp) -> Option<String> {
        let left = self.not_after.duration_since(now);
        (self.holds(now) && left < AHEAD).then(|| {
            format!(
                "the client certificate expires on {}, in {} days: have it renewed",
                day(self.not_after),
                left.as_hours() / 24
            )
        })
    }
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// The longest RSA key that the TLS library signs with, in bits.
const MOST_RSA_BITS: usize = 4096;

/// Names an RSA key that is too long to be used.
pub(super) fn check_key_size(certificate: &[u8]) -> Result<(), ClientError> {
    let Ok((_, certificate)) = parse_x509_certificate(certificate) else {
        return Ok(());
    };
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) if key.key_size() > MOST_RSA_BITS => Err(wrong(&format!(
            "the client certificate has an RSA key of {} bits, and at most {MOST_RSA_BITS} can be used to sign; ask \
             for a certificate with an RSA key of 2,048 to {MOST_RSA_BITS} bits or an ECDSA key on P-256 or P-384",
            key.key_size()
        ))),
        _ => Ok(()),
    }
}

/// Names PEM that holds something else than a certificate or an open key, with the cure.
pub(super) fn check_kind(bytes: &[u8], what: &str) -> Result<(), ClientError> {
    let text = String::from_utf8_lossy(bytes);
    let holds = |label: &str| text.contains(&format!("-----BEGIN {label}-----"));
    let advice = if holds("ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
        "is encrypted with a password; make a key store of it and its certificate (openssl pkcs12 -export) and \
         give key_store and key_store_password, or decrypt it (openssl pkey)"
    } else if holds("PKCS7") || holds("CMS") {
        "is PKCS#7; take the certificates out of it (openssl pkcs7 -print_certs)"
    } else if holds("CERTIFICATE REQUEST") || holds("NEW CERTIFICATE REQUEST") {
        "is a request for a certificate; use what the authority sent back for it"
    } else {
        return Ok(());
    };
    Err(wrong(&format!("the {what} {advice}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_of_a_validity_is_told() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let validity = Validity {
            not_before: at("2026-01-01T00:00:00Z"),
            not_after: at("2026-12-31T23:59:59Z"),
        };
        assert!(validity.check(at("2026-06-01T00:00:00Z")).is_ok());
        assert_eq!(validity.warning(at("2026-06-01T00:00:00Z")), None);
        let soon = validity.warning(at("2026-12-10T00:00:00Z")).unwrap();
        assert!(soon.contains("2026-12-31, in 21 days"), "{soon}");
        let early = validity.check(at("2025-12-31T23:59:59Z")).unwrap_err();
        assert!(early.to_string().contains("not valid before 2026-01-01"));
        let late = at("2027-01-01T00:00:00Z");
        let expired = validity.check(late).unwrap_err().to_string();
        assert!(expired.contains("expired on 2026-12-31"), "{expired}");
        assert_eq!(validity.warning(late), None);
    }

    #[test]
    fn pem_of_another_kind_is_named_with_the_cure() {
        for (label, word) in [
            ("ENCRYPTED PRIVATE KEY", "key_store_password"),
            ("PKCS7", "-print_certs"),
            ("CERTIFICATE REQUEST", "authority"),
        ] {
            let pem = format!("-----BEGIN {label}-----\n");
            let error = check_kind(pem.as_bytes(), "private key").unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
        assert!(check_kind(b"-----BEGIN PRIVATE KEY-----\n", "private key").is_ok());
    }
}
