//! A receiver of webhooks.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use parking_lot::Mutex;
use tokio::net::TcpListener;

#[derive(Debug, Clone)]
pub struct Posted {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Posted {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Keeps what is posted, and answers as it is told.
#[derive(Clone)]
pub struct WebReceiver {
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    posted: Mutex<Vec<Posted>>,
    answer: Mutex<StatusCode>,
}

impl WebReceiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            posted: Mutex::default(),
            answer: Mutex::new(StatusCode::NO_CONTENT),
        });
        let router = Router::new()
            .fallback(any(take))
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, shared }
    }

    pub fn answer(&self, status: StatusCode) {
        *self.shared.answer.lock() = status;
    }

    pub fn posted(&self) -> Vec<Posted> {
        self.shared.posted.lock().clone()
    }
}

async fn take(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: axum::http::Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if method != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let posted = Posted {
        path: uri.to_string(),
        headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    shared.posted.lock().push(posted);
    let status = *shared.answer.lock();
    if status.is_redirection() {
        return (status, [("location", "/elsewhere")]).into_response();
    }
    (status, "said by the\r\n receiver").into_response()
}
