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
use tokio::task::JoinHandle;

/// Gone when dropped.
pub struct Server {
    directory: tempfile::TempDir,
    address: SocketAddr,
    task: JoinHandle<()>,
    lists: Arc<Mutex<Vec<String>>>,
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
        let lists = Arc::<Mutex<Vec<String>>>::default();
        let noted = Arc::clone(&lists);
        let service = service_fn(move |request: Request<Incoming>| {
            let query = request.uri().query().unwrap_or_default();
            if query.contains("list-type=2") {
                noted.lock().unwrap().push(query.to_owned());
            }
            Service::call(&service, request)
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
            lists,
        }
    }

    /// The queries by which buckets were listed since the last call.
    pub fn lists(&self) -> Vec<String> {
        std::mem::take(&mut *self.lists.lock().unwrap())
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
