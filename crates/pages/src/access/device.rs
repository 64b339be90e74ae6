//! The cookie of a device that somebody signed in on: with it, others' wrong tries do not shut that
//! person out. It proves nothing else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use super::session::later;

/// How long a device is known after a sign-in.
pub(super) const KNOWN: SignedDuration = SignedDuration::from_hours(24 * 90);

/// What tells one known device from another.
pub(super) type DeviceId = [u8; 16];

/// The key that signs the cookies.
pub(super) struct DeviceKey(pub(super) [u8; 32]);

impl DeviceKey {
    /// The cookie of a new device: its id, when it signed in, and the signature over both and the name.
    pub(super) fn cookie(&self, name: &str, id: DeviceId, now: Timestamp) -> Option<String> {
        let body = [id.as_slice(), &now.as_second().to_be_bytes()].concat();
        let signature = self.signed(name, &body)?.finalize().into_bytes();
        Some(URL_SAFE_NO_PAD.encode([body.as_slice(), &signature].concat()))
    }

    /// The device of a cookie, when this name signed in on it and not too long ago.
    pub(super) fn device(&self, name: &str, cookie: &str, now: Timestamp) -> Option<DeviceId> {
        let bytes = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let (body, signature) = bytes.split_at_checked(24)?;
        self.signed(name, body)?.verify_slice(signature).ok()?;
        let (id, since) = body.split_at_checked(16)?;
        let since = i64::from_be_bytes(since.try_into().ok()?);
        let since = Timestamp::from_second(since).ok()?;
        (now < later(since, KNOWN)).then_some(())?;
        id.try_into().ok()
    }

    fn signed(&self, name: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(b"known device 1");
        mac.update(body);
        mac.update(name.as_bytes());
        Some(mac)
    }
}
