//! The MESH API over HTTP: version 1 and 2 of every route, and nothing else. A handler
//! reads the request with the words of `mesh`, calls `exchange`, and renders what comes back; what
//! may be sent, collected or seen is decided there.
//!
//! [`routers`] are the API over an open exchange, and its health with the process's metrics for a listener of
//! its own. Both are served by [`https_listener::Server`].

mod answer;
mod api;
mod body;
mod downloads;
mod error;
mod gzip;
mod limits;
mod meters;
mod observe;
mod operations;
mod options;
mod pace;
mod routes;
mod session;
mod validation;
mod waits;
mod watching;

pub use options::Options;
pub use routes::{Routers, router, routers, watched_router};
pub use watching::{MOST_KEPT_OF_A_BODY, RequestWatcher, WatchedRequest};
