//! Servers on loopback and keys, for the tests of the client and the stand-in.
#![allow(dead_code)]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nhs::SystemRandomness;
use pds::stand_in::{Access, ApplicationKey, Options};
use pds::{Credentials, FhirClient, FhirOptions, MatchPolicy, Registry};

use super::common::FixedClock;

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

pub fn client(options: FhirOptions, policy: MatchPolicy, clock: &Arc<FixedClock>) -> FhirClient {
    FhirClient::new(options, policy, clock.clone(), Arc::new(SystemRandomness)).unwrap()
}

/// A key pair: the private key in a file, the public key as it would be registered.
pub struct Application {
    _folder: tempfile::TempDir,
    pub private_key_file: PathBuf,
    pub public_key_pem: String,
}

impl Application {
    pub fn new() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let private: Pkcs8V1Der = pair.as_der().unwrap();
        let public: PublicKeyX509Der = pair.public_key().as_der().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let private_key_file = folder.path().join("private.pem");
        std::fs::write(&private_key_file, pem("PRIVATE KEY", private.as_ref())).unwrap();
        let public_key_pem = pem("PUBLIC KEY", public.as_ref());
        Self {
            _folder: folder,
            private_key_file,
            public_key_pem,
        }
    }

    pub fn credentials(&self, token_url: &str) -> Credentials {
        Credentials {
            token_url: token_url.to_owned(),
            api_key: "our-api-key".into(),
            key_id: "restante-1".into(),
            private_key_file: self.private_key_file.clone(),
        }
    }

    /// The stand-in with this application registered.
    pub fn stand_in(
        &self,
        registry: &Registry,
        token_url: &str,
        clock: &Arc<FixedClock>,
    ) -> Router {
        let key = ApplicationKey {
            api_key: "our-api-key".into(),
            key_id: "restante-1".into(),
            public_key_pem: self.public_key_pem.clone(),
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

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(|l| std::str::from_utf8(l).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
