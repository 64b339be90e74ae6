//! The API over an exchange in sandbox mode, as mesh-sandbox's own tests expect it
//! (`conformance/README.md`): `cargo run -p mesh-server --example sandbox -- 127.0.0.1:8700 DIR`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "../tests/mesh-server/kit/exchange.rs"]
mod support;

use https_listener::{ListenerConfig, Server};
use mesh_server::{Options, router};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let listen = arguments
        .next()
        .expect("an address")
        .parse()
        .expect("ADDRESS:PORT");
    let dir = arguments.next().expect("a directory for the store");
    let exchange = support::open(std::path::Path::new(&dir), exchange::Settings::sandbox()).await;
    let shutdown = CancellationToken::new();
    let background = tokio::spawn({
        let (exchange, shutdown) = (exchange.clone(), shutdown.clone());
        async move { exchange.run(shutdown).await }
    });
    let server = Server::bind(ListenerConfig::plain(listen))
        .await
        .expect("bound");
    println!("listening on {}", server.local_addr());
    let options = Options {
        sandbox: true,
        ..Options::default()
    };
    let stop = shutdown.clone();
    tokio::spawn(async move {
        let _ = tokio::signal::ctrl_c().await;
        stop.cancel();
    });
    server.run(router(exchange, options), shutdown).await;
    let _ = background.await;
}
