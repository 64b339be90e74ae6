//! What the first page of the demo acts on and asks: examples, faults, what waits where, the visitor's files.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use durable::{OwnedBy, PlainFile};
use exchange::Exchange;
use nhs::MailboxId;
use sandbox_pages::live_loop::{
    Counts, Example, Fault, Mailboxes, Pair, Places, Practice, Running, Visitor, Waiting,
};

use super::chaos::Chaos;
use super::examples::Examples;
use super::practices::{Member, PracticeIdentity};

/// Files counted in a directory at most.
const COUNTED: usize = 10_000;
/// The longest file that is kept of a letter or given to a visitor, in bytes.
const LONGEST: u64 = 8 * 1024 * 1024;
/// The visitor's files, in the order in which they are shown.
const FILES: [&str; 10] = [
    "connect.env",
    "meshclient.cfg",
    "client.toml",
    "ca.pem",
    "client.pem",
    "client.key.pem",
    "letter.xml",
    "letter.ctl",
    "send.py",
    "send.sh",
];

/// The running demo as its page knows it.
pub struct DemoLoop {
    pub examples: Examples,
    pub chaos: Chaos,
    pub exchange: Exchange,
    pub mailboxes: Mailboxes,
    /// The directories of sending and receiving practice.
    pub homes: [PathBuf; 2],
    /// The directory of the visitor's files.
    pub connect: PathBuf,
}

#[async_trait]
impl Running for DemoLoop {
    async fn send(&self, example: Example) -> Result<(), String> {
        let sent = self.examples.send(example).await;
        sent.map(|_| ()).map_err(|error| {
            tracing::error!(%error, example = example.name(), "an example was not sent");
            error.to_string()
        })
    }

    fn is_on(&self, fault: Fault) -> bool {
        self.chaos.is_on(fault)
    }

    fn set(&self, fault: Fault, on: bool) {
        self.chaos.set(fault, on);
    }

    async fn counts(&self) -> Counts {
        let homes = self.homes.clone();
        let counted = tokio::task::spawn_blocking(move || homes.map(|home| waiting(&home))).await;
        let [sender, receiver] = counted.unwrap_or_default();
        let overview = self.exchange.mailbox_overview().await.unwrap_or_default();
        let inbox = |mailbox: &MailboxId| {
            let mut all = overview.iter();
            let found = all.find(|it| it.mailbox.id == *mailbox);
            found.map_or(0, |it| it.waiting)
        };
        Counts {
            sender,
            receiver,
            for_sender: inbox(&self.mailboxes.sender),
            for_receiver: inbox(&self.mailboxes.receiver),
        }
    }

    async fn file(&self, name: &str) -> Option<Vec<u8>> {
        let name = FILES.into_iter().find(|known| *known == name)?;
        let path = self.connect.join(name);
        let read = tokio::task::spawn_blocking(move || short_file(&path));
        read.await.ok().flatten()
    }
}

/// Pairs and reports in the directories of a practice's mailbox.
fn waiting(home: &Path) -> Waiting {
    let count = |folder: &str| {
        let entries = std::fs::read_dir(home.join("mailbox").join(folder));
        let entries = entries.into_iter().flatten().flatten().take(COUNTED);
        let ends = |path: &Path| {
            path.extension()
                .is_some_and(|it| it.eq_ignore_ascii_case("ctl"))
        };
        entries.filter(|entry| ends(&entry.path())).count() as u64
    };
    Waiting {
        out: count("OUT"),
        sent: count("SENT"),
        incoming: count("IN"),
    }
}

fn short_file(path: &Path) -> Option<Vec<u8>> {
    let file = PlainFile::open(path, &OwnedBy::Anyone).ok()?;
    file.contents(LONGEST).ok()
}

/// A pair that a practice keeps, by the path of its files without their endings.
pub fn pair(base: &Path) -> Option<Pair> {
    let name = base.file_name()?.to_str()?.to_owned();
    let file = |ending: &str| short_file(&base.with_file_name(format!("{name}.{ending}")));
    let (data, control) = (file("dat")?, file("ctl")?);
    Some(Pair {
        name,
        data,
        control,
    })
}

/// Who is on the map.
pub fn places(
    [sender, receiver]: &[PracticeIdentity; 2],
    visitor: &Member,
    (url, directory): (&str, &Path),
) -> Places {
    let typed = |name: &str| shell_word(&directory.join(name).to_string_lossy());
    Places {
        sender: practice(sender),
        receiver: practice(receiver),
        console: "/console".to_owned(),
        visitor: Visitor {
            url: url.to_owned(),
            mailbox: visitor.mailbox.clone(),
            ods: visitor.ods.clone(),
            directory: directory.to_owned(),
            files: FILES.to_vec(),
            commands: vec![
                format!("python3 {}", typed("send.py")),
                format!("sh {}", typed("send.sh")),
                format!("restante client --config {}", typed("client.toml")),
            ],
        },
    }
}

fn practice(identity: &PracticeIdentity) -> Practice {
    let mut letters = identity.folder.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    Practice {
        name: identity.name.to_owned(),
        short: first.unwrap_or_default() + letters.as_str(),
        ods: identity.ods.clone(),
        mailbox: identity.mailbox.clone(),
        pages: format!("/{}", identity.folder),
    }
}

/// A path as it is typed into a shell.
fn shell_word(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:@%".contains(c);
    if path.chars().all(is_plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_where_a_shell_would_not_take_it_whole() {
        assert_eq!(
            shell_word("/tmp/demo/connect/send.py"),
            "/tmp/demo/connect/send.py"
        );
        assert_eq!(shell_word("/tmp/my demo"), "'/tmp/my demo'");
        assert_eq!(shell_word("/tmp/it's"), "'/tmp/it'\\''s'");
    }
}
