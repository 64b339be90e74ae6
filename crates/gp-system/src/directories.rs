//! The directories of a practice: mailbox, received, sent.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use durable::{Access, Draft, FileError, OwnedBy, PlainFile};

use crate::{PracticeConfig, PracticeError, StoredMessage};

/// The longest data file that is read; a longer one is kept and answered with 20015. ITK3
/// recommends senders to stay below 5 MB.
pub(crate) const LARGEST_DATA_FILE: u64 = 64 * 1024 * 1024;

/// Bytes of the longest control file that is read.
const LONGEST_CONTROL_FILE: u64 = 1024 * 1024;

/// The directories a practice lives in. The MESH client sees the same mailbox directory from its
/// side; what is published there appears by rename, the data file before the control file.
#[derive(Debug, Clone)]
pub(crate) struct Directories {
    pub(crate) out: PathBuf,
    pub(crate) incoming: PathBuf,
    pub(crate) client_sent: PathBuf,
    pub(crate) client_failed: PathBuf,
    /// Every pair and report taken from IN, byte for byte.
    pub(crate) received: PathBuf,
    /// Pairs in which the malware scanner found something: nothing reads them.
    pub(crate) quarantine: PathBuf,
    /// Pairs that nothing here understands, until a person has looked at them; nothing removes them.
    pub(crate) not_understood: PathBuf,
    /// Every pair built here, byte for byte, kept as GP Connect asks (user story SD09).
    pub(crate) sent: PathBuf,
    /// Who may read what is placed in OUT.
    out_access: Access,
}

/// Where what was taken from IN is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// `received/`
    Received,
    /// `quarantine/`: the malware scanner found something in it.
    Quarantine,
    /// `not-understood/`
    NotUnderstood,
}

/// The names of a pair or report in IN. What they lead to is judged when it is opened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    /// The control file's name without the extension.
    pub(crate) base: String,
    pub(crate) control: PathBuf,
    /// Its data file, when it is there.
    pub(crate) data: Option<PathBuf>,
}

impl Found {
    /// The control file, which must be a plain file: no link, no second name of another file.
    pub(crate) fn open_control(&self) -> Result<PlainFile, FileError> {
        PlainFile::open(&self.control, &OwnedBy::Anyone)
    }

    /// The data file, likewise.
    pub(crate) fn open_data(&self) -> Result<Option<PlainFile>, FileError> {
        let open = |path: &PathBuf| PlainFile::open(path, &OwnedBy::Anyone);
        self.data.as_ref().map(open).transpose()
    }
}

/// The bytes of a control file.
pub(crate) fn control_bytes(file: &PlainFile) -> Result<Vec<u8>, FileError> {
    file.contents(LONGEST_CONTROL_FILE)
}

impl Directories {
    pub(crate) fn open(config: &PracticeConfig) -> Result<Self, PracticeError> {
        let mailbox = &config.mailbox_directory;
        let directories = Self {
            out: mailbox.join("OUT"),
            incoming: mailbox.join("IN"),
            client_sent: mailbox.join("SENT"),
            client_failed: mailbox.join("FAILED"),
            received: config.data_directory.join("received"),
            quarantine: config.data_directory.join("quarantine"),
            not_understood: config.data_directory.join("not-understood"),
            sent: config.data_directory.join("sent"),
            out_access: if config.mailbox_group {
                Access::GroupReads
            } else {
                Access::Owner
            },
        };
        for directory in [
            &directories.out,
            &directories.incoming,
            &directories.received,
            &directories.quarantine,
            &directories.not_understood,
            &directories.sent,
        ] {
            durable::create_directory(directory, Access::Owner)
                .map_err(refused("making directories", directory))?;
        }
        for directory in [
            &directories.received,
            &directories.quarantine,
            &directories.not_understood,
            &directories.sent,
        ] {
            close_to_others(directory);
        }
        for directory in [&directories.received, &directories.sent, &directories.out] {
            durable::remove_leftovers(directory)
                .map_err(refused("removing what a crash left", directory))?;
        }
        Ok(directories)
    }

    /// The control files in IN, oldest name first.
    pub(crate) fn arrivals(&self) -> Result<Vec<Found>, PracticeError> {
        control_files(&self.incoming).map_err(failed("listing IN", &self.incoming))
    }

    /// Copies a pair or report to `received/` so that it outlives power loss, and tells the name
    /// it is kept under: its own, or with `_1`, `_2`… when other bytes already have that name.
    pub(crate) fn keep(
        &self,
        found: &Found,
        control: &mut PlainFile,
        data: Option<&mut PlainFile>,
    ) -> Result<String, PracticeError> {
        let keep = || -> io::Result<String> {
            let mut name = found.base.clone();
            let mut count = 0u32;
            while self.is_taken(&name, found)? {
                count += 1;
                name = format!("{}_{count}", found.base);
            }
            if self.received.join(format!("{name}.ctl")).try_exists()? {
                // Kept before a crash, or while it waits.
                return Ok(name);
            }
            if let Some(data) = data {
                copy(data, &self.kept(&name, "dat"), Access::Owner)?;
            }
            copy(control, &self.kept(&name, "ctl"), Access::Owner)?;
            durable::sync_directory(&self.received).map_err(as_io)?;
            Ok(name)
        };
        keep().map_err(failed("keeping a received pair", &self.received))
    }

    fn kept(&self, name: &str, extension: &str) -> PathBuf {
        self.received.join(format!("{name}.{extension}"))
    }

    /// Whether another pair than this one is kept under that name, wherever.
    fn is_taken(&self, name: &str, found: &Found) -> io::Result<bool> {
        for directory in [&self.quarantine, &self.not_understood, &self.received] {
            if self.is_anothers(directory, name, found)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether another pair than this one is kept in a directory under that name.
    fn is_anothers(&self, directory: &Path, name: &str, found: &Found) -> io::Result<bool> {
        let [control, data] =
            ["ctl", "dat"].map(|ending| directory.join(format!("{name}.{ending}")));
        if !control.try_exists()? {
            return Ok(false);
        }
        let same = |kept: &Path, arrived: &Path| durable::same_contents(kept, arrived);
        let is_this = same(&control, &found.control).map_err(as_io)?
            && match &found.data {
                Some(arrived) => data.try_exists()? && same(&data, arrived).map_err(as_io)?,
                None => !data.try_exists()?,
            };
        Ok(!is_this)
    }

    /// Moves a kept pair to where it is kept from now on, durably. Harmless to repeat.
    pub(crate) fn set_apart(&self, name: &str, place: Place) -> Result<(), PracticeError> {
        let to = match place {
            Place::Received => return Ok(()),
            Place::Quarantine => &self.quarantine,
            Place::NotUnderstood => &self.not_understood,
        };
        let set_apart = || -> io::Result<()> {
            for ending in ["dat", "ctl"] {
                let file = format!("{name}.{ending}");
                let from = self.received.join(&file);
                if from.try_exists()? {
                    durable::rename_unsynced(&from, &to.join(&file)).map_err(as_io)?;
                }
            }
            for directory in [to, &self.received] {
                durable::sync_directory(directory).map_err(as_io)?;
            }
            Ok(())
        };
        set_apart().map_err(failed("setting a pair apart", to))
    }

    /// The data file of a kept pair; none when it is longer than `limit` bytes.
    pub(crate) fn kept_data(
        &self,
        name: &str,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, PracticeError> {
        let failed = || refused("reading a kept pair", &self.received);
        let file = PlainFile::open(&self.kept(name, "dat"), &OwnedBy::Anyone).map_err(failed())?;
        if file.length() > limit {
            return Ok(None);
        }
        file.contents(limit).map(Some).map_err(failed())
    }

    /// A pair as it is kept in `received` or `sent`; none when it is no longer there.
    pub(crate) fn pair(
        &self,
        keeping: &str,
        name: &str,
    ) -> Result<Option<StoredMessage>, PracticeError> {
        let directory = self.keeping(keeping);
        let read = |ending: &str, limit: u64| {
            let path = directory.join(format!("{name}.{ending}"));
            match PlainFile::open(&path, &OwnedBy::Anyone) {
                Ok(file) => file.contents(limit).map(Some),
                Err(error) if error.io_kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            }
        };
        let data = read("dat", LARGEST_DATA_FILE).map_err(refused("reading a pair", directory))?;
        let control =
            read("ctl", LONGEST_CONTROL_FILE).map_err(refused("reading a pair", directory))?;
        let pair = data.zip(control);
        Ok(pair.map(|(data, control)| StoredMessage { data, control }))
    }

    /// The control file of a message under this name in `received/`; none when it is no longer there.
    pub(crate) fn kept_control(&self, name: &str) -> Result<Option<Vec<u8>>, PracticeError> {
        let directory = &self.received;
        let path = directory.join(format!("{name}.ctl"));
        let control = match PlainFile::open(&path, &OwnedBy::Anyone) {
            Ok(file) => control_bytes(&file).map(Some),
            Err(error) if error.io_kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        control.map_err(refused("reading a control file", directory))
    }

    /// Removes files below the data directory that no record knows any more, durably.
    pub(crate) fn remove_kept(&self, paths: &[String]) -> Result<(), PracticeError> {
        let remove = || -> io::Result<()> {
            for path in paths {
                let (directory, name) = path.split_once('/').unwrap_or_default();
                remove_if_there(&self.keeping(directory).join(name))?;
            }
            for directory in [&self.received, &self.quarantine, &self.sent] {
                durable::sync_directory(directory).map_err(as_io)?;
            }
            Ok(())
        };
        remove().map_err(failed("removing what was kept long enough", &self.received))
    }

    /// The directory that records call so.
    fn keeping(&self, name: &str) -> &Path {
        match name {
            "sent" => &self.sent,
            "quarantine" => &self.quarantine,
            _ => &self.received,
        }
    }

    /// Removes a kept pair from IN, the control file first so that no half pair is seen.
    pub(crate) fn remove_arrival(&self, found: &Found) -> Result<(), PracticeError> {
        let remove = || -> io::Result<()> {
            remove_if_there(&found.control)?;
            found.data.as_deref().map_or(Ok(()), remove_if_there)
        };
        remove().map_err(failed("taking a pair from IN", &self.incoming))
    }

    /// Stores a built pair under `sent/`, from where it is placed in OUT.
    pub(crate) fn store_built(
        &self,
        base: &str,
        data: &[u8],
        control: &[u8],
    ) -> Result<(), PracticeError> {
        let store = || -> Result<(), FileError> {
            let path = |extension| self.sent.join(format!("{base}.{extension}"));
            durable::replace_unsynced(&path("dat"), data, Access::Owner)?;
            durable::replace_unsynced(&path("ctl"), control, Access::Owner)?;
            durable::sync_directory(&self.sent)
        };
        store().map_err(refused("storing a built pair", &self.sent))
    }

    /// Puts the data file into OUT and the control file beside it under a hidden name. Harmless to
    /// repeat.
    pub(crate) fn prepare_placing(&self, base: &str) -> Result<(), PracticeError> {
        let prepare = || -> io::Result<()> {
            self.place(base, "dat", &self.out.join(format!("{base}.dat")))?;
            self.place(base, "ctl", &self.hidden_control(base))?;
            durable::sync_directory(&self.out).map_err(as_io)
        };
        prepare().map_err(failed("placing a pair", &self.out))
    }

    /// Copies one file of a built pair.
    fn place(&self, base: &str, extension: &str, to: &Path) -> io::Result<()> {
        let from = self.sent.join(format!("{base}.{extension}"));
        let mut from = PlainFile::open(&from, &OwnedBy::Anyone).map_err(as_io)?;
        copy(&mut from, to, self.out_access)
    }

    /// Gives the control file its name, the one step that hands the pair to the client. When the
    /// hidden name is gone the step was taken before a crash, and the client may already have the
    /// pair: then nothing is done.
    pub(crate) fn finish_placing(&self, base: &str) -> Result<(), PracticeError> {
        let finish = || -> io::Result<()> {
            let hidden = self.hidden_control(base);
            if hidden.try_exists()? {
                let data = self.out.join(format!("{base}.dat"));
                if !data.try_exists()? {
                    self.place(base, "dat", &data)?;
                }
                let control = self.out.join(format!("{base}.ctl"));
                durable::rename_unsynced(&hidden, &control).map_err(as_io)?;
            }
            durable::sync_directory(&self.out).map_err(as_io)
        };
        finish().map_err(failed("placing a pair", &self.out))
    }

    fn hidden_control(&self, base: &str) -> PathBuf {
        self.out.join(format!(".{base}.ctl.tmp"))
    }

    /// The client's own copy of a control file of ours in SENT or FAILED, when it is there.
    pub(crate) fn clients_copy(&self, directory: &Path, base: &str) -> Option<Vec<u8>> {
        let path = directory.join(format!("{base}.ctl"));
        let file = PlainFile::open(&path, &OwnedBy::Anyone).ok()?;
        control_bytes(&file).ok()
    }
}

fn failed<'a>(
    doing: &'static str,
    directory: &'a Path,
) -> impl FnOnce(io::Error) -> PracticeError + 'a {
    move |source| PracticeError::File {
        doing,
        directory: directory.to_owned(),
        source,
    }
}

/// As [`failed`], from an error of `durable`, whose path is left out.
fn refused<'a>(
    doing: &'static str,
    directory: &'a Path,
) -> impl FnOnce(FileError) -> PracticeError + 'a {
    move |error| failed(doing, directory)(as_io(error))
}

/// What is wrong, without the path: file names may be chosen by others.
fn as_io(error: FileError) -> io::Error {
    io::Error::new(error.io_kind(), error.problem().to_string())
}

/// Takes the rights of others from what release 0.1 may have made by the umask alone.
pub(crate) fn close_to_others(path: &Path) {
    if let Err(error) = durable::restrict(path, Access::Owner) {
        tracing::warn!(%error, "others may read the practice's records; change their owner");
    }
}

fn control_files(directory: &Path) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let control = entry?.path();
        let is_control = control
            .extension()
            .and_then(OsStr::to_str)
            .is_some_and(|extension| extension.eq_ignore_ascii_case("ctl"));
        let Some(base) = control
            .file_stem()
            .and_then(OsStr::to_str)
            .map(str::to_owned)
        else {
            continue;
        };
        if !is_control || base.starts_with('.') {
            continue;
        }
        let data = ["dat", "DAT", "Dat"]
            .into_iter()
            .map(|extension| control.with_file_name(format!("{base}.{extension}")))
            .find(|path| fs::symlink_metadata(path).is_ok());
        found.push(Found {
            base,
            control,
            data,
        });
    }
    found.sort();
    Ok(found)
}

/// Copies an open file as long as it was when it was opened, durably; its name is durable once the
/// directory is synced.
fn copy(from: &mut PlainFile, to: &Path, access: Access) -> io::Result<()> {
    let mut draft = Draft::begin(to, access).map_err(as_io)?;
    from.rewind()?;
    let length = from.length();
    io::copy(&mut from.take(length), &mut draft)?;
    draft.publish_unsynced().map_err(as_io)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
