//! A server that speaks S3, in this process, over a temporary directory.
#![allow(dead_code, reason = "each test binary uses some of it")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use hyper::Request;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use mail_store::S3Options;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tokio::task::JoinHandle;

/// Gone when dropped.
pub struct Server {
    directory: tempfile::TempDir,
    address: SocketAddr,
    task: JoinHandle<()>,
    seen: Arc<Seen>,
}

/// What the server notes, and how it is told to behave.
#[derive(Default)]
struct Seen {
    lists: Mutex<Vec<String>>,
    together: Mutex<Option<Arc<Barrier>>>,
    answers: Mutex<Answers>,
}

impl Seen {
    /// Before a request is served.
    async fn request(&self, query: &str) {
        if query.contains("list-type=2") {
            self.lists.lock().unwrap().push(query.to_owned());
        }
        let together = self.together.lock().unwrap().clone();
        if let Some(together) = together
            && query.contains("partNumber=")
        {
            together.wait().await;
        }
    }
}

/// What the server does with every request.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Answers {
    /// What it is asked for.
    #[default]
    All,
    /// Nothing: it answers with this status.
    Only(u16),
    /// Nothing: it ends the connection.
    None,
}

const KEY: &str = "restante";
pub const SECRET: &str = "a secret of the tests";

impl Server {
    pub async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("objects");
        std::fs::create_dir_all(&root).unwrap();
        let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(&root).unwrap());
        service.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Seen>::default();
        let noted = Arc::clone(&seen);
        let service = service_fn(move |request: Request<Incoming>| {
            let (service, noted) = (service.clone(), Arc::clone(&noted));
            async move {
                let query = request.uri().query().unwrap_or_default();
                noted.request(query).await;
                let now = *noted.answers.lock().unwrap();
                match now {
                    Answers::All => Service::call(&service, request)
                        .await
                        .map_err(|error| format!("{error:?}")),
                    Answers::None => Err("no answer".to_owned()),
                    Answers::Only(status) => {
                        let mut answer = hyper::Response::new(s3s::Body::from(String::new()));
                        *answer.status_mut() = hyper::StatusCode::from_u16(status).unwrap();
                        Ok(answer)
                    }
                }
            }
        });
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let http = Builder::new(TokioExecutor::new());
                    drop(http.serve_connection(TokioIo::new(socket), service).await);
                });
            }
        });
        Self {
            directory,
            address,
            task,
            seen,
        }
    }

    pub fn answer(&self, answers: Answers) {
        *self.seen.answers.lock().unwrap() = answers;
    }

    /// The queries by which buckets were listed since the last call.
    pub fn lists(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lists.lock().unwrap())
    }

    /// From now on no part of a body is taken before so many of them are there.
    pub fn take_parts_together(&self, parts: usize) {
        let barrier = Arc::new(Barrier::new(parts));
        *self.seen.together.lock().unwrap() = Some(barrier);
    }

    /// A bucket, made when it is new.
    pub fn bucket(&self, bucket: &str) -> S3Options {
        std::fs::create_dir_all(self.objects().join(bucket)).unwrap();
        S3Options {
            bucket: bucket.to_owned(),
            endpoint: Some(format!("http://{}", self.address)),
            region: "eu-west-2".to_owned(),
            access_key_id: Some(KEY.to_owned()),
            secret_access_key: Some(SECRET.into()),
        }
    }

    /// A directory for each bucket, in it a file for each object.
    pub fn objects(&self) -> std::path::PathBuf {
        self.directory.path().join("objects")
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
