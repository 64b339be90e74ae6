//! The directories of a mailbox, an application that fills OUT, and the client's configuration.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mesh::ControlFile;
use mesh_client::{Agent, AgentConfig, ClientError, Cycle, MailboxConfig};
use nhs::{MailboxId, SystemClock, SystemRandomness, WorkflowId};

/// The sandbox's own: the first may send `TEST_WORKFLOW`, the second receives it.
pub const SENDER: &str = "X26ABC1";
pub const RECEIVER: &str = "X26ABC2";

/// What is larger than this is sent in chunks of [`CHUNK`] bytes.
pub const REQUEST_LIMIT: u64 = 10_000;
pub const CHUNK: u64 = 8_000;

/// How a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Small,
    Chunked,
    Gzip,
    ChunkedGzip,
}

pub const KINDS: [Kind; 4] = [Kind::Small, Kind::Chunked, Kind::Gzip, Kind::ChunkedGzip];

/// One pair for OUT; no two have the same bytes.
#[derive(Debug, Clone)]
pub struct Pair {
    pub base: String,
    pub kind: Kind,
    pub data: Vec<u8>,
}

impl Pair {
    pub fn new(base: &str, kind: Kind) -> Self {
        let length = match kind {
            Kind::Small | Kind::Gzip => 3_000,
            Kind::Chunked | Kind::ChunkedGzip => 20_000,
        };
        let mut data = format!("{base}\n").into_bytes();
        data.extend(noise(base, length));
        Self {
            base: base.to_owned(),
            kind,
            data,
        }
    }

    fn control(&self) -> ControlFile {
        let from = MailboxId::parse(SENDER).unwrap();
        let workflow = WorkflowId::parse("TEST_WORKFLOW").unwrap();
        let mut control = ControlFile::data(&from, RECEIVER, &workflow);
        control.local_id = Some(self.base.clone());
        control.allow_chunking = Some(true);
        control.compress = Some(matches!(self.kind, Kind::Gzip | Kind::ChunkedGzip));
        control
    }
}

/// Bytes that hardly compress, other ones for each seed.
fn noise(seed: &str, length: usize) -> impl Iterator<Item = u8> {
    let seed = seed.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut state = seed | 1;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[0]
    })
    .take(length)
}

/// A mailbox's directory with IN, OUT, SENT, FAILED and TEMP.
#[derive(Debug, Clone)]
pub struct Mailbox {
    pub id: &'static str,
    pub root: PathBuf,
}

impl Mailbox {
    pub fn new(id: &'static str, root: &Path) -> Self {
        let mailbox = Self {
            id,
            root: root.join(id),
        };
        for name in ["IN", "OUT", "SENT", "FAILED", "TEMP"] {
            fs::create_dir_all(mailbox.path(name)).unwrap();
        }
        mailbox
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// As an application does it: `.dat`, then `.ctl`, each by rename.
    pub fn put(&self, pair: &Pair) {
        let (data, control) = (pair.data.clone(), pair.control().write());
        for (extension, bytes) in [("dat", data), ("ctl", control)] {
            let temporary = self.root.join("writing");
            fs::write(&temporary, bytes).unwrap();
            let name = format!("{}.{extension}", pair.base);
            fs::rename(temporary, self.path("OUT").join(name)).unwrap();
        }
    }

    /// The names in one of its directories, sorted.
    pub fn names(&self, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(directory)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    /// Whether nothing waits in OUT or lies half done in TEMP.
    pub fn is_settled(&self) -> bool {
        let under_way = |name: &String| name.starts_with("out-") || name.starts_with("in-");
        self.names("OUT").is_empty() && !self.names("TEMP").iter().any(under_way)
    }

    /// An agent for this mailbox alone. A request is tried once, so that each fault is seen.
    pub fn agent(&self, url: &str) -> Agent {
        self.try_agent(url).unwrap()
    }

    pub fn try_agent(&self, url: &str) -> Result<Agent, ClientError> {
        let mut config = AgentConfig::new(url, "TestKey");
        config.server.tries = 1;
        config.server.timeout_seconds = 0.3;
        config.server.retry_pause_seconds = 0.01;
        config.options.settle_seconds = 0.0;
        config.options.request_limit = REQUEST_LIMIT;
        config.options.chunk_size = CHUNK;
        let id = MailboxId::parse(self.id).unwrap();
        let mailbox = MailboxConfig::new(id, "password", self.root.clone());
        config.mailboxes.push(mailbox);
        let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
        Agent::new(config, clock, randomness, Arc::new(|_| ()))
    }
}

/// Configuration of a client process that serves these mailboxes.
pub fn client_toml(url: &str, mailboxes: &[&Mailbox]) -> String {
    let mut text = format!(
        "[server]\nurl = \"{url}\"\nshared_key = \"TestKey\"\n\n[options]\npoll_seconds = 0.05\n\
         settle_seconds = 0\nrequest_limit = {REQUEST_LIMIT}\nchunk_size = {CHUNK}\n"
    );
    for mailbox in mailboxes {
        text += &format!(
            "\n[[mailbox]]\nid = \"{}\"\npassword = \"password\"\ndirectory = \"{}\"\n",
            mailbox.id,
            mailbox.root.display()
        );
    }
    text
}

/// Runs rounds until one finds nothing to do; what stands in the way must go away by itself.
pub async fn settle(mailbox: &Mailbox, agent: &Agent) {
    for _ in 0..20 {
        let round = agent.run_once().await;
        if round.is_ok_and(|cycle| cycle == Cycle::default()) && mailbox.is_settled() {
            return;
        }
    }
    panic!("{} does not come to rest", mailbox.id);
}
