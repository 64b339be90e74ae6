//! Publishing messages in IN, many at once: data, then control file, by rename, noted in the journal and only then
//! cleared from TEMP. A crash at any point is finished at the next start. Each step of all messages is on disk before
//! the next begins.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nhs::MessageId;
use tokio::sync::Mutex;

use super::download::{DATA, Data, forget_parts, is_worth_keeping, make_anew};
use crate::ClientError;
use crate::agent::directories::Directories;
use crate::agent::disk::{Disk, Group};
use crate::agent::environment::Environment;
use crate::agent::files::{
    free_base, nameless, rename, rename_if_there, subdirectories, sync_directory, write_first,
};
use crate::agent::journal::{Durability, Journal};
use crate::agent::spares::SPARE_FILE;

/// The prefix of the directories in TEMP that hold a message each that is being received.
pub(super) const RECEIVE_PREFIX: &str = "in-";
const CONTROL: &str = "control";
/// Holds the base name in IN; there once data and control are whole and on disk.
const PUBLISH: &str = "publish";

/// A message to be published.
#[derive(Debug)]
pub(super) struct Publication {
    pub id: MessageId,
    pub directory: PathBuf,
    pub data: Data,
    /// A report is its control file alone.
    pub is_report: bool,
    pub control: Vec<u8>,
}

/// Publishes messages, each once.
pub(super) struct Publisher {
    disk: Disk,
    environment: Environment,
    published: Arc<Mutex<Journal>>,
}

impl Publisher {
    pub fn new(disk: Disk, environment: Environment, published: Journal) -> Self {
        Self {
            disk,
            environment,
            published: Arc::new(Mutex::new(published)),
        }
    }

    /// Those of some messages that were published before.
    pub async fn published_of(&self, ids: &[MessageId]) -> HashSet<MessageId> {
        let published = self.published.lock().await;
        let known = ids.iter().filter(|id| published.contains(id));
        known.cloned().collect()
    }

    /// Publishes what a crash left complete in TEMP, and removes what it left of no use. Returns the directories that
    /// hold half a message.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn finish(&self) -> Result<Vec<PathBuf>, ClientError> {
        let now = self.environment.now();
        let published = self.published.clone();
        let work = move |directories: &Directories| {
            let (mut halves, mut moved) = (Vec::new(), Vec::new());
            for directory in subdirectories(&directories.temp, RECEIVE_PREFIX)? {
                if move_to_inbox(directories, &directory)? {
                    moved.extend(id_of(&directory).map(|id| (id, directory)));
                } else if is_worth_keeping(&directory, now) {
                    halves.push(directory);
                } else {
                    fs::remove_dir_all(&directory)?;
                }
            }
            if !moved.is_empty() {
                sync_directory(&directories.inbox)?;
                let ids = moved.iter().map(|(id, _)| id);
                let mut published = published.blocking_lock();
                published.add(ids, now, Durability::Machine)?;
                moved.iter().try_for_each(|(_, place)| clear(place))?;
            }
            Ok(halves)
        };
        self.disk.run("reading TEMP", work).await
    }

    /// Publishes messages in their order; what became of each. Those that went well are on disk, and in the
    /// journal, when this returns.
    ///
    /// # Errors
    /// [`ClientError::File`] when nothing is sure of any.
    pub async fn publish(
        &self,
        messages: Vec<Publication>,
    ) -> Result<Vec<io::Result<()>>, ClientError> {
        let (disk, published) = (self.disk.clone(), self.published.clone());
        let now = self.environment.now();
        let work = move |directories: &Directories| {
            let mut results: Vec<_> = messages.iter().map(|_| Ok(())).collect();
            let mut group = disk.group(messages.len())?;
            let mut steps = Steps {
                group: &mut group,
                messages: &messages,
                results: &mut results,
            };
            let mut bases: Vec<_> = messages.iter().map(|_| String::new()).collect();
            steps.each(|message, _, group| write_down(message, group))?;
            steps.each(|message, at, _| {
                let base = free_base(&directories.inbox, message.id.as_str());
                let path = write_base(&message.directory, &base)?;
                if let Some(place) = bases.get_mut(at) {
                    *place = base;
                }
                let temp = directories.temp.clone();
                Ok(vec![path, message.directory.clone(), temp])
            })?;
            steps.each(|message, at, _| {
                let base = bases.get(at).map(String::as_str).unwrap_or_default();
                move_files(directories, &message.directory, base)?;
                Ok(vec![directories.inbox.clone()])
            })?;
            let whole = messages.iter().zip(&results);
            let whole = whole.filter(|(_, result)| result.is_ok());
            let whole: Vec<_> = whole.map(|(message, _)| message).collect();
            let mut published = published.blocking_lock();
            published.add(whole.iter().map(|it| &it.id), now, Durability::Machine)?;
            drop(published);
            for message in whole {
                match message.data {
                    Data::Memory(_) => group.keep_or_remove(&message.directory, PUBLISH)?,
                    Data::Written => clear(&message.directory)?,
                }
            }
            Ok(results)
        };
        self.disk.run("publishing a message", work).await
    }
}

/// The messages of a group, step by step.
struct Steps<'a> {
    group: &'a mut Group,
    messages: &'a [Publication],
    results: &'a mut [io::Result<()>],
}

impl Steps<'_> {
    /// Does a step for each message whose steps before went well, and makes what it names durable.
    fn each(
        &mut self,
        mut step: impl FnMut(&Publication, usize, &Group) -> io::Result<Vec<PathBuf>>,
    ) -> io::Result<()> {
        let mut paths = Vec::new();
        let messages = self.messages.iter().zip(self.results.iter_mut());
        for (at, (message, result)) in messages.enumerate() {
            if result.is_ok() {
                *result = step(message, at, self.group).map(|named| paths.extend(named));
            }
        }
        paths.sort_unstable();
        paths.dedup();
        match paths.is_empty() {
            true => Ok(()),
            false => self.group.sync(&paths),
        }
    }
}

/// Writes data and control file into the message's directory.
fn write_down(message: &Publication, group: &Group) -> io::Result<Vec<PathBuf>> {
    let directory = &message.directory;
    let mut paths = Vec::with_capacity(3);
    if let Data::Memory(bytes) = &message.data {
        if !group.reuse(directory, |_| Ok(())) {
            make_anew(directory)?;
        }
        if !message.is_report {
            let path = directory.join(DATA);
            let made = durable::create_new(&path, durable::Access::GroupReads);
            made.map_err(nameless)?.write_all(bytes)?;
            paths.push(path);
        }
    }
    let path = directory.join(CONTROL);
    write_first(&path, &message.control)?;
    paths.extend([path, directory.clone()]);
    Ok(paths)
}

/// Clears what is published and in the journal from TEMP.
fn clear(directory: &Path) -> io::Result<()> {
    // First what would make a half-cleared directory look worth keeping.
    forget_parts(directory)?;
    fs::remove_dir_all(directory)
}

/// Writes down the base name in IN: into the file of a directory that is used again, where it is one.
fn write_base(directory: &Path, base: &str) -> io::Result<PathBuf> {
    let path = directory.join(PUBLISH);
    let spare = directory.join(SPARE_FILE);
    match File::options().write(true).open(&spare) {
        Ok(file) => {
            durable::write_all_at(&file, base.as_bytes(), 0)?;
            file.set_len(base.len() as u64)?;
            rename(&spare, &path)?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            write_first(&path, base.as_bytes())?;
        }
        Err(error) => return Err(error),
    }
    Ok(path)
}

/// Whether this can be the name of a file in IN.
fn is_name(base: &str) -> bool {
    let is_plain = |c: char| !c.is_control() && c != '/' && c != '\\';
    !base.is_empty() && base.chars().all(is_plain)
}

/// Moves a message into IN; false when it is not complete.
fn move_to_inbox(directories: &Directories, directory: &Path) -> io::Result<bool> {
    let base = match fs::read_to_string(directory.join(PUBLISH)) {
        Ok(base) if is_name(&base) => base,
        // A power cut left it so: it was not on disk, and nothing was moved.
        Ok(_) => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    move_files(directories, directory, &base).map(|()| true)
}

/// Moves `.dat`, then `.ctl`, into IN. Safe to repeat: a file already moved is not there any more. On disk once IN is
/// synced.
fn move_files(directories: &Directories, directory: &Path, base: &str) -> io::Result<()> {
    let inbox = &directories.inbox;
    rename_if_there(&directory.join(DATA), &inbox.join(format!("{base}.dat")))?;
    rename_if_there(&directory.join(CONTROL), &inbox.join(format!("{base}.ctl")))
}

fn id_of(directory: &Path) -> Option<MessageId> {
    let name = directory.file_name()?.to_str()?;
    MessageId::parse(name.strip_prefix(RECEIVE_PREFIX)?).ok()
}
