//! Addresses to listen on, as people type them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};

use serde::Deserializer;
use serde::de::{self, Visitor};

/// Why a text is no address to listen on. Carries nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected HOST:PORT such as 127.0.0.1:8700, :PORT, PORT, or a name such as localhost:8700; found {0}"
)]
pub struct AddressError(&'static str);

const NO_PORT: AddressError = AddressError("no port");
const PORT: AddressError = AddressError("a port that is no number from 0 to 65535");
const URL: AddressError = AddressError("a URL: leave out http:// and everything behind the port");
const UNKNOWN: AddressError = AddressError(
    "a name that this machine does not know (0.0.0.0:PORT listens on all of its addresses)",
);

/// Reads an address to listen on: `HOST:PORT`, `:PORT`, `PORT`, or a host alone where there is a usual port.
/// Without a host it is this machine only, 127.0.0.1. Names are looked up, which may ask the network; of several
/// addresses an IPv4 one is taken.
///
/// ```
/// use settings::listen_address;
///
/// let local = "127.0.0.1:8700".parse().unwrap();
/// for text in ["127.0.0.1:8700", ":8700", "8700", "127.0.0.1"] {
///     assert_eq!(listen_address(text, Some(8700)), Ok(local));
/// }
/// assert!(listen_address("127.0.0.1", None).is_err());
/// ```
///
/// # Errors
/// What was found instead.
pub fn listen_address(text: &str, usual_port: Option<u16>) -> Result<SocketAddr, AddressError> {
    let text = text.trim();
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    if text.contains('/') {
        return Err(URL);
    }
    let usual = || usual_port.ok_or(NO_PORT);
    if let Ok(host) = text
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>()
    {
        return Ok((host, usual()?).into());
    }
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| PORT)?),
        None if is_number => ("", text.parse().map_err(|_| PORT)?),
        None => (text, usual()?),
    };
    match host {
        "" => Ok((Ipv4Addr::LOCALHOST, port).into()),
        name => resolve(name, port),
    }
}

fn resolve(name: &str, port: u16) -> Result<SocketAddr, AddressError> {
    let found = (name, port).to_socket_addrs().map_err(|_| UNKNOWN)?;
    let found: Vec<SocketAddr> = found.collect();
    let first = found.iter().find(|address| address.is_ipv4());
    first.or(found.first()).copied().ok_or(UNKNOWN)
}

/// A setting that is an address to listen on, for `#[serde(deserialize_with = "…")]`: a text as
/// [`listen_address`] reads it, without a usual port, or a port as a number.
///
/// # Errors
/// What was expected and what was found.
pub fn listen_setting<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    deserializer.deserialize_str(Listen)
}

/// As [`listen_setting`], for one that may be left out; it needs `#[serde(default)]` beside it.
///
/// # Errors
/// What was expected and what was found.
pub fn optional_listen_setting<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SocketAddr>, D::Error> {
    listen_setting(deserializer).map(Some)
}

struct Listen;

impl Visitor<'_> for Listen {
    type Value = SocketAddr;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address such as \"127.0.0.1:8700\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<SocketAddr, E> {
        listen_address(text, None).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<SocketAddr, E> {
        let port = u16::try_from(number).map_err(|_| E::custom(PORT))?;
        Ok((Ipv4Addr::LOCALHOST, port).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_read_as_people_type_them() {
        for (text, expected) in [
            ("127.0.0.1:8701", "127.0.0.1:8701"),
            (" 0.0.0.0:443 ", "0.0.0.0:443"),
            (":8701", "127.0.0.1:8701"),
            ("8701", "127.0.0.1:8701"),
            ("0", "127.0.0.1:0"),
            ("localhost:8701", "127.0.0.1:8701"),
            ("localhost", "127.0.0.1:8700"),
            ("192.0.2.7", "192.0.2.7:8700"),
            ("[::1]:8701", "[::1]:8701"),
            ("::1", "[::1]:8700"),
            ("[::1]", "[::1]:8700"),
        ] {
            let read = listen_address(text, Some(8700));
            assert_eq!(read, Ok(expected.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_told_with_what_was_found() {
        for (text, expected) in [
            ("127.0.0.1", NO_PORT),
            ("localhost", NO_PORT),
            ("", NO_PORT),
            ("127.0.0.1:http", PORT),
            ("127.0.0.1:", PORT),
            ("65536", PORT),
            ("localhost:70000", PORT),
            ("http://127.0.0.1:8700", URL),
            ("no such host:8700", UNKNOWN),
            ("*:8700", UNKNOWN),
        ] {
            assert_eq!(listen_address(text, None), Err(expected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_written_address_is_read(address: SocketAddr) {
            prop_assume!(!matches!(address, SocketAddr::V6(it) if it.scope_id() != 0 || it.flowinfo() != 0));
            prop_assert_eq!(listen_address(&address.to_string(), None), Ok(address));
        }
    }
}
