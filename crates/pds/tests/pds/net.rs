//! Servers on loopback and keys, for the tests of the client and the stand-in.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn};
use nhs::SystemRandomness;
use pds::stand_in::{Access, ApplicationKey, Options};
use pds::{Credentials, FhirClient, FhirOptions, MatchPolicy, Registry};
use settings::Secret;

use test_kit::ManualClock;

pub const BASE: &str = "/personal-demographics/FHIR/R4";

/// Serves until the test ends.
pub async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// What came in: path and headers, in order.
pub type Log = Arc<Mutex<Vec<(String, HeaderMap)>>>;

/// Serves and keeps what came in.
pub async fn serve_logged(router: Router) -> (SocketAddr, Log) {
    let (router, log) = logged(router);
    (serve(router).await, log)
}

/// The router, keeping what comes in.
pub fn logged(router: Router) -> (Router, Log) {
    let log = Log::default();
    let kept = log.clone();
    let layer = from_fn(move |request: Request<Body>, next: Next| {
        let seen = (request.uri().path().to_owned(), request.headers().clone());
        kept.lock().unwrap().push(seen);
        async move { next.run(request).await }
    });
    (router.layer(layer), log)
}

/// Options for a client of a server on loopback: no spacing that a test would feel.
pub fn options(address: SocketAddr) -> FhirOptions {
    FhirOptions {
        base_url: format!("http://{address}{BASE}"),
        requests_per_second: 1_000_000,
        retry_pause_milliseconds: 1,
        cache_seconds: 0,
        ..FhirOptions::default()
    }
}

pub fn client(options: FhirOptions, policy: MatchPolicy, clock: &Arc<ManualClock>) -> FhirClient {
    FhirClient::new(options, policy, clock.clone(), Arc::new(SystemRandomness)).unwrap()
}

/// A key pair of `keys`, made for these tests: the private key's file, the public key as it
/// would be registered.
pub struct Application {
    pub private_key_file: PathBuf,
    pub public_key_pem: &'static str,
}

impl Application {
    pub fn new() -> Self {
        Self::with_key(
            "application.pem",
            include_str!("keys/application.public.pem"),
        )
    }

    /// One with another key.
    pub fn stranger() -> Self {
        Self::with_key("stranger.pem", include_str!("keys/stranger.public.pem"))
    }

    fn with_key(private: &str, public_key_pem: &'static str) -> Self {
        let keys = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pds/keys");
        Self {
            private_key_file: keys.join(private),
            public_key_pem,
        }
    }

    pub fn credentials(&self, token_url: &str) -> Credentials {
        Credentials {
            token_url: token_url.to_owned(),
            api_key: "our-api-key".into(),
            key_id: "restante-1".into(),
            private_key: Secret::File {
                file: self.private_key_file.clone(),
            },
        }
    }

    /// The stand-in with this application registered.
    pub fn stand_in(
        &self,
        registry: &Registry,
        token_url: &str,
        clock: &Arc<ManualClock>,
    ) -> Router {
        let key = ApplicationKey {
            api_key: "our-api-key".into(),
            key_id: "restante-1".into(),
            public_key_pem: self.public_key_pem.to_owned(),
        };
        let options = Options {
            access: Access::Signed(vec![key]),
            token_url: token_url.to_owned(),
            clock: clock.clone(),
            randomness: Arc::new(SystemRandomness),
        };
        pds::stand_in::router(registry.clone(), options)
    }
}
