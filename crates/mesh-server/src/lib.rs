//! The MESH API over HTTPS: version 1 and 2 of every route, mutual TLS, and nothing else. A handler
//! reads the request with the words of `mesh`, calls `exchange`, and renders what comes back; what
//! may be sent, collected or seen is decided there.
//!
//! [`router`] is the API over an open exchange; [`Server`] is the listener it is usually served by;
//! [`operations_router`] has health and metrics, for a listener of its own; [`certificate`] makes
//! certificates for networks that have no authority.

mod answer;
mod body;
pub mod certificate;
mod current;
mod error;
mod guard;
mod listener;
mod observe;
mod operations;
mod options;
mod routes;
mod session;
mod validation;

pub use current::{CurrentRequest, TraceParent};
pub use listener::{
    CLIENT_NAME_SUFFIX, CertificateName, ListenerConfig, PeerCertificate, Server, ServerError,
    TlsConfig,
};
pub use observe::metrics_router;
pub use operations::operations_router;
pub use options::Options;
pub use routes::router;
