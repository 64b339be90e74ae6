//! A connection that dies around COMMIT: what is told of the job is what became of it.

use mail_store::{Op, Outcome, PostgresOptions, Store, StoreError, StoreOptions};

use super::proxy::{Cut, Proxy};
use crate::kit::*;
use crate::kit::{postgresql, s3};

fn through(proxy: &Proxy, server: &postgresql::Server, s3: &s3::Server) -> StoreOptions {
    StoreOptions {
        postgresql: Some(PostgresOptions {
            url: server.url_at("lost", "127.0.0.1", proxy.port),
            password: None,
            ca_file: None,
            connections: 2,
        }),
        s3: Some(s3.bucket("lost")),
        ..StoreOptions::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_is_what_became_of_it() {
    let server = postgresql::Server::start();
    let s3 = s3::Server::start().await;
    let proxy = Proxy::start(server.socket()).await;
    let options = through(&proxy, &server, &s3);
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

/// The server goes on with another's transaction of that number, and its start is as long ago as before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_wrote_no_line_is_not_taken_for_kept_after_a_process_of_the_server_died() {
    let server = postgresql::Server::start();
    // what was not committed is not written by itself, and so lost with its number
    server.sql("ALTER SYSTEM SET wal_writer_delay = '10s'");
    server.sql("SELECT pg_reload_conf()");
    let s3 = s3::Server::start().await;
    let proxy = Proxy::start(server.socket()).await;
    let options = through(&proxy, &server, &s3);
    let store = Store::open_with(&options, s3.directory(), 1).await.unwrap();
    done(&store, into_inbox(1)).await;
    proxy.cut(Cut::HeldForGood);
    let token = Op::UseToken {
        token: [7; 16],
        forget_at: at(9_000),
    };
    let (told, ()) = tokio::join!(store.commit(vec![token]), async {
        proxy.was_cut().await;
        let one = server.sql(
            "SELECT pid || ' ' || backend_xid FROM pg_stat_activity WHERE state = 'idle in transaction'",
        );
        let (pid, lost) = one.split_once(' ').unwrap();
        server.kill_session(pid);
        let lost: u64 = lost.parse().unwrap();
        let next = || server.sql("SELECT pg_current_xact_id()").parse::<u64>();
        while next().unwrap() < lost {}
        proxy.cut(Cut::Never);
    });
    let error = told.unwrap_err();
    assert!(matches!(error, StoreError::Uncertain), "{error}");
    assert!(!store.token_is_used(&[7; 16]).await.unwrap());
    done(&store, into_inbox(2)).await;
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1, 2]));
}

/// As of a machine that is paused between two of its statements: what it holds is held from all servers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_stands_still_is_ended_and_may_be_sent_again() {
    let server = postgresql::Server::start();
    let s3 = s3::Server::start().await;
    let proxy = Proxy::start(server.socket()).await;
    let mut options = through(&proxy, &server, &s3);
    if let Some(postgresql) = &mut options.postgresql {
        postgresql.url += "%20-cidle_in_transaction_session_timeout%3D200";
    }
    let store = Store::open_with(&options, s3.directory(), 1).await.unwrap();
    done(&store, into_inbox(1)).await;
    proxy.cut(Cut::HeldForGood);
    let (told, ()) = tokio::join!(store.commit(vec![into_inbox(2)]), async {
        proxy.was_cut().await;
        proxy.cut(Cut::Never);
    });
    let error = told.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    assert!(store.message(&id(2)).await.unwrap().is_none());
    done(&store, into_inbox(2)).await;
}
