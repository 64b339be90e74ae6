//! When certificates are valid, and how large their keys may be.

use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use x509_parser::parse_x509_certificate;
use x509_parser::public_key::PublicKey;

use super::connection::wrong;
use super::pem::pem;
use crate::ClientError;

/// A certificate that ends sooner than this is warned of.
const AHEAD: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The longest RSA key, in bits.
const MOST_RSA_BITS: usize = 8192;
/// The longest RSA key that the TLS library's own code signs with, in bits.
const MOST_RSA_BITS_OF_THE_LIBRARY: usize = 4096;

/// What sentences call the client's own certificate.
pub(crate) const CLIENT_CERTIFICATE: &str = "the client certificate";

/// From when to when a certificate is valid, both moments within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validity {
    /// The first moment.
    pub not_before: Timestamp,
    /// The last moment.
    pub not_after: Timestamp,
}

/// What a certificate's dates mean at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dates {
    /// Valid, for 30 days and more.
    Good,
    /// Valid, and ending within 30 days: a sentence that says so.
    EndSoon(String),
    /// Not valid: a sentence that says why and what to do.
    Wrong(String),
}

impl Validity {
    /// Of a certificate in PEM (the first of a chain, so that of its owner) or DER; `None` for what is none.
    pub fn of(certificate: &[u8]) -> Option<Self> {
        Self::of_each(certificate).into_iter().next()
    }

    /// Of each certificate of a chain in PEM, or of one in DER, in their order; what is none is left out.
    pub fn of_each(chain: &[u8]) -> Vec<Self> {
        let text = pem(chain, "CERTIFICATE");
        let chain = CertificateDer::pem_slice_iter(&text).flatten();
        chain.filter_map(|der| Self::of_der(&der)).collect()
    }

    fn of_der(der: &[u8]) -> Option<Self> {
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

    /// What the dates mean now, of `what`, such as `the client certificate`.
    pub fn judge(&self, what: &str, now: Timestamp) -> Dates {
        let left = self.not_after.duration_since(now);
        if now > self.not_after {
            Dates::Wrong(format!(
                "{what} expired on {}: have it renewed and put the new one in its place",
                day(self.not_after)
            ))
        } else if now < self.not_before {
            Dates::Wrong(format!(
                "{what} is not valid before {}: look whether this machine's clock is right, else use the former \
                 certificate until then",
                self.not_before
            ))
        } else if left < AHEAD {
            Dates::EndSoon(format!(
                "{what} expires on {}, in {} days: have it renewed",
                day(self.not_after),
                left.as_hours() / 24
            ))
        } else {
            Dates::Good
        }
    }
}

impl Dates {
    /// The sentence, when there is something to say.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Good => None,
            Self::EndSoon(words) | Self::Wrong(words) => Some(words),
        }
    }
}

/// What the dates of a chain mean now: the owner's certificate, then those of the authorities above it. What is
/// wrong comes before what will be.
pub fn judge_chain(what: &str, chain: &[Validity], now: Timestamp) -> Dates {
    let named = |place| match place {
        0 => what.to_owned(),
        _ => format!("the certificate of an authority above {what}"),
    };
    let judged = chain.iter().enumerate();
    let judged = judged.map(|(place, validity)| validity.judge(&named(place), now));
    judged.fold(Dates::Good, |worst, next| match (&worst, &next) {
        (Dates::Wrong(_), _) | (_, Dates::Good) => worst,
        (Dates::EndSoon(_), Dates::EndSoon(_)) => worst,
        _ => next,
    })
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// Names an RSA key that is too long to be used.
pub(super) fn check_key_size(certificate: &[u8]) -> Result<(), ClientError> {
    match rsa_bits(certificate) {
        Some(bits) if bits > MOST_RSA_BITS => Err(wrong(&format!(
            "the client certificate has an RSA key of {bits} bits, and at most {MOST_RSA_BITS} can be used to sign; ask \
             for a certificate with an RSA key of 2,048 to {MOST_RSA_BITS} bits or an ECDSA key on P-256 or P-384"
        ))),
        _ => Ok(()),
    }
}

/// Whether it has an RSA key that the TLS library's own code does not sign with.
pub(super) fn is_long_rsa(certificate: &[u8]) -> bool {
    rsa_bits(certificate).is_some_and(|bits| bits > MOST_RSA_BITS_OF_THE_LIBRARY)
}

fn rsa_bits(certificate: &[u8]) -> Option<usize> {
    let (_, certificate) = parse_x509_certificate(certificate).ok()?;
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => Some(key.key_size()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validity(from: &str, until: &str) -> Validity {
        Validity {
            not_before: from.parse().unwrap(),
            not_after: until.parse().unwrap(),
        }
    }

    #[test]
    fn each_side_of_a_validity_is_told() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let what = "the client certificate";
        let own = validity("2026-01-01T00:00:00Z", "2026-12-31T23:59:59Z");
        assert_eq!(own.judge(what, at("2026-06-01T00:00:00Z")), Dates::Good);
        let soon = own.judge(what, at("2026-12-10T00:00:00Z"));
        assert!(matches!(&soon, Dates::EndSoon(words) if words.contains("2026-12-31, in 21 days")));
        let early = own.judge(what, at("2025-12-31T23:59:59Z"));
        assert!(
            matches!(early, Dates::Wrong(words) if words.contains("not valid before 2026-01-01"))
        );
        let late = own.judge(what, at("2027-01-01T00:00:00Z"));
        assert!(matches!(late, Dates::Wrong(words) if words.contains("expired on 2026-12-31")));
    }

    #[test]
    fn of_a_chain_the_worst_is_told() {
        let now = "2026-12-10T00:00:00Z".parse().unwrap();
        let good = validity("2026-01-01T00:00:00Z", "2036-12-31T23:59:59Z");
        let soon = validity("2026-01-01T00:00:00Z", "2026-12-31T23:59:59Z");
        let over = validity("2020-01-01T00:00:00Z", "2026-12-01T00:00:00Z");
        let judged = |chain: &[Validity]| judge_chain("the client certificate", chain, now);
        assert_eq!(judged(&[good, good]), Dates::Good);
        assert!(matches!(judged(&[soon, good]), Dates::EndSoon(_)));
        let Dates::Wrong(words) = judged(&[soon, over, good]) else {
            panic!("an expired authority was passed over");
        };
        assert!(
            words.starts_with("the certificate of an authority above the client"),
            "{words}"
        );
    }
}
