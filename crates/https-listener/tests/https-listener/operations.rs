//! What operators are told.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use https_listener::{ListenerConfig, Server, operations_router};
use tokio_util::sync::CancellationToken;

use crate::kit::{Running, any_port};

#[tokio::test]
async fn health_is_the_caller_s_and_metrics_are_the_process_s() {
    let health = get(|| async { (StatusCode::SERVICE_UNAVAILABLE, "the disk is full\n") });
    let first = Running::start(ListenerConfig::plain(any_port()), operations_router(health)).await;
    let second = operations_router(get(|| async { "well" }));
    let second = Running::start(ListenerConfig::plain(any_port()), second).await;

    let unwell = reqwest::get(format!("http://{}/health", first.address));
    let unwell = unwell.await.unwrap();
    assert_eq!(unwell.status(), 503);
    assert_eq!(unwell.text().await.unwrap(), "the disk is full\n");
    for server in [&first, &second] {
        let url = format!("http://{}/metrics", server.address);
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        assert!(text.contains("restante_http_connections"), "{text}");
    }
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn a_server_says_where_it_listens() {
    let server = Server::bind(ListenerConfig::plain(any_port()))
        .await
        .unwrap();
    let url = format!("{}/", server.url());
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let stop = CancellationToken::new();
    let router = Router::new().route("/", get(|| async { "here" }));
    let running = tokio::spawn(server.run(router, stop.clone()));
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "here");
    stop.cancel();
    running.await.unwrap();
}
