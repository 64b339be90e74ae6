//! Addresses and networks as settings name them, and where a request comes from when proxies stand in front.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;
use serde::Deserialize;

/// An address or a network, such as `10.0.0.7`, `10.0.0.0/8` or `2001:db8::/32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network(IpNet);

impl TryFrom<String> for Network {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let address = text.parse::<IpAddr>().map(IpNet::from);
        address
            .or_else(|_| text.parse())
            .map(Self)
            .map_err(|_| "expected an address or a network, such as 10.0.0.7 or 10.0.0.0/8")
    }
}

impl Network {
    /// Whether the address is this one, or in this network.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether the address is in one of the networks.
    pub fn any_contains(networks: &[Self], address: IpAddr) -> bool {
        networks.iter().any(|network| network.contains(address))
    }
}

/// The nearest address that is no trusted proxy. Each proxy adds whom it heard at the end of
/// `X-Forwarded-For`, whose entries are `said`; what stands before an address that is not trusted,
/// anybody may have written.
pub fn nearest_address<'a>(
    peer: IpAddr,
    said: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[Network],
) -> IpAddr {
    let mut nearest = peer.to_canonical();
    for address in said.rev() {
        if !Network::any_contains(trusted, nearest) {
            break;
        }
        match address.trim().parse::<IpAddr>() {
            Ok(address) => nearest = address.to_canonical(),
            Err(_) => break,
        }
    }
    nearest
}

/// What a stranger is counted by: an IPv4 address, or the /64 that one subscriber of IPv6 has.
pub fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_of_ipv6_is_counted_once() {
        let counted = |text: &str| subscriber(text.parse().unwrap());
        assert_eq!(counted("2001:db8:1:2:3::9"), counted("2001:db8:1:2::1"));
        assert_ne!(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
        assert_ne!(counted("192.0.2.1"), counted("192.0.2.2"));
        assert_eq!(counted("::ffff:192.0.2.1"), counted("192.0.2.1"));
    }
}
