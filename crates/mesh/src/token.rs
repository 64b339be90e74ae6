//! The `Authorization: NHSMESH …` token: an HMAC over mailbox, nonce, count, password and minute.

use std::fmt;
use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use nhs::MailboxId;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::MeshError;

/// The scheme word before the token.
pub const SCHEME: &str = "NHSMESH";
/// The longest header value read, in bytes.
pub const MAX_BYTES: usize = 500;
/// How far a token's time may be from the server's, either way.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(2);

/// How strictly a token is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leniency {
    /// The scheme word must be there, as the API specification says.
    Strict,
    /// The scheme word may be absent, as in mesh-sandbox.
    SchemeOptional,
}

/// A token as it came in the header. Reading it proves nothing: see [`AuthorizationToken::verify`],
/// [`AuthorizationToken::is_for`] and [`AuthorizationToken::is_timely`].
#[derive(Clone)]
pub struct AuthorizationToken {
    mailbox: String,
    nonce: String,
    nonce_count: String,
    timestamp: String,
    hash: String,
}

impl AuthorizationToken {
    /// Reads `NHSMESH mailbox:nonce:nonce_count:yyyyMMddHHmm:hash`: five parts, the count digits. The
    /// scheme word may be in any case (RFC 9110 §11.1).
    ///
    /// # Errors
    /// [`MeshError::TokenMissing`] for a blank value, else [`MeshError::TokenMalformed`].
    pub fn parse(header: &[u8], leniency: Leniency) -> Result<Self, MeshError> {
        if header.len() > MAX_BYTES {
            return Err(MeshError::TokenMalformed);
        }
        let text = std::str::from_utf8(header)
            .map_err(|_| MeshError::TokenMalformed)?
            .trim();
        if text.is_empty() {
            return Err(MeshError::TokenMissing);
        }
        let stripped = text
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME))
            .map(|(_, rest)| rest);
        let token = match (stripped, leniency) {
            (Some(rest), _) => rest.trim_start(),
            (None, Leniency::SchemeOptional) => text,
            (None, Leniency::Strict) => return Err(MeshError::TokenMalformed),
        };
        let mut parts = token.split(':');
        let mut next = || {
            parts
                .next()
                .map(str::to_owned)
                .ok_or(MeshError::TokenMalformed)
        };
        let (mailbox, nonce, nonce_count) = (next()?, next()?, next()?);
        let (timestamp, hash) = (next()?, next()?);
        let digits = !nonce_count.is_empty() && nonce_count.bytes().all(|b| b.is_ascii_digit());
        if parts.next().is_some() || !digits {
            return Err(MeshError::TokenMalformed);
        }
        Ok(Self {
            mailbox,
            nonce,
            nonce_count,
            timestamp,
            hash,
        })
    }

    /// The mailbox as the client wrote it.
    pub fn mailbox(&self) -> &str {
        &self.mailbox
    }

    /// The nonce.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The nonce count, digits as written.
    pub fn nonce_count(&self) -> &str {
        &self.nonce_count
    }

    /// The token's minute in UTC, when it reads as `yyyyMMddHHmm`.
    pub fn timestamp(&self) -> Option<Timestamp> {
        let text = self.timestamp.as_str();
        if text.len() != 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let two = |at: usize| text.get(at..at + 2)?.parse::<i8>().ok();
        let year = text.get(..4)?.parse().ok()?;
        let civil = DateTime::new(year, two(4)?, two(6)?, two(8)?, two(10)?, 0, 0).ok()?;
        TimeZone::UTC.to_timestamp(civil).ok()
    }

    /// Whether the token names this mailbox, exact upper case.
    pub fn is_for(&self, mailbox: &MailboxId) -> bool {
        self.mailbox == mailbox.as_str()
    }

    /// Whether the hash is the HMAC-SHA256 of this token with the mailbox's password under the
    /// environment's shared key. Constant time in the hash; its hexadecimal digits may be of any case.
    pub fn verify(&self, password: &SecretString, shared_key: &SecretString) -> bool {
        let Some(claimed) = decode_hash(&self.hash) else {
            return false;
        };
        mac(
            &self.mailbox,
            &self.nonce,
            &self.nonce_count,
            &self.timestamp,
            password,
            shared_key,
        )
        .is_some_and(|mac| mac.verify_slice(&claimed).is_ok())
    }

    /// Whether the token's minute is within `window` of `now`, either way. The minute has no
    /// seconds, so the whole minute counts.
    pub fn is_timely(&self, now: Timestamp, window: SignedDuration) -> bool {
        let Some(from) = self.timestamp() else {
            return false;
        };
        let since = now.duration_since(from);
        since <= window + SignedDuration::from_secs(59) && since >= -window
    }

    /// What makes two tokens the same token, for a register of used ones: the SHA-256 of mailbox,
    /// nonce, count and minute (not of the hash, whose case a client may change).
    pub fn replay_key(&self) -> [u8; 32] {
        let parts = [
            &self.mailbox,
            &self.nonce,
            &self.nonce_count,
            &self.timestamp,
        ];
        Sha256::digest(parts.map(String::as_str).join(":").as_bytes()).into()
    }

    /// Writes a token for a request at `now`. The nonce must not hold a colon.
    pub fn sign(
        mailbox: &MailboxId,
        password: &SecretString,
        shared_key: &SecretString,
        nonce: &str,
        count: u64,
        now: Timestamp,
    ) -> String {
        let minute = now
            .to_zoned(TimeZone::UTC)
            .strftime("%Y%m%d%H%M")
            .to_string();
        let count = count.to_string();
        let mut header = format!("{SCHEME} {mailbox}:{nonce}:{count}:{minute}:");
        if let Some(mac) = mac(
            mailbox.as_str(),
            nonce,
            &count,
            &minute,
            password,
            shared_key,
        ) {
            for byte in mac.finalize().into_bytes() {
                let _ = write!(header, "{byte:02x}");
            }
        }
        header
    }
}

/// Never `None`: HMAC takes a key of any length; the type only does not say so.
fn mac(
    mailbox: &str,
    nonce: &str,
    count: &str,
    minute: &str,
    password: &SecretString,
    shared_key: &SecretString,
) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(shared_key.expose_secret().as_bytes()).ok()?;
    for (i, part) in [mailbox, nonce, count, password.expose_secret(), minute]
        .into_iter()
        .enumerate()
    {
        if i > 0 {
            mac.update(b":");
        }
        mac.update(part.as_bytes());
    }
    Some(mac)
}

fn decode_hash(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0u8; 32];
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    for (byte, pair) in hash.iter_mut().zip(digits.as_chunks::<2>().0) {
        let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
        *byte = u8::try_from(high? * 16 + low?).ok()?;
    }
    Some(hash)
}

impl fmt::Debug for AuthorizationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationToken")
            .field("mailbox", &self.mailbox)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn signed(password: &str, now: &str) -> String {
        AuthorizationToken::sign(
            &MailboxId::parse("X26ABC1").unwrap(),
            &password.into(),
            &"TestKey".into(),
            "n-1",
            7,
            now.parse().unwrap(),
        )
    }

    fn read(header: &str) -> AuthorizationToken {
        AuthorizationToken::parse(header.as_bytes(), Leniency::Strict).unwrap()
    }

    #[test]
    fn a_signed_token_verifies_with_its_own_password_and_key_only() {
        let header = signed("password", "2026-01-14T09:30:59Z");
        assert!(header.starts_with("NHSMESH X26ABC1:n-1:7:202601140930:"));
        let token = read(&header);
        assert!(token.verify(&"password".into(), &"TestKey".into()));
        assert!(!token.verify(&"passwore".into(), &"TestKey".into()));
        assert!(!token.verify(&"password".into(), &"TestKez".into()));
        assert!(token.is_for(&MailboxId::parse("x26abc1").unwrap()));
        assert!(!token.is_for(&MailboxId::parse("X26ABC2").unwrap()));
    }

    #[test]
    fn the_hash_is_the_documented_hmac() {
        let hash = signed("password", "2026-01-14T09:30:00Z")
            .rsplit(':')
            .next()
            .unwrap()
            .to_owned();
        // printf 'X26ABC1:n-1:7:password:202601140930' | openssl dgst -sha256 -hmac TestKey
        assert_eq!(
            hash,
            "8d427965d65f087de4757f9fa8d29ef0d60d32ebf43d9ae04920822f30fde1a9"
        );
    }

    #[test]
    fn the_hash_may_be_upper_case_and_stays_the_same_token() {
        let header = signed("password", "2026-01-14T09:30:00Z");
        let (rest, hash) = header.rsplit_once(':').unwrap();
        let upper = read(&format!("{rest}:{}", hash.to_uppercase()));
        assert!(upper.verify(&"password".into(), &"TestKey".into()));
        assert_eq!(upper.replay_key(), read(&header).replay_key());
    }

    #[test]
    fn the_scheme_word_may_be_in_any_case_and_no_other_word_will_do() {
        let header = signed("password", "2026-01-14T09:30:00Z");
        let rest = header.strip_prefix(SCHEME).unwrap();
        for scheme in ["NHSMESH", "nhsmesh", "NhsMesh"] {
            let token = read(&format!("{scheme}{rest}"));
            assert!(token.verify(&"password".into(), &"TestKey".into()));
        }
        for scheme in ["Bearer", "NHSMESHX", ""] {
            let text = format!("{scheme}{rest}");
            let read = AuthorizationToken::parse(text.trim().as_bytes(), Leniency::Strict);
            assert!(read.is_err(), "{scheme}");
        }
    }

    #[test]
    fn two_hours_either_way_are_timely() {
        let token = read(&signed("p", "2026-01-14T09:30:00Z"));
        for (now, timely) in [
            ("2026-01-14T07:30:00Z", true),
            ("2026-01-14T07:29:59Z", false),
            ("2026-01-14T11:30:59Z", true),
            ("2026-01-14T11:31:00Z", false),
        ] {
            assert_eq!(
                token.is_timely(now.parse().unwrap(), WINDOW),
                timely,
                "{now}"
            );
        }
        let nonsense = read("NHSMESH X:n:0:202613992561:00");
        assert!(!nonsense.is_timely("2026-01-14T09:30:00Z".parse().unwrap(), WINDOW));
    }

    #[test]
    fn malformed_headers_are_refused() {
        for text in [
            "X:n:0:t:h",
            "NHSMESH X:n:0:t",
            "NHSMESH X:n:0:t:h:i",
            "NHSMESH X:n:one:t:h",
        ] {
            let read = AuthorizationToken::parse(text.as_bytes(), Leniency::Strict);
            assert!(matches!(read, Err(MeshError::TokenMalformed)), "{text}");
        }
        let blank = AuthorizationToken::parse(b"  ", Leniency::Strict);
        assert!(matches!(blank, Err(MeshError::TokenMissing)));
        assert!(AuthorizationToken::parse(b"X:n:0:t:h", Leniency::SchemeOptional).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(token) = AuthorizationToken::parse(&bytes, Leniency::SchemeOptional) {
                prop_assert!(!token.verify(&"password".into(), &"TestKey".into()));
                let _ = token.timestamp();
            }
        }
    }
}
