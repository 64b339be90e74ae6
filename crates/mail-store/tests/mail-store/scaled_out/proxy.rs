//! Stands between the store and PostgreSQL, and cuts the connection that commits.
#![allow(dead_code, reason = "each test binary uses some of it")]

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::Notify;

/// When the connection that commits next is cut.
#[derive(Clone, Copy, PartialEq)]
pub enum Cut {
    Never,
    BeforeCommit,
    /// The server has done it; its answer is not passed on.
    BeforeAnswer,
    /// As before, and no other connection is let through from then on.
    BeforeAnswerForGood,
    /// The COMMIT is not passed on, and no other connection is let through from then on. This one stays until the
    /// server ends it.
    HeldForGood,
    /// That was done.
    ForGood,
}

/// Stands between the store and PostgreSQL.
pub struct Proxy {
    pub port: u16,
    cut: Arc<Mutex<Cut>>,
    only: Arc<Mutex<Vec<u8>>>,
    done: Arc<Notify>,
}

impl Proxy {
    pub async fn start(server: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = Arc::new(Mutex::new(Cut::Never));
        let (shared, done) = (Arc::clone(&cut), Arc::<Notify>::default());
        let noted = Arc::clone(&done);
        let only = Arc::<Mutex<Vec<u8>>>::default();
        let of = Arc::clone(&only);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *shared.lock().unwrap() == Cut::ForGood {
                    continue;
                }
                let server = UnixStream::connect(&server).await.unwrap();
                let (cut, noted) = (Arc::clone(&shared), Arc::clone(&noted));
                let of = Arc::clone(&of);
                // an error is the end of a connection, as everywhere
                tokio::spawn(async move { drop(pass(client, server, (&cut, &of), &noted).await) });
            }
        });
        Self {
            port,
            cut,
            only,
            done,
        }
    }

    pub fn cut(&self, when: Cut) {
        *self.cut.lock().unwrap() = when;
    }

    /// The same, at the first transaction in which these bytes go to the server.
    pub fn cut_that_with(&self, when: Cut, bytes: &[u8]) {
        *self.only.lock().unwrap() = bytes.to_vec();
        self.cut(when);
    }

    /// Returns when a COMMIT was done and its answer was not passed on, or when one was held.
    pub async fn was_cut(&self) {
        self.done.notified().await;
    }
}

async fn pass(
    mut client: TcpStream,
    mut server: UnixStream,
    (cut, only): (&Mutex<Cut>, &Mutex<Vec<u8>>),
    done: &Notify,
) -> std::io::Result<()> {
    let mut is_that = false;
    let (mut asked, mut answered) = ([0; 16 * 1024], [0; 16 * 1024]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let asked = &asked[..read?];
                let contain = |bytes: &[u8]| asked.windows(bytes.len()).any(|some| some == bytes);
                let only = only.lock().unwrap().clone();
                is_that |= !only.is_empty() && contain(&only);
                let commits = (only.is_empty() || is_that) && contain(b"COMMIT\0");
                let now = *cut.lock().unwrap();
                if asked.is_empty() || commits && now == Cut::BeforeCommit {
                    return Ok(());
                }
                if commits && now == Cut::HeldForGood {
                    *cut.lock().unwrap() = Cut::ForGood;
                    done.notify_one();
                    continue;
                }
                server.write_all(asked).await?;
                if commits && matches!(now, Cut::BeforeAnswer | Cut::BeforeAnswerForGood) {
                    if now == Cut::BeforeAnswerForGood {
                        *cut.lock().unwrap() = Cut::ForGood;
                    }
                    assert!(server.read(&mut answered).await? > 0);
                    done.notify_one();
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
