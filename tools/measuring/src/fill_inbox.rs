//! Fills one inbox and lists it at the store. Prints JSON: messages a second, then in milliseconds
//! the longest step of bringing the lists up to date, and p50 and p99 of listing 500.

use std::path::Path;

use mail_store::{PostgresOptions, S3Options, Store, StoreOptions};

use crate::one_inbox;

async fn open(directory: &Path, postgresql: Option<String>) -> Store {
    let Some(url) = postgresql else {
        return Store::open(directory).expect("the store opens");
    };
    let options = StoreOptions {
        postgresql: Some(PostgresOptions {
            url,
            password: None,
            ca_file: None,
            connections: 2,
        }),
        // bodies of 1 KB are kept beside their records
        s3: Some(S3Options {
            bucket: "unused".to_owned(),
            endpoint: None,
            region: "eu-west-2".to_owned(),
            access_key_id: None,
            secret_access_key: None,
        }),
        ..StoreOptions::default()
    };
    Store::open_with(&options, directory, 1)
        .await
        .expect("the store opens")
}

pub async fn run(directory: &Path, messages: u64, postgresql: Option<String>) {
    let store = open(directory, postgresql).await;
    let rate = one_inbox::fill(&store, messages).await;
    let catching_up = one_inbox::catch_up(&store).await.as_secs_f64() * 1e3;
    let lists = one_inbox::lists(&store).await;
    let at = |percent: usize| lists[lists.len() * percent / 100].as_secs_f64() * 1e3;
    let (p50, p99) = (at(50), at(99));
    println!(
        r#"{{"per_second": {rate:.0}, "catching_up_ms": {catching_up:.1},
            "list_p50_ms": {p50:.4}, "list_p99_ms": {p99:.4}}}"#
    );
}
