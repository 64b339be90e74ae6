//! The page of a sandbox: every message as it arrives, looked into; every refused request with its true reason; send,
//! answer, replay and delete. The same as JSON under `/api/v1`.
//!
//! [`Recorder`] hears what happens: it watches the requests of the MESH API and is the exchange's observer. What it keeps
//! is in memory and bounded; the messages themselves are read from the exchange's store. [`router`] makes the site.

mod actions;
mod api;
mod content;
mod example;
mod fault;
mod filter;
mod look;
mod pages;
mod reading;
mod recorder;
mod request;
mod rows;
mod state;
mod words;

pub use content::bytes as message_bytes;
pub use fault::Faults;
pub use recorder::Recorder;
pub use state::{Connection, SandboxError};

use std::sync::Arc;

use ::pages::{HostNames, OpenSite};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use exchange::Exchange;
use nhs::Randomness;

use self::state::Sandbox;

/// Bytes that a form or a request of `/api/v1` may bring: a message of the largest size that is looked into, in
/// base64.
const LONGEST_REQUEST: usize = 33 * 1024 * 1024;

/// The site of a sandbox over its exchange, whose requests and events the recorder hears, and whose MESH API meets
/// the faults.
pub fn router(
    exchange: Exchange,
    recorder: Recorder,
    faults: Faults,
    connection: Connection,
    hosts: HostNames,
    randomness: Arc<dyn Randomness>,
) -> Router {
    let live = recorder.live().clone();
    let site = OpenSite::new(hosts, live, LONGEST_REQUEST, randomness.as_ref());
    let sandbox = Sandbox::new(
        exchange,
        recorder,
        faults,
        connection,
        site.clone(),
        randomness,
    );
    let routes = pages::router()
        .merge(api::router())
        .layer(DefaultBodyLimit::max(LONGEST_REQUEST))
        .with_state(sandbox)
        .merge(pages::STYLE.router())
        .merge(pages::SCRIPT.router());
    site.listener(routes)
}
