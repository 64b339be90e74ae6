//! A PostgreSQL and an S3 server, started once for the whole run and gone when it ends.

use std::sync::{Arc, OnceLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{postgresql, s3};

pub struct Servers {
    pub postgresql: postgresql::Server,
    pub s3: s3::Server,
}

/// How many backends are on the shared servers at once: PostgreSQL's connections are counted.
const AT_ONCE: usize = 8;

impl Servers {
    pub async fn start() -> Self {
        Self {
            postgresql: postgresql::Server::start(),
            s3: s3::Server::start().await,
        }
    }
}

/// The shared servers, and a place on them.
pub async fn shared() -> (Arc<Servers>, OwnedSemaphorePermit) {
    static SHARED: OnceLock<(Arc<Servers>, Arc<Semaphore>)> = OnceLock::new();
    let (servers, places) = SHARED.get_or_init(|| {
        // on a runtime that outlives the test that happens to be first
        let servers = std::thread::spawn(|| {
            let mut runtime = tokio::runtime::Builder::new_multi_thread();
            let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
            let s3 = runtime.block_on(s3::Server::start());
            std::mem::forget(runtime);
            Servers {
                postgresql: postgresql::Server::until_the_run_ends(),
                s3,
            }
        });
        let servers = Arc::new(servers.join().unwrap());
        (servers, Arc::new(Semaphore::new(AT_ONCE)))
    });
    let place = Arc::clone(places).acquire_owned().await.unwrap();
    (Arc::clone(servers), place)
}
