//! What every HTTP server of Restante stands on: the accept loop with TLS, limits and timeouts, the
//! client's address and certificate as request extensions, a stop that lets requests under way
//! finish, and `/metrics` and `/health` for operators. It serves an [`axum::Router`] and knows
//! nothing of what the routes are.
//!
//! [`Server`] is the listener; [`operations_router`] has health and metrics, for a listener of its
//! own; [`certificate`] makes certificates for networks that have no authority; [`CurrentRequest`]
//! is what the running task's request said of its caller's trace; [`Buckets`] say how much each of many
//! callers may do.

mod admission;
mod answer;
mod buckets;
pub mod certificate;
mod config;
mod connection;
mod current;
mod descriptors;
mod error;
mod frames;
mod idle;
mod metrics;
mod operations;
mod peer;
mod seldom;
mod server;
mod serving;
mod tls;
mod waiting;

pub use answer::UntilSent;
pub use buckets::{Buckets, Pace};
pub use config::{ListenerConfig, TlsConfig};
pub use current::{CurrentRequest, TraceParent};
pub use error::ListenerError;
pub use operations::operations_router;
pub use peer::{CallerAddress, PeerCertificate};
pub use seldom::Seldom;
pub use server::Server;
