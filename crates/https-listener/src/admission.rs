//! Whose connections are served: so many at once of an address and of a certificate, and none of an
//! address that showed no good certificate many times just now.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use settings::{Network, subscriber};

use crate::ListenerConfig;
use crate::buckets::{Buckets, Pace};
use crate::seldom::Seldom;

/// Handshakes of one address that may fail. Each costs the server a signature.
const HANDSHAKES: Pace = Pace {
    burst: 100,
    per_second: 5.0,
};

/// What a listener knows of those who connect.
pub(crate) struct Admission {
    /// No limit for them: many stand behind one address.
    trusted: Vec<Network>,
    addresses: Arc<Places<IpAddr>>,
    certificates: Arc<Places<String>>,
    handshakes: Buckets<IpAddr>,
    refused: Seldom,
}

/// The places that a connection takes; given back when dropped.
pub(crate) struct Admitted {
    /// None for proxies, and where there is no limit.
    counted: Option<IpAddr>,
    _address: Option<Place<IpAddr>>,
}

impl Admission {
    /// A listener without TLS is reached by this machine, or by the proxy before it: the address says
    /// nothing there.
    pub(crate) fn new(config: &ListenerConfig, connections: usize) -> Self {
        let has_tls = config.tls.is_some();
        let most = |wanted: usize, part: usize| match wanted {
            0 => usize::MAX,
            wanted => wanted.min((connections / part).max(1)),
        };
        let of_address = match has_tls {
            true => most(config.max_connections_per_address, 2),
            false => usize::MAX,
        };
        let of_certificate = most(config.max_connections_per_certificate, 4);
        Self {
            trusted: config.trusted_proxies.clone(),
            addresses: Places::new(of_address),
            certificates: Places::new(of_certificate),
            handshakes: Buckets::new(has_tls.then_some(HANDSHAKES)),
            refused: Seldom::default(),
        }
    }

    /// Whether a connection from there is served; if not, it is to be closed.
    pub(crate) fn connection(&self, from: SocketAddr) -> Option<Admitted> {
        let address = from.ip();
        if Network::any_contains(&self.trusted, address) {
            return Some(Admitted {
                counted: None,
                _address: None,
            });
        }
        let counted = subscriber(address);
        if self.handshakes.wait(&counted, Instant::now()).is_some() {
            self.refuse("handshakes", address);
            return None;
        }
        let Some(place) = self.addresses.take(counted) else {
            self.refuse("address", address);
            return None;
        };
        Some(Admitted {
            counted: Some(counted),
            _address: Some(place),
        })
    }

    /// A place among the connections of a certificate, by its serial number.
    pub(crate) fn certificate(&self, serial: &str, from: SocketAddr) -> Option<Place<String>> {
        let place = self.certificates.take(serial.to_owned());
        if place.is_none() {
            self.refuse("certificate", from.ip());
        }
        place
    }

    /// A handshake failed, or took too long.
    pub(crate) fn handshake_failed(&self, admitted: &Admitted) {
        metrics::counter!("restante_tls_handshakes_refused_total").increment(1);
        if let Some(address) = &admitted.counted {
            // that it is empty now shows at the next connection
            let _ = self.handshakes.take(address, Instant::now());
        }
    }

    fn refuse(&self, reason: &'static str, address: IpAddr) {
        metrics::counter!("restante_connections_refused_total", "reason" => reason).increment(1);
        if let Some(count) = self.refused.note(Instant::now()) {
            tracing::warn!(
                reason,
                %address,
                count,
                "connections are refused: too many at once of one address or certificate, or too \
                 many failed handshakes of an address; this one is the last of them"
            );
        }
    }
}

/// How many places each key takes of those it may.
pub(crate) struct Places<K: Eq + Hash> {
    most: usize,
    taken: Mutex<HashMap<K, usize>>,
}

/// One of them.
pub(crate) struct Place<K: Eq + Hash> {
    of: Arc<Places<K>>,
    /// None where there is no limit, and nothing is counted.
    key: Option<K>,
}

impl<K: Eq + Hash + Clone> Places<K> {
    fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            taken: Mutex::default(),
        })
    }

    fn take(self: &Arc<Self>, key: K) -> Option<Place<K>> {
        let key = (self.most < usize::MAX).then_some(key);
        if let Some(key) = &key {
            let mut taken = self.taken.lock();
            let count = taken.entry(key.clone()).or_default();
            if *count >= self.most {
                return None;
            }
            *count += 1;
        }
        Some(Place {
            of: Arc::clone(self),
            key,
        })
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let Some(key) = &self.key else { return };
        let mut taken = self.of.taken.lock();
        if let Some(count) = taken.get_mut(key) {
            *count -= 1;
            if *count == 0 {
                taken.remove(key);
            }
        }
    }
}
