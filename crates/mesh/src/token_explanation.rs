//! What is wrong with an `Authorization: NHSMESH …` token, part by part, for whoever writes a client. A server tells
//! nobody; whoever holds password and shared key may know.

mod hash;

use jiff::{SignedDuration, Timestamp};
use nhs::MailboxId;
use secrecy::SecretString;

use hash::{Signed, of_hash};

use crate::token::{AuthorizationToken, Leniency, SCHEME, WINDOW};

pub use hash::{Tried, tried};

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

#[cfg(test)]
mod tests;
