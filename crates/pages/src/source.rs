//! Where a request comes from: its peer, or what a proxy that is named in the settings says.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use settings::{Network, nearest_address, subscriber};

/// What stands in front of the pages.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// Addresses or networks of the proxies whose `X-Forwarded-For` is believed. Of nobody else is it
    /// even read.
    pub trusted_proxies: Vec<Network>,
    /// Whether browsers reach the pages through one of them over TLS: cookies are then bound to TLS.
    pub behind_tls_proxy: bool,
}

/// Where a request comes from, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Source(Option<IpAddr>);

impl Source {
    /// What tries are counted by: an IPv4 address, or the /64 that one subscriber of IPv6 has.
    pub(crate) fn counted(self) -> Option<IpAddr> {
        self.0.map(subscriber)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

impl Proxies {
    fn source(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Source {
        let said: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .flat_map(|value| value.to_str().unwrap_or("?").split(','))
            .collect();
        Source(peer.map(|peer| nearest_address(peer, said.iter().copied(), &self.trusted_proxies)))
    }
}

/// Finds out where each request comes from, once, for all that ask.
pub(crate) async fn locate(
    State(proxies): State<Arc<Proxies>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|address| address.0.ip());
    let source = proxies.source(peer, request.headers());
    request.extensions_mut().insert(source);
    next.run(request).await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_named_proxy_says_counts_and_only_what_it_added() {
        let networks = ["10.0.0.0/8", "2001:db8::1"].map(|text| text.to_owned().try_into());
        let proxies = Proxies {
            trusted_proxies: networks.into_iter().map(Result::unwrap).collect(),
            behind_tls_proxy: false,
        };
        for (peer, said, source) in [
            ("192.0.2.1", vec!["198.51.100.1"], "192.0.2.1"),
            ("10.0.0.7", vec!["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.7", vec!["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
            (
                "10.0.0.7",
                vec!["6.6.6.6", "198.51.100.1,10.1.1.1"],
                "198.51.100.1",
            ),
            (
                "::ffff:10.0.0.7",
                vec!["::ffff:198.51.100.1"],
                "198.51.100.1",
            ),
            (
                "2001:db8::1",
                vec!["2001:db8:1:2:3::9"],
                "2001:db8:1:2:3::9",
            ),
            ("10.0.0.7", vec!["198.51.100.1, unknown"], "10.0.0.7"),
            ("10.0.0.7", vec![], "10.0.0.7"),
        ] {
            let mut headers = HeaderMap::new();
            for value in &said {
                headers.append("x-forwarded-for", value.parse().unwrap());
            }
            let found = proxies.source(Some(peer.parse().unwrap()), &headers);
            assert_eq!(found.to_string(), source, "{peer} {said:?}");
        }
    }
}
