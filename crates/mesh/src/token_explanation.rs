//! What is wrong with an `Authorization: NHSMESH …` token, part by part, for whoever writes a client. A server tells
//! nobody; whoever holds password and shared key may know.

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use nhs::MailboxId;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::token::{AuthorizationToken, Leniency, SCHEME, WINDOW};

/// One part of a token, as it should be and as it is. Never holds the password or the shared key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPart {
    /// `scheme`, `form`, `mailbox`, `nonce`, `count`, `time` or `hash`.
    pub name: &'static str,
    /// Whether a server takes it.
    pub is_right: bool,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// What to do; empty for a part that is right.
    pub cure: String,
}

/// What a token is held against.
pub struct Expected<'a> {
    /// The mailbox whose route is asked for.
    pub mailbox: &'a MailboxId,
    /// The mailbox's password.
    pub password: &'a SecretString,
    /// The environment's shared key.
    pub shared_key: &'a SecretString,
    /// The server's time.
    pub now: Timestamp,
}

/// Explains the value of an `Authorization` header. All parts are told, as far as they can be told apart; the token is
/// good when each is right, and then for one request only.
pub fn explain(header: &str, expected: &Expected<'_>) -> Vec<TokenPart> {
    let header = header.trim();
    let header = match header.split_once(':') {
        Some((name, rest)) if name.trim().eq_ignore_ascii_case("authorization") => rest.trim(),
        _ => header,
    };
    let (scheme, token) = match header.split_once(' ') {
        Some((scheme, token)) => (scheme, token.trim()),
        None => ("", header),
    };
    let mut parts = vec![of_scheme(scheme)];
    let fields: Vec<&str> = token.split(':').collect();
    let [mailbox, nonce, count, time, hash] = fields.as_slice() else {
        parts.push(of_form(fields.len()));
        return parts;
    };
    parts.push(of_mailbox(mailbox, expected.mailbox));
    parts.push(of_nonce(nonce));
    parts.push(of_count(count));
    parts.push(of_time(time, expected.now));
    let signed = Signed {
        mailbox,
        nonce,
        count,
        time,
    };
    parts.push(of_hash(hash, &signed, expected));
    parts
}

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

fn part(
    name: &'static str,
    is_right: bool,
    expected: &str,
    found: String,
    cure: &str,
) -> TokenPart {
    TokenPart {
        name,
        is_right,
        expected: expected.to_owned(),
        found,
        cure: if is_right {
            String::new()
        } else {
            cure.to_owned()
        },
    }
}

fn of_scheme(scheme: &str) -> TokenPart {
    let found = match scheme {
        "" => "no word before the token".to_owned(),
        word => format!("`{word}`"),
    };
    part(
        "scheme",
        scheme.eq_ignore_ascii_case(SCHEME),
        "`NHSMESH` and a blank before the token",
        found,
        "write: Authorization: NHSMESH mailbox:nonce:count:time:hash",
    )
}

fn of_form(fields: usize) -> TokenPart {
    part(
        "form",
        false,
        "five parts with colons between them, mailbox:nonce:count:time:hash",
        format!("{fields} parts"),
        "leave no part out, and let the nonce hold no colon; the parts cannot be told apart so far",
    )
}

fn of_mailbox(found: &str, expected: &MailboxId) -> TokenPart {
    let cure = if found.eq_ignore_ascii_case(expected.as_str()) {
        "write the mailbox id in capitals, in the token and in what is hashed"
    } else if found.trim() == expected.as_str() {
        "leave the blanks out"
    } else {
        "sign for the mailbox that the request's path names"
    };
    let is_right = found == expected.as_str();
    part(
        "mailbox",
        is_right,
        expected.as_str(),
        format!("`{found}`"),
        cure,
    )
}

fn of_nonce(found: &str) -> TokenPart {
    let length = found.chars().count();
    part(
        "nonce",
        !found.is_empty(),
        "a text that is new for each session, such as a UUID",
        format!("{length} characters"),
        "make one, for example a UUID",
    )
}

fn of_count(found: &str) -> TokenPart {
    part(
        "count",
        !found.is_empty() && found.bytes().all(|byte| byte.is_ascii_digit()),
        "digits: how often the nonce was used, one more with each request",
        format!("`{found}`"),
        "count in whole numbers from 0 or 1, without a sign",
    )
}

fn of_time(found: &str, now: Timestamp) -> TokenPart {
    let expected = "the minute in UTC, yyyyMMddHHmm, no more than 2 hours from the server's clock";
    let shown = format!("`{found}`");
    let wrong = |cure: &str| part("time", false, expected, shown.clone(), cure);
    let digits = found.bytes().all(|byte| byte.is_ascii_digit());
    if digits && found.len() == 14 {
        return wrong("leave the seconds out, in the token and in what is hashed");
    }
    let Some(at) = read_minute(found) else {
        return wrong(
            "write year, month, day, hour and minute in twelve digits, such as 202611270930",
        );
    };
    let ahead = at.duration_since(now);
    let minutes = ahead.as_mins();
    if ahead <= WINDOW && -ahead <= WINDOW + SignedDuration::from_secs(59) {
        return part("time", true, expected, shown, "");
    }
    let (apart, direction) = (
        minutes.unsigned_abs(),
        if minutes > 0 { "ahead of" } else { "behind" },
    );
    let told = format!(
        "{shown}, {} h {} min {direction} this machine's clock",
        apart / 60,
        apart % 60
    );
    part(
        "time",
        false,
        expected,
        told,
        "sign each request anew, in UTC, and set the clock by NTP",
    )
}

fn read_minute(text: &str) -> Option<Timestamp> {
    let header = format!("{SCHEME} X:n:0:{text}:h");
    AuthorizationToken::parse(header.as_bytes(), Leniency::Strict)
        .ok()?
        .timestamp()
}

/// What is hashed, besides the password.
struct Signed<'a> {
    mailbox: &'a str,
    nonce: &'a str,
    count: &'a str,
    time: &'a str,
}

impl Signed<'_> {
    fn with(&self, mailbox: &str, password: &str) -> String {
        let Self {
            nonce, count, time, ..
        } = self;
        format!("{mailbox}:{nonce}:{count}:{password}:{time}")
    }
}

fn of_hash(found: &str, signed: &Signed<'_>, expected: &Expected<'_>) -> TokenPart {
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

fn hmac(key: &[u8], text: &str) -> String {
    // HMAC takes a key of any length; the type only does not say so.
    Hmac::<Sha256>::new_from_slice(key).map_or_else(
        |_| String::new(),
        |mut mac| {
            mac.update(text.as_bytes());
            hexadecimal(&mac.finalize().into_bytes())
        },
    )
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-27T09:30:40Z";

    fn explained(header: &str) -> Vec<TokenPart> {
        explained_with(header, "password", "TestKey")
    }

    fn explained_with(header: &str, password: &str, key: &str) -> Vec<TokenPart> {
        explain(
            header,
            &Expected {
                mailbox: &MailboxId::parse("X26ABC1").unwrap(),
                password: &password.into(),
                shared_key: &key.into(),
                now: NOW.parse().unwrap(),
            },
        )
    }

    fn wrong(parts: &[TokenPart]) -> Vec<&'static str> {
        parts
            .iter()
            .filter(|it| !it.is_right)
            .map(|it| it.name)
            .collect()
    }

    fn token(hashed: &str, key: &str) -> String {
        format!(
            "NHSMESH X26ABC1:n-1:7:202611270930:{}",
            hmac(key.as_bytes(), hashed)
        )
    }

    #[test]
    fn a_token_that_is_signed_here_is_right_in_every_part() {
        let mailbox = MailboxId::parse("X26ABC1").unwrap();
        let now = NOW.parse().unwrap();
        let header = AuthorizationToken::sign(
            &mailbox,
            &"password".into(),
            &"TestKey".into(),
            "n-1",
            7,
            now,
        );
        for written in [
            header.clone(),
            format!("Authorization: {header}\n"),
            header.replace("NHSMESH", "nhsmesh"),
        ] {
            let parts = explained(&written);
            assert_eq!(parts.len(), 6);
            assert_eq!(wrong(&parts), [""; 0], "{parts:?}");
        }
    }

    #[test]
    fn what_was_tried_is_told_with_the_one_that_matches() {
        let secrets = (&"password".into(), &"TestKey".into());
        let told = |header: &str| {
            tried(
                header,
                &Expected {
                    mailbox: &MailboxId::parse("X26ABC1").unwrap(),
                    password: secrets.0,
                    shared_key: secrets.1,
                    now: NOW.parse().unwrap(),
                },
            )
        };
        let text = "X26ABC1:n-1:7:password:202611270930";
        assert_eq!(told(&token(text, "TestKey")), []);
        assert_eq!(told("NHSMESH X26ABC1:n-1"), []);
        let all = told(&token(text, "TestKey\n"));
        assert_eq!(all.len(), 13);
        let made: Vec<_> = all
            .iter()
            .filter(|it| it.matches)
            .map(|it| it.made)
            .collect();
        assert_eq!(made, ["with a line end or blank behind the shared key"]);
    }

    #[test]
    fn exactly_the_broken_part_is_named() {
        let good = token("X26ABC1:n-1:7:password:202611270930", "TestKey");
        assert_eq!(wrong(&explained(&good)), [""; 0]);
        let hash = |text: &str| hmac(b"TestKey", text);
        for (header, part) in [
            (good.replace("NHSMESH", "Bearer"), "scheme"),
            (good.replace("NHSMESH ", ""), "scheme"),
            (good.replace("n-1:7", "n-1"), "form"),
            (
                format!(
                    "NHSMESH X26ABC2:n-1:7:202611270930:{}",
                    hash("X26ABC2:n-1:7:password:202611270930")
                ),
                "mailbox",
            ),
            (
                format!(
                    "NHSMESH X26ABC1::7:202611270930:{}",
                    hash("X26ABC1::7:password:202611270930")
                ),
                "nonce",
            ),
            (
                format!(
                    "NHSMESH X26ABC1:n-1:x:202611270930:{}",
                    hash("X26ABC1:n-1:x:password:202611270930")
                ),
                "count",
            ),
            (
                format!(
                    "NHSMESH X26ABC1:n-1:7:20261127093000:{}",
                    hash("X26ABC1:n-1:7:password:20261127093000")
                ),
                "time",
            ),
            (
                format!(
                    "NHSMESH X26ABC1:n-1:7:202611270729:{}",
                    hash("X26ABC1:n-1:7:password:202611270729")
                ),
                "time",
            ),
            (
                format!(
                    "NHSMESH X26ABC1:n-1:7:202611271131:{}",
                    hash("X26ABC1:n-1:7:password:202611271131")
                ),
                "time",
            ),
            (good.replace("0930:", "0930:00"), "hash"),
        ] {
            let parts = explained(&header);
            assert_eq!(wrong(&parts), [part], "{header}: {parts:?}");
            let told = parts.iter().find(|it| !it.is_right).unwrap();
            assert!(!told.cure.is_empty() && !told.expected.is_empty() && !told.found.is_empty());
        }
    }

    #[test]
    fn usual_mistakes_of_the_hash_are_named() {
        for (hashed, key, said) in [
            (
                "X26ABC1:n-1:7:password\n:202611270930",
                "TestKey",
                "behind the password",
            ),
            (
                "X26ABC1:n-1:7:password:202611270930",
                "TestKey\n",
                "behind the shared key",
            ),
            (
                "X26ABC1:n-1:7:TestKey:202611270930",
                "password",
                "exchanged",
            ),
            (
                "x26abc1:n-1:7:password:202611270930",
                "TestKey",
                "small letters",
            ),
            (
                "X26ABC1:n-1:7:202611270930:password",
                "TestKey",
                "behind the time",
            ),
            (
                "X26ABC1:n-1:7:202611270930",
                "TestKey",
                "without the password",
            ),
            (
                "X26ABC1n-17password202611270930",
                "TestKey",
                "without colons",
            ),
            (
                "X26ABC1:n-1:7:password:202611270930",
                "",
                "empty shared key",
            ),
            ("X26ABC1:n-1:7::202611270930", "TestKey", "empty password"),
            (
                "X26ABC1:n-1:8:password:202611270930",
                "TestKey",
                "another hash",
            ),
        ] {
            let parts = explained(&token(hashed, key));
            assert_eq!(wrong(&parts), ["hash"]);
            assert!(parts[5].found.contains(said), "{said}: {:?}", parts[5]);
        }
        let plain = hexadecimal(&Sha256::digest(b"X26ABC1:n-1:7:password:202611270930"));
        let parts = explained(&format!("NHSMESH X26ABC1:n-1:7:202611270930:{plain}"));
        assert!(
            parts[5].found.contains("SHA-256 without HMAC"),
            "{:?}",
            parts[5]
        );
        let parts = explained(
            "NHSMESH X26ABC1:n-1:7:202611270930:jUJ5ZdZfCH3kdX+fqNKe8NYNMuv0PZrgSSCCLzD94ak=",
        );
        assert!(parts[5].cure.contains("base64"), "{:?}", parts[5]);
    }

    #[test]
    fn no_secret_is_told() {
        for header in [
            "",
            "NHSMESH a:b",
            &token("X26ABC1:n-1:7:Hidden1:202611270930", "Hidden2"),
        ] {
            let told = format!("{:?}", explained_with(header, "Hidden1", "Hidden2"));
            assert!(!told.contains("Hidden"), "{told}");
        }
    }
}
