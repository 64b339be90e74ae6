//! An OpenID Connect provider that says what a test wants, on a socket of its own.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

/// A key that signs tokens, with its id.
pub struct SigningKey {
    pub id: &'static str,
    pair: EcdsaKeyPair,
}

impl SigningKey {
    pub fn new(id: &'static str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        Self { id, pair }
    }

    pub fn published(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({ "kty": "EC", "crv": "P-256", "kid": self.id, "use": "sig", "alg": "ES256",
            "x": part(&point[1..33]), "y": part(&point[33..]) })
    }

    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.unwrap());
        format!("{message}.{signature}")
    }

    pub fn header(&self) -> Value {
        json!({ "alg": "ES256", "kid": self.id, "typ": "JWT" })
    }
}

/// What the provider says; a test changes it.
pub struct Says {
    pub discovery: Value,
    pub keys: Value,
    pub token: (StatusCode, Value),
    pub userinfo: Value,
    /// What it was asked: path and form.
    pub asked: Vec<(String, HashMap<String, String>)>,
    pub authorization: Option<String>,
}

/// The provider.
pub struct TestProvider {
    pub issuer: String,
    pub says: Arc<Mutex<Says>>,
    pub key: SigningKey,
}

impl TestProvider {
    /// One that gives no tokens until it is told which.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let key = SigningKey::new("first");
        let says = Says {
            discovery: json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize?tenant=1"),
                "token_endpoint": format!("{issuer}/token"),
                "jwks_uri": format!("{issuer}/keys"),
                "userinfo_endpoint": format!("{issuer}/userinfo"),
            }),
            keys: json!({ "keys": [{ "kty": "oct" }, key.published()] }),
            token: (StatusCode::BAD_REQUEST, json!({ "error": "invalid_grant" })),
            userinfo: json!({}),
            asked: Vec::new(),
            authorization: None,
        };
        let says = Arc::new(Mutex::new(says));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(Arc::clone(&says));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { issuer, says, key }
    }

    /// From now on it gives this ID token for any code.
    pub fn gives(&self, id_token: &str) {
        let tokens =
            json!({ "id_token": id_token, "access_token": "access", "token_type": "Bearer" });
        self.says.lock().token = (StatusCode::OK, tokens);
    }

    /// How often something was asked for: `discovery`, `keys`, `token` or `userinfo`.
    pub fn count(&self, path: &str) -> usize {
        let says = self.says.lock();
        says.asked.iter().filter(|(asked, _)| asked == path).count()
    }
}

type Shared = State<Arc<Mutex<Says>>>;

async fn discovery(State(says): Shared) -> Json<Value> {
    let mut says = says.lock();
    says.asked.push(("discovery".to_owned(), HashMap::new()));
    Json(says.discovery.clone())
}

async fn keys(State(says): Shared) -> Json<Value> {
    let mut says = says.lock();
    says.asked.push(("keys".to_owned(), HashMap::new()));
    Json(says.keys.clone())
}

async fn token(
    State(says): Shared,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let mut says = says.lock();
    says.asked.push(("token".to_owned(), form));
    let authorization = headers.get("authorization");
    says.authorization = authorization.map(|it| it.to_str().unwrap().to_owned());
    let (status, body) = says.token.clone();
    (status, Json(body)).into_response()
}

async fn userinfo(State(says): Shared, headers: HeaderMap) -> Json<Value> {
    let is_right = headers
        .get("authorization")
        .is_some_and(|it| it == "Bearer access");
    if !is_right {
        return Json(json!({ "error": "invalid_token" }));
    }
    let mut says = says.lock();
    says.asked.push(("userinfo".to_owned(), HashMap::new()));
    Json(says.userinfo.clone())
}
