//! Publishing a message in IN: data, then control file, by rename, noted in the journal and only then cleared
//! from TEMP. A crash at any point is finished at the next start.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nhs::MessageId;
use tokio::sync::Mutex;

use super::download::{DATA, forget_parts, is_worth_keeping};
use crate::ClientError;
use crate::agent::directories::Directories;
use crate::agent::disk::Disk;
use crate::agent::environment::Environment;
use crate::agent::files::{
    free_base, rename_if_there, subdirectories, sync_directory, write_unsynced,
};
use crate::agent::journal::{Durability, Journal};

/// The prefix of the directories in TEMP that hold a message each that is being received.
pub(super) const RECEIVE_PREFIX: &str = "in-";
const CONTROL: &str = "control";
/// Holds the base name in IN; there once data and control are whole and on disk.
const PUBLISH: &str = "publish";

/// Publishes messages, each once.
pub(super) struct Publisher {
    disk: Disk,
    environment: Environment,
    published: Mutex<Journal>,
}

impl Publisher {
    pub fn new(disk: Disk, environment: Environment, published: Journal) -> Self {
        Self {
            disk,
            environment,
            published: Mutex::new(published),
        }
    }

    /// Whether a message was published before.
    pub async fn was_published(&self, id: &MessageId) -> bool {
        self.published.lock().await.contains(id)
    }

    /// Publishes what a crash left complete in TEMP, and removes what it left of no use.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn finish(&self) -> Result<(), ClientError> {
        let now = self.environment.now();
        let work = move |directories: &Directories| {
            let mut ids = Vec::new();
            for directory in subdirectories(&directories.temp, RECEIVE_PREFIX)? {
                if move_to_inbox(directories, &directory)? {
                    ids.extend(id_of(&directory).map(|id| (id, directory)));
                } else if !is_worth_keeping(&directory, now) {
                    fs::remove_dir_all(&directory)?;
                }
            }
            Ok(ids)
        };
        for (id, directory) in self.disk.run("reading TEMP", work).await? {
            self.note(&id, directory).await?;
        }
        Ok(())
    }

    /// Publishes a message whose data is whole in its directory in TEMP; on disk when this returns.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn publish(
        &self,
        id: &MessageId,
        directory: PathBuf,
        control: Vec<u8>,
    ) -> Result<(), ClientError> {
        let (name, place) = (id.to_string(), directory.clone());
        let work = move |directories: &Directories| {
            write_unsynced(&place.join(CONTROL), &control)?;
            let base = free_base(&directories.inbox, &name);
            write_unsynced(&place.join(PUBLISH), base.as_bytes())?;
            sync_directory(&place)?;
            sync_directory(&directories.temp)?;
            move_to_inbox(directories, &place).map(|_| ())
        };
        self.disk.run("publishing a message", work).await?;
        self.note(id, directory).await
    }

    /// Notes in the journal what is in IN, and only then clears TEMP.
    async fn note(&self, id: &MessageId, directory: PathBuf) -> Result<(), ClientError> {
        let noting = |error| ClientError::File("writing the journal", error);
        let mut published = self.published.lock().await;
        published
            .add(id, self.environment.now(), Durability::Machine)
            .map_err(noting)?;
        let work = move |_: &_| {
            // First what would make a half-cleared directory look worth keeping.
            forget_parts(&directory)?;
            fs::remove_dir_all(directory)
        };
        self.disk.run("clearing TEMP", work).await
    }
}

/// Moves `.dat`, then `.ctl`, into IN; false when the message is not complete. Safe to repeat: a
/// file already moved is not there any more.
fn move_to_inbox(directories: &Directories, directory: &Path) -> io::Result<bool> {
    let base = match fs::read_to_string(directory.join(PUBLISH)) {
        Ok(base) => base,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let inbox = &directories.inbox;
    rename_if_there(&directory.join(DATA), &inbox.join(format!("{base}.dat")))?;
    rename_if_there(&directory.join(CONTROL), &inbox.join(format!("{base}.ctl")))?;
    sync_directory(inbox)?;
    Ok(true)
}

fn id_of(directory: &Path) -> Option<MessageId> {
    let name = directory.file_name()?.to_str()?;
    MessageId::parse(name.strip_prefix(RECEIVE_PREFIX)?).ok()
}
