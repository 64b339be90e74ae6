//! The page on PostgreSQL and S3, over a PostgreSQL and a bucket of the test's own.

use super::page::steps;
use super::reader::Reader;
use crate::scaled_out::{postgresql, s3};

pub const PAGE: &str = "docs/how-to/postgresql-and-s3.md";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_on_postgresql_and_s3_works() {
    let postgresql = postgresql::Server::start();
    let s3 = s3::Server::start().await;
    let bucket = s3.bucket("restante-prod");
    let mut reader = Reader::new();
    let url = postgresql.url("restante");
    reader.put("postgresql://restante@db.example:5432/restante", url);
    reader.put("https://s3.example", bucket.endpoint.unwrap());
    reader.put("AKIAEXAMPLE", bucket.access_key_id.unwrap());
    reader.put("the secret of the bucket", s3::SECRET.to_owned());
    tokio::task::spawn_blocking(move || reader.follow(&steps(PAGE)))
        .await
        .unwrap();
}
