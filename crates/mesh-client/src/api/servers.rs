//! The URLs of a service: the first, and one to use while that cannot be reached.

use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use reqwest::Url;

use crate::ClientError;

/// After so long on the second URL the first is tried again.
const BACK_TO_FIRST: SignedDuration = SignedDuration::from_mins(15);

/// The URLs of one server: the first, and one to use while that cannot be reached.
pub(super) struct Servers {
    first: Url,
    second: Option<Url>,
    on_second_since: Mutex<Option<Timestamp>>,
}

impl Servers {
    pub fn new(first: &str, second: Option<&str>) -> Result<Self, ClientError> {
        Ok(Self {
            first: server_url(first)?,
            second: second.map(server_url).transpose()?,
            on_second_since: Mutex::new(None),
        })
    }

    /// Where to send the next request.
    pub fn current(&self, now: Timestamp) -> &str {
        let since = self.since();
        let second = self
            .second
            .as_ref()
            .filter(|_| since.is_some_and(|since| now.duration_since(since) < BACK_TO_FIRST));
        second.unwrap_or(&self.first).as_str().trim_end_matches('/')
    }

    /// Turns to the other URL after this one could not be reached; true when there is another.
    pub fn turn_from(&self, failed: &Url, now: Timestamp) -> bool {
        let Some(second) = &self.second else {
            return false;
        };
        let from_second = failed.origin() == second.origin();
        let mut since = self.lock();
        if from_second {
            // The first may have come back meanwhile.
            *since = None;
        } else {
            tracing::warn!("the first URL cannot be reached; the second is used");
            *since = Some(now);
        }
        true
    }

    fn since(&self) -> Option<Timestamp> {
        *self.lock()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Timestamp>> {
        self.on_second_since
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Reads a URL. What follows the host may be a proxy's prefix; `/messageexchange` and what is behind it, which
/// people copy along from descriptions of the API, is left out, for each request brings its own.
pub(crate) fn server_url(url: &str) -> Result<Url, ClientError> {
    let wrong =
        || ClientError::Configuration("the server's URL is not http(s)://host[:port]".to_owned());
    let mut url = Url::parse(url.trim().trim_end_matches('/'))
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none())
        .ok_or_else(wrong)?;
    let own = |segment: &&str| !segment.eq_ignore_ascii_case("messageexchange");
    let prefix: Vec<_> = url.path().split('/').take_while(own).collect();
    let prefix = prefix.join("/");
    url.set_path(&prefix);
    Ok(url)
}

/// Whether a URL leads to this machine, by its name or address.
pub(crate) fn is_this_machine(url: &str) -> bool {
    server_url(url).is_ok_and(|url| url.host_str().is_some_and(settings::is_this_machine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_url_is_used_until_the_first_may_have_come_back() {
        let now: Timestamp = "2026-01-14T09:30:00Z".parse().unwrap();
        let servers = Servers::new("https://one/", Some("https://two:8443")).unwrap();
        assert_eq!(servers.current(now), "https://one");
        assert!(servers.turn_from(&Url::parse("https://one/x").unwrap(), now));
        assert_eq!(servers.current(now), "https://two:8443");
        assert_eq!(servers.current(now + BACK_TO_FIRST), "https://one");
        assert!(servers.turn_from(&Url::parse("https://two:8443/x").unwrap(), now));
        assert_eq!(servers.current(now), "https://one");
        let alone = Servers::new("http://one:8700", None).unwrap();
        assert!(!alone.turn_from(&Url::parse("http://one:8700").unwrap(), now));
        assert!(Servers::new("ftp://one", None).is_err());
        for (given, expected) in [
            ("https://one/messageexchange", "https://one"),
            ("https://one/MessageExchange/X26ABC1/", "https://one"),
            ("https://one/gateway", "https://one/gateway"),
            (
                "https://one/gateway/messageexchange/",
                "https://one/gateway",
            ),
        ] {
            let servers = Servers::new(given, None).unwrap();
            assert_eq!(servers.current(now), expected);
        }
    }

    #[test]
    fn this_machine_is_known_by_its_name_and_its_addresses() {
        for url in [
            "https://localhost:8700",
            "http://LOCALHOST",
            "https://127.0.0.1",
            "https://127.9.9.9:8700/prefix",
            "https://[::1]:8700",
        ] {
            assert!(is_this_machine(url), "{url}");
        }
        for url in [
            "https://localhost.example",
            "https://192.0.2.1",
            "https://127.0.0.1.example",
            "nonsense",
        ] {
            assert!(!is_this_machine(url), "{url}");
        }
    }
}
