//! What is counted of every request: looked up once for each method, route and status, for finding a metric by its labels makes
//! a text of each of them.

use std::collections::HashMap;
use std::time::Duration;

use metrics::{Counter, Histogram};
use parking_lot::RwLock;

/// Method and status.
type Kind = (&'static str, u16);

#[derive(Default)]
pub(crate) struct Meters(RwLock<HashMap<Kind, HashMap<Box<str>, Meter>>>);

struct Meter {
    seconds: Histogram,
    requests: Counter,
}

impl Meters {
    /// Counts a request. `route` is a template: there are few.
    pub(crate) fn count(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let kind = (method, status);
        if let Some(meter) = self.0.read().get(&kind).and_then(|of| of.get(route)) {
            return meter.count(took);
        }
        let meter = Meter::of(method, route, status);
        meter.count(took);
        let mut meters = self.0.write();
        meters.entry(kind).or_default().insert(route.into(), meter);
    }
}

impl Meter {
    fn of(method: &'static str, route: &str, status: u16) -> Self {
        let route = route.to_owned();
        let seconds = metrics::histogram!(
            "restante_http_request_seconds", "method" => method, "route" => route.clone()
        );
        let requests = metrics::counter!(
            "restante_http_requests_total",
            "method" => method, "route" => route, "status" => status.to_string()
        );
        Self { seconds, requests }
    }

    fn count(&self, took: Duration) {
        self.seconds.record(took.as_secs_f64());
        self.requests.increment(1);
    }
}
