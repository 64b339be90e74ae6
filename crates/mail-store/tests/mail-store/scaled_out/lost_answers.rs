//! A connection that dies around COMMIT: what is told of the job is what became of it.

use mail_store::{Outcome, PostgresOptions, Store, StoreError, StoreOptions};

use super::proxy::{Cut, Proxy};
use crate::kit::*;
use crate::kit::{postgresql, s3};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_is_what_became_of_it() {
    let server = postgresql::Server::start();
    let s3 = s3::Server::start().await;
    let proxy = Proxy::start(server.socket()).await;
    let options = StoreOptions {
        postgresql: Some(PostgresOptions {
            url: server.url_at("lost", "127.0.0.1", proxy.port),
            password: None,
            ca_file: None,
            connections: 2,
        }),
        s3: Some(s3.bucket("lost")),
        ..StoreOptions::default()
    };
    let store = Store::open_with(&options, s3.directory(), 1).await.unwrap();
    done(&store, into_inbox(1)).await;

    proxy.cut(Cut::BeforeCommit);
    let error = store.commit(vec![into_inbox(2)]).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    proxy.cut(Cut::Never);
    assert!(store.message(&id(2)).await.unwrap().is_none());
    done(&store, into_inbox(2)).await;

    proxy.cut(Cut::BeforeAnswer);
    done(&store, into_inbox(3)).await;
    proxy.cut(Cut::Never);
    assert_eq!(outcome(&store, into_inbox(3)).await, Outcome::Duplicate);

    proxy.cut(Cut::BeforeAnswerForGood);
    let error = store.commit(vec![into_inbox(4)]).await.unwrap_err();
    assert!(matches!(error, StoreError::Uncertain), "{error}");
    proxy.cut(Cut::Never);
    assert_eq!(outcome(&store, into_inbox(4)).await, Outcome::Duplicate);
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1, 2, 3, 4]));
    let check = options.verify_audit(s3.directory(), None).await.unwrap();
    assert_eq!((check.lines, check.broken), (4, None));
}
