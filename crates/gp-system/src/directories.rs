//! The directories of a practice: mailbox, received, sent.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::{PracticeConfig, PracticeError};

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
    /// Every pair built here, byte for byte, kept as GP Connect asks (user story SD09).
    pub(crate) sent: PathBuf,
}

/// A control file found in a directory of the mailbox.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    /// Its name without the extension.
    pub(crate) base: String,
    pub(crate) control: PathBuf,
    /// Its data file, when it is there.
    pub(crate) data: Option<PathBuf>,
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
            sent: config.data_directory.join("sent"),
        };
        for directory in [
            &directories.out,
            &directories.incoming,
            &directories.received,
            &directories.sent,
        ] {
            fs::create_dir_all(directory).map_err(failed("making directories", directory))?;
        }
        Ok(directories)
    }

    /// The control files in IN, oldest name first.
    pub(crate) fn arrivals(&self) -> Result<Vec<Found>, PracticeError> {
        control_files(&self.incoming).map_err(failed("listing IN", &self.incoming))
    }

    /// Copies a pair or report to `received/` so that it outlives power loss, and tells the name
    /// it is kept under: its own, or with `_1`, `_2`… when other bytes already have that name.
    pub(crate) fn keep(&self, found: &Found) -> Result<String, PracticeError> {
        let keep = || -> io::Result<String> {
            let mut name = found.base.clone();
            let mut count = 0u32;
            while !self.is_free_for(&name, found)? {
                count += 1;
                name = format!("{}_{count}", found.base);
            }
            if let Some(data) = &found.data {
                publish_copy(data, &self.received, &format!("{name}.dat"))?;
            }
            publish_copy(&found.control, &self.received, &format!("{name}.ctl"))?;
            sync_directory(&self.received)?;
            Ok(name)
        };
        keep().map_err(failed("keeping a received pair", &self.received))
    }

    fn is_free_for(&self, name: &str, found: &Found) -> io::Result<bool> {
        let control = self.received.join(format!("{name}.ctl"));
        if !control.try_exists()? {
            return Ok(true);
        }
        let data = self.received.join(format!("{name}.dat"));
        Ok(same_bytes(&control, &found.control)?
            && match &found.data {
                Some(arrived) => data.try_exists()? && same_bytes(&data, arrived)?,
                None => !data.try_exists()?,
            })
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
        let store = || -> io::Result<()> {
            publish_bytes(data, &self.sent, &format!("{base}.dat"))?;
            publish_bytes(control, &self.sent, &format!("{base}.ctl"))?;
            sync_directory(&self.sent)
        };
        store().map_err(failed("storing a built pair", &self.sent))
    }

    /// Puts the data file into OUT and the control file beside it under a hidden name. Harmless to
    /// repeat.
    pub(crate) fn prepare_placing(&self, base: &str) -> Result<(), PracticeError> {
        let prepare = || -> io::Result<()> {
            publish_copy(
                &self.sent.join(format!("{base}.dat")),
                &self.out,
                &format!("{base}.dat"),
            )?;
            copy_durably(
                &self.sent.join(format!("{base}.ctl")),
                &self.hidden_control(base),
            )?;
            sync_directory(&self.out)
        };
        prepare().map_err(failed("placing a pair", &self.out))
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
                    publish_copy(
                        &self.sent.join(format!("{base}.dat")),
                        &self.out,
                        &format!("{base}.dat"),
                    )?;
                }
                fs::rename(&hidden, self.out.join(format!("{base}.ctl")))?;
            }
            sync_directory(&self.out)
        };
        finish().map_err(failed("placing a pair", &self.out))
    }

    fn hidden_control(&self, base: &str) -> PathBuf {
        self.out.join(format!(".{base}.ctl.tmp"))
    }

    /// The client's own copy of a control file of ours in SENT or FAILED, when it is there.
    pub(crate) fn clients_copy(&self, directory: &Path, base: &str) -> Option<Vec<u8>> {
        fs::read(directory.join(format!("{base}.ctl"))).ok()
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
        if !is_control || base.starts_with('.') || !control.is_file() {
            continue;
        }
        let data = ["dat", "DAT", "Dat"]
            .into_iter()
            .map(|extension| control.with_file_name(format!("{base}.{extension}")))
            .find(|path| path.is_file());
        found.push(Found {
            base,
            control,
            data,
        });
    }
    found.sort();
    Ok(found)
}

fn publish_bytes(bytes: &[u8], directory: &Path, name: &str) -> io::Result<()> {
    let temporary = directory.join(format!(".{name}.tmp"));
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, directory.join(name))
}

fn publish_copy(from: &Path, directory: &Path, name: &str) -> io::Result<()> {
    let temporary = directory.join(format!(".{name}.tmp"));
    copy_durably(from, &temporary)?;
    fs::rename(&temporary, directory.join(name))
}

fn copy_durably(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let mut target = File::create(to)?;
    io::copy(&mut source, &mut target)?;
    target.sync_all()
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn same_bytes(left: &Path, right: &Path) -> io::Result<bool> {
    if fs::metadata(left)?.len() != fs::metadata(right)?.len() {
        return Ok(false);
    }
    Ok(fs::read(left)? == fs::read(right)?)
}
