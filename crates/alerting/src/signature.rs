//! Signatures of webhooks, as <https://www.standardwebhooks.com> says: `v1,` and the base64 of HMAC-SHA256 over id,
//! seconds since 1970 and body, with dots between.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Bytes of a key.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The key of signatures.
pub(crate) struct SigningKey(Zeroizing<Vec<u8>>);

impl SigningKey {
    /// Reads a key: base64 of 24 to 64 bytes, with or without `whsec_` before it.
    pub fn read(text: &SecretString) -> Result<Self, &'static str> {
        let text = text.expose_secret().trim();
        let text = text.strip_prefix("whsec_").unwrap_or(text);
        let expected = "expected 24 to 64 bytes in base64, as `openssl rand -base64 32` makes them";
        let key = Zeroizing::new(STANDARD.decode(text).map_err(|_| expected)?);
        if !KEY_BYTES.contains(&key.len()) {
            return Err(expected);
        }
        Ok(Self(key))
    }

    /// The value of the header `webhook-signature`.
    pub fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return String::new();
        };
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn a_body_is_signed_as_standard_webhooks_says() {
        let key = SigningKey::read(&"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into());
        let signature = key.ok().unwrap().sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn keys_that_are_short_or_no_base64_are_refused() {
        for text in [
            "",
            "short",
            "whsec_c2hvcnQ=",
            "not base64 at all, and long enough!",
        ] {
            assert!(SigningKey::read(&text.into()).is_err(), "{text}");
        }
    }
}
