//! The hash of a token: whether it is right, and else by which of the usual mistakes it was made.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use super::{Expected, TokenPart, part};

/// A mistake that clients make with the hash, and whether this hash was made by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// How a hash is made by this mistake: `with an empty password`.
    pub made: &'static str,
    /// Whether it was.
    pub matches: bool,
}

/// The mistakes that are tried on a token whose hash is not the expected one; empty when it is, and when the parts
/// cannot be told apart.
pub fn tried(header: &str, expected: &Expected<'_>) -> Vec<Tried> {
    let token = header.trim();
    let token = token.rsplit_once(' ').map_or(token, |(_, token)| token);
    let fields: Vec<&str> = token.split(':').collect();
    let [mailbox, nonce, count, time, hash] = fields.as_slice() else {
        return Vec::new();
    };
    let signed = Signed {
        mailbox,
        nonce,
        count,
        time,
    };
    let hash = hash.to_ascii_lowercase();
    let password = expected.password.expose_secret();
    let key = expected.shared_key.expose_secret();
    if hash == hmac(key.as_bytes(), &signed.with(signed.mailbox, password)) {
        return Vec::new();
    }
    let tries = tries(&hash, &signed, password, key);
    let each = tries
        .into_iter()
        .map(|(matches, made, _)| Tried { made, matches });
    each.collect()
}

/// What is hashed, besides the password.
pub(super) struct Signed<'a> {
    pub(super) mailbox: &'a str,
    pub(super) nonce: &'a str,
    pub(super) count: &'a str,
    pub(super) time: &'a str,
}

impl Signed<'_> {
    fn with(&self, mailbox: &str, password: &str) -> String {
        let Self {
            nonce, count, time, ..
        } = self;
        format!("{mailbox}:{nonce}:{count}:{password}:{time}")
    }
}

pub(super) fn of_hash(found: &str, signed: &Signed<'_>, expected: &Expected<'_>) -> TokenPart {
    let told = "HMAC-SHA256 of mailbox:nonce:count:password:time under the shared key, 64 hexadecimal digits";
    let digits = found.len() == 64 && found.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !digits {
        let length = found.chars().count();
        let cure = if length == 44 && found.ends_with('=') {
            "this looks like base64: write the 32 bytes as hexadecimal digits"
        } else {
            "write all 32 bytes as two hexadecimal digits each"
        };
        return part("hash", false, told, format!("{length} characters"), cure);
    }
    let found = found.to_ascii_lowercase();
    let password = expected.password.expose_secret();
    let key = expected.shared_key.expose_secret();
    if found == hmac(key.as_bytes(), &signed.with(signed.mailbox, password)) {
        return part("hash", true, told, "that".to_owned(), "");
    }
    let (found, cure) = match mistake(&found, signed, password, key) {
        Some((made, cure)) => (format!("a hash {made}"), cure),
        None => (
            "another hash".to_owned(),
            "compare password and shared key with those that were given out; the text that is hashed has the \
             same mailbox, nonce, count and time as the token",
        ),
    };
    part("hash", false, told, found, cure)
}

fn mistake(
    found: &str,
    signed: &Signed<'_>,
    password: &str,
    key: &str,
) -> Option<(&'static str, &'static str)> {
    tries(found, signed, password, key)
        .into_iter()
        .find(|(is_it, ..)| *is_it)
        .map(|(_, made, cure)| (made, cure))
}

/// The usual mistakes, each tried: whether the hash was made so, how, and what to do.
fn tries(
    found: &str,
    signed: &Signed<'_>,
    password: &str,
    key: &str,
) -> [(bool, &'static str, &'static str); 13] {
    let text = |password: &str| signed.with(signed.mailbox, password);
    let line_ends = ["\n", "\r\n", " "];
    let password_with =
        |end: &&str| found == hmac(key.as_bytes(), &text(&format!("{password}{end}")));
    let key_with = |end: &&str| found == hmac(format!("{key}{end}").as_bytes(), &text(password));
    let both_with = |end: &&str| {
        found
            == hmac(
                format!("{key}{end}").as_bytes(),
                &text(&format!("{password}{end}")),
            )
    };
    let Signed {
        mailbox,
        nonce,
        count,
        time,
    } = signed;
    let in_order = |text: String| found == hmac(key.as_bytes(), &text);
    let plain = |text: &str| found == hexadecimal(&Sha256::digest(text.as_bytes()));
    [
        (
            line_ends.iter().any(password_with),
            "with a line end or blank behind the password",
            "cut the password off at its last letter",
        ),
        (
            line_ends.iter().any(key_with),
            "with a line end or blank behind the shared key",
            "cut the shared key off at its last letter",
        ),
        (
            line_ends.iter().any(both_with),
            "with a line end or blank behind password and shared key",
            "cut both off at their last letter",
        ),
        (
            found == hmac(password.as_bytes(), &text(key)),
            "with password and shared key exchanged",
            "the shared key is the key of the HMAC, the password is in the text",
        ),
        (
            unhex(key).is_some_and(|key| found == hmac(&key, &text(password))),
            "with the shared key read as hexadecimal digits",
            "take the shared key's letters as they are",
        ),
        (
            in_order(signed.with(&mailbox.to_ascii_lowercase(), password)),
            "of the mailbox in small letters",
            "hash the mailbox in capitals",
        ),
        (
            in_order(signed.with(&mailbox.to_ascii_uppercase(), password)),
            "of the mailbox in capitals",
            "write the mailbox in capitals in the token too",
        ),
        (
            in_order(format!("{mailbox}:{nonce}:{count}:{time}:{password}")),
            "with the password behind the time",
            "the password stands before the time",
        ),
        (
            in_order(format!("{mailbox}:{nonce}:{count}:{time}")),
            "without the password",
            "the password stands between count and time",
        ),
        (
            in_order(format!("{mailbox}{nonce}{count}{password}{time}")),
            "without colons",
            "put colons between the parts",
        ),
        (
            plain(&text(password)) || plain(&format!("{key}{}", text(password))),
            "by SHA-256 without HMAC",
            "use HMAC-SHA256 with the shared key as its key",
        ),
        (
            found == hmac(b"", &text(password)),
            "under an empty shared key",
            "give the shared key to the HMAC",
        ),
        (
            in_order(text("")),
            "with an empty password",
            "put the password between count and time",
        ),
    ]
}

pub(super) fn hmac(key: &[u8], text: &str) -> String {
    // HMAC takes a key of any length; the type only does not say so.
    Hmac::<Sha256>::new_from_slice(key).map_or_else(
        |_| String::new(),
        |mut mac| {
            mac.update(text.as_bytes());
            hexadecimal(&mac.finalize().into_bytes())
        },
    )
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
