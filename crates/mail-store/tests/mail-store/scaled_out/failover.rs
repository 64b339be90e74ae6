//! A primary and its standby: the one that takes writes is found, also after the other took over.

use mail_store::{PostgresOptions, Store, StoreError, StoreOptions, Trouble};

use super::proxy::{Cut, Proxy};
use crate::kit::*;
use crate::kit::{postgresql, s3};

/// A primary and a standby, started before any test of it waits for something.
struct Pair {
    primary: postgresql::Server,
    standby: postgresql::Server,
    s3: s3::Server,
}

impl Pair {
    /// A commit counts only once the standby has it, if it is `synchronous`.
    async fn start(synchronous: bool) -> Self {
        let servers = tokio::task::spawn_blocking(move || {
            let primary = postgresql::Server::start();
            primary.sql("CREATE SCHEMA pair");
            let standby = primary.standby();
            if synchronous {
                primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
                primary.sql("SELECT pg_reload_conf()");
            }
            (primary, standby)
        });
        let (primary, standby) = servers.await.unwrap();
        let s3 = s3::Server::start().await;
        Self {
            primary,
            standby,
            s3,
        }
    }

    /// A store of servers as they are written in a URL.
    async fn store(&self, servers: &[String], node: u128) -> Store {
        let servers = servers.join(",");
        let set = "target_session_attrs=read-write&options=-csearch_path%3Dpair";
        let url = format!("postgresql://restante@{servers}/postgres?{set}");
        let options = StoreOptions {
            postgresql: Some(PostgresOptions {
                url,
                password: None,
                ca_file: None,
                connections: 2,
            }),
            s3: Some(self.s3.bucket("pair")),
            ..StoreOptions::default()
        };
        let standing = options.postgresql.as_ref().unwrap().servers().await;
        let takes_writes = standing.unwrap().into_iter();
        let mut takes_writes: Vec<bool> = takes_writes.map(|(_, takes)| takes.unwrap()).collect();
        takes_writes.sort_unstable();
        assert_eq!(takes_writes.last(), Some(&true), "one of them takes writes");
        assert_eq!(takes_writes.len(), servers.split(',').count());
        let opened = Store::open_with(&options, self.s3.directory(), node).await;
        opened.unwrap()
    }

    /// Through a proxy in front of the primary, by its socket to the standby.
    async fn store_behind(&self, proxy: &Proxy) -> Store {
        let primary = format!("127.0.0.1:{}", proxy.port);
        self.store(&[primary, socket(&self.standby)], 1).await
    }
}

fn socket(server: &postgresql::Server) -> String {
    let directory = server.directory().display().to_string();
    format!("{}:{}", directory.replace('/', "%2F"), server.port())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_that_takes_writes_is_found_again_after_a_failover() {
    let pair = Pair::start(true).await;
    let servers = [socket(&pair.standby), socket(&pair.primary)];
    let (first, second) = (pair.store(&servers, 1).await, pair.store(&servers, 2).await);
    done(&first, into_inbox(1)).await;
    assert_eq!(inbox(&second, RECIPIENT).await, ids([1]));

    pair.primary.stop();
    let error = first.commit(vec![into_inbox(2)]).await.unwrap_err();
    assert!(error.is_worth_retrying(), "{error}");
    let told = error.to_string();
    assert!(told.contains("takes no writes: a standby?"), "{told}");
    assert!(told.contains("PostgreSQL cannot be reached"), "{told}");
    assert_eq!(second.trouble().await, Some(Trouble::OutOfReach));

    pair.standby.promote();
    done(&first, into_inbox(2)).await;
    assert_eq!(second.trouble().await, None);
    assert_eq!(inbox(&second, RECIPIENT).await, ids([1, 2]));
    done(&second, acknowledge(1, RECIPIENT)).await;
    assert_eq!(inbox(&first, RECIPIENT).await, ids([2]));

    // nobody has made a standby of the former primary, so that it takes writes as well
    pair.primary.start_again();
    pair.standby.stop();
    let error = first.commit(vec![into_inbox(3)]).await.unwrap_err();
    assert!(error.is_worth_retrying(), "{error}");
    let told = error.to_string();
    assert!(told.contains("before another took over"), "{told}");
    pair.standby.start_again();
    done(&first, into_inbox(3)).await;
    assert_eq!(inbox(&second, RECIPIENT).await, ids([2, 3]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_hangs_is_left_when_its_standby_has_taken_over() {
    let pair = Pair::start(true).await;
    let servers = [socket(&pair.primary), socket(&pair.standby)];
    let store = pair.store(&servers, 1).await;
    done(&store, into_inbox(1)).await;
    pair.primary.freeze();
    let (kept, trouble) = tokio::join!(store.commit(vec![into_inbox(2)]), async {
        pair.standby.promote();
        store.trouble().await
    });
    pair.primary.thaw();
    assert_eq!(kept.unwrap().len(), 1);
    assert_eq!(trouble, None);
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1, 2]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_became_read_only_is_left_and_found_again() {
    let pair = Pair::start(false).await;
    let store = pair.store(&[socket(&pair.primary)], 1).await;
    done(&store, into_inbox(1)).await;
    for read_only in ["on", "off"] {
        let set = format!("ALTER SYSTEM SET default_transaction_read_only = {read_only}");
        pair.primary.sql(&set);
        pair.primary.sql("SELECT pg_reload_conf()");
        while pair.primary.sql("SHOW default_transaction_read_only") != read_only {}
        if read_only == "on" {
            let taken = store.commit(vec![into_inbox(2)]).await;
            assert!(matches!(taken, Err(StoreError::ReadOnly)), "{taken:?}");
            assert_eq!(store.trouble().await, Some(Trouble::OutOfReach));
        }
    }
    assert_eq!(store.trouble().await, None);
    done(&store, into_inbox(2)).await;
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1, 2]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_standby_has_is_kept_although_the_answer_was_lost_with_the_primary() {
    let pair = Pair::start(true).await;
    let proxy = Proxy::start(pair.primary.socket()).await;
    let store = pair.store_behind(&proxy).await;
    done(&store, into_inbox(1)).await;
    proxy.cut(Cut::BeforeAnswerForGood);
    let (kept, ()) = tokio::join!(store.commit(vec![into_inbox(2)]), async {
        proxy.was_cut().await;
        pair.primary.stop();
        pair.standby.promote();
    });
    assert_eq!(kept.unwrap().len(), 1);
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1, 2]));
}

/// The number of the transaction is another's on the standby that took over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_standby_lacks_is_not_kept_whatever_became_of_its_number() {
    let pair = Pair::start(true).await;
    let proxy = Proxy::start(pair.primary.socket()).await;
    let store = pair.store_behind(&proxy).await;
    done(&store, into_inbox(1)).await;
    pair.primary
        .sql("ALTER SYSTEM RESET synchronous_standby_names");
    pair.primary.sql("SELECT pg_reload_conf()");
    pair.standby.stop();
    proxy.cut(Cut::BeforeAnswerForGood);
    let (lost, ()) = tokio::join!(store.commit(vec![into_inbox(2)]), async {
        proxy.was_cut().await;
        pair.primary.stop();
        pair.standby.start_again();
        pair.standby.promote();
        for _ in 0..5 {
            pair.standby.sql("SELECT pg_current_xact_id()");
        }
    });
    let error = lost.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1]));
    done(&store, into_inbox(2)).await;
}
