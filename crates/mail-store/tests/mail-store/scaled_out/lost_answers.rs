//! A connection that dies around COMMIT: what is told of the job is what became of it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use mail_store::{Outcome, PostgresOptions, Store, StoreError, StoreOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};

use crate::kit::*;
use crate::kit::{postgresql, s3};

/// When the connection that commits next is cut.
#[derive(Clone, Copy, PartialEq)]
enum Cut {
    Never,
    BeforeCommit,
    /// The server has done it; its answer is not passed on.
    BeforeAnswer,
    /// As before, and no other connection is let through.
    BeforeAnswerForGood,
}

/// Stands between the store and PostgreSQL.
struct Proxy {
    port: u16,
    cut: Arc<Mutex<Cut>>,
}

impl Proxy {
    async fn start(server: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = Arc::new(Mutex::new(Cut::Never));
        let shared = Arc::clone(&cut);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *shared.lock().unwrap() == Cut::BeforeAnswerForGood {
                    continue;
                }
                let server = UnixStream::connect(&server).await.unwrap();
                let cut = Arc::clone(&shared);
                // an error is the end of a connection, as everywhere
                tokio::spawn(async move { drop(pass(client, server, &cut).await) });
            }
        });
        Self { port, cut }
    }

    fn cut(&self, when: Cut) {
        *self.cut.lock().unwrap() = when;
    }
}

async fn pass(
    mut client: TcpStream,
    mut server: UnixStream,
    cut: &Mutex<Cut>,
) -> std::io::Result<()> {
    let (mut asked, mut answered) = ([0; 16 * 1024], [0; 16 * 1024]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let asked = &asked[..read?];
                let commits = asked.windows(7).any(|bytes| bytes == b"COMMIT\0");
                let now = *cut.lock().unwrap();
                if asked.is_empty() || commits && now == Cut::BeforeCommit {
                    return Ok(());
                }
                server.write_all(asked).await?;
                if commits && now != Cut::Never {
                    assert!(server.read(&mut answered).await? > 0);
                    return Ok(());
                }
            }
            read = server.read(&mut answered) => {
                let answered = &answered[..read?];
                if answered.is_empty() {
                    return Ok(());
                }
                client.write_all(answered).await?;
            }
        }
    }
}

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
