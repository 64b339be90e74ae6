//! The S3-speaking server of the tests, for as long as standard input stays open: prints its
//! endpoint and the file with the secret access key; bucket and key id are `restante`.

use crate::s3;

pub async fn run() {
    let server = s3::Server::start().await;
    let bucket = server.bucket("restante");
    let secret = server.directory().join("secret");
    std::fs::write(&secret, s3::SECRET).unwrap();
    println!("{} {}", bucket.endpoint.unwrap(), secret.display());
    let ended =
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    ended.await.unwrap().unwrap();
}
