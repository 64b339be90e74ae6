//! What the tests share: an agent over real directories.

mod java_store;
pub mod proxy;
pub mod refusing;
pub mod server;
pub mod tls;

pub use java_store::java_store;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use mesh::ControlFile;
use mesh_client::agent::Event;
use mesh_client::{Agent, AgentConfig, MailboxConfig};
use nhs::{Clock, MailboxId, SystemClock, SystemRandomness, WorkflowId};

pub struct Practice {
    pub directory: tempfile::TempDir,
    pub config: AgentConfig,
    pub events: Arc<Mutex<Vec<Event>>>,
    pub id: MailboxId,
    pub clock: Arc<dyn Clock>,
}

impl Practice {
    pub fn new(url: &str, mailbox: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let id = MailboxId::parse(mailbox).unwrap();
        let mut config = AgentConfig::new(url, "TestKey");
        config.options.poll_seconds = 0.1;
        config.options.settle_seconds = 0.0;
        config.options.lone_control_file_seconds = 0.0;
        config.options.utc = true;
        config.server.retry_pause_seconds = 0.01;
        let root = directory.path().to_owned();
        config
            .mailboxes
            .push(MailboxConfig::new(id.clone(), "password", root));
        Self {
            directory,
            config,
            events: Arc::default(),
            id,
            clock: Arc::new(SystemClock),
        }
    }

    pub fn agent(&self) -> Agent {
        self.try_agent().unwrap()
    }

    pub fn try_agent(&self) -> Result<Agent, mesh_client::ClientError> {
        let events = self.events.clone();
        let observer = Arc::new(move |event: &Event| events.lock().unwrap().push(event.clone()));
        let randomness = Arc::new(SystemRandomness);
        Agent::new(
            self.config.clone(),
            self.clock.clone(),
            randomness,
            observer,
        )
    }

    /// Waits until an event fits.
    pub async fn wait_for(&self, fits: impl Fn(&Event) -> bool) {
        until(|| self.events().iter().any(&fits)).await;
    }

    pub fn path(&self, directory: &str) -> PathBuf {
        self.directory.path().join(directory)
    }

    /// As an application does it: `.dat`, then `.ctl`, each by rename.
    pub fn put(&self, base: &str, data: &[u8], control: &[u8]) {
        let out = self.path("OUT");
        std::fs::create_dir_all(&out).unwrap();
        for (extension, bytes) in [("dat", data), ("ctl", control)] {
            let temporary = self.directory.path().join("writing");
            std::fs::write(&temporary, bytes).unwrap();
            std::fs::rename(temporary, out.join(format!("{base}.{extension}"))).unwrap();
        }
    }

    pub fn control(&self, to: &str) -> ControlFile {
        let workflow = WorkflowId::parse("TEST_WORKFLOW").unwrap();
        let mut control = ControlFile::data(&self.id, to, &workflow);
        control.subject = Some("Consultation of GARTON é".into());
        control.local_id = Some("local-1".into());
        control
    }

    pub fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }
}

/// Waits for a condition.
pub async fn until(mut holds: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(std::time::Duration::from_secs(60), async {
        while !holds() {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    });
    waited.await.expect("what was waited for did not happen");
}

/// A clock that a test moves.
pub struct Hands(pub Mutex<jiff::Timestamp>);

impl Hands {
    pub fn set(&self, at: jiff::Timestamp) {
        *self.0.lock().unwrap() = at;
    }
}

impl Clock for Hands {
    fn now(&self) -> jiff::Timestamp {
        *self.0.lock().unwrap()
    }
}

/// The names in a directory, sorted; none when it is not there.
pub fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

pub fn read_control(path: &Path) -> ControlFile {
    ControlFile::read(&std::fs::read(path).unwrap()).unwrap()
}

/// Bytes that gzip cannot shorten.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_be_bytes()[0]
        })
        .collect()
}
