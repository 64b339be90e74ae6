//! `Prefer: wait=SECONDS` (RFC 7240): for how long an answer may wait for something to tell.

use http::{HeaderMap, HeaderName};

/// What a client prefers.
pub const PREFER: HeaderName = HeaderName::from_static("prefer");
/// What of it the server does.
pub const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// The seconds of `Prefer: wait`; `None` where there is none that can be read. Of several the first counts,
/// as the RFC says. 0 asks only whether the server waits.
pub fn preferred_wait(headers: &HeaderMap) -> Option<u32> {
    wait_in(headers, &PREFER)
}

/// The seconds of `Preference-Applied: wait`, by which a server says that it waits; `None` where it does not.
pub fn applied_wait(headers: &HeaderMap) -> Option<u32> {
    wait_in(headers, &PREFERENCE_APPLIED)
}

/// `wait=SECONDS`, for either header.
pub fn wait(seconds: u32) -> String {
    format!("wait={seconds}")
}

fn wait_in(headers: &HeaderMap, name: &HeaderName) -> Option<u32> {
    let values = headers.get_all(name).iter();
    let preferences = values.filter_map(|value| value.to_str().ok());
    let mut preferences = preferences.flat_map(|value| value.split(','));
    preferences.find_map(|preference| {
        // parameters follow a semicolon
        let preference = preference.split(';').next()?;
        let (name, value) = preference.split_once('=')?;
        if !name.trim().eq_ignore_ascii_case("wait") {
            return None;
        }
        let value = value.trim();
        let quoted = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
        let digits = quoted.unwrap_or(value);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().unwrap_or(u32::MAX))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Option<u32> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(PREFER, value.parse().unwrap());
        }
        preferred_wait(&headers)
    }

    #[test]
    fn a_wait_is_read_as_the_rfc_writes_it() {
        for (expected, values) in [
            (Some(30), &["wait=30"][..]),
            (Some(30), &["Wait = \"30\""]),
            (Some(10), &["respond-async, wait=10; x=y", "wait=20"]),
            (Some(20), &["respond-async", "wait=20"]),
            (Some(0), &["wait=0"]),
            (Some(u32::MAX), &["wait=99999999999999"]),
            (None, &["wait"]),
            (None, &["wait="]),
            (None, &["wait=-1"]),
            (None, &["wait=1.5"]),
            (None, &["waiting=5"]),
            (None, &["return=minimal"]),
            (None, &[]),
        ] {
            assert_eq!(read(values), expected, "{values:?}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(PREFERENCE_APPLIED, wait(7).parse().unwrap());
        assert_eq!(applied_wait(&headers), Some(7));
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_preferred_is_read_or_not(text in "[ -~]{0,60}") {
            let _ = read(&[&text]);
        }
    }
}
