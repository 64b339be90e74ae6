use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::ClientError;

/// The five directories of a mailbox. TEMP is the agent's own.
#[derive(Debug, Clone)]
pub(super) struct Directories {
    pub out: PathBuf,
    pub inbox: PathBuf,
    pub sent: PathBuf,
    pub failed: PathBuf,
    pub temp: PathBuf,
}

impl Directories {
    /// Opens them, making those that are not there: upper case, unless a lower-case one exists.
    pub fn open(root: &Path) -> Result<Self, ClientError> {
        let make = |name: &str| -> io::Result<PathBuf> {
            let lower = root.join(name.to_ascii_lowercase());
            let upper = root.join(name);
            let path = if !upper.is_dir() && lower.is_dir() {
                lower
            } else {
                upper
            };
            fs::create_dir_all(&path)?;
            Ok(path)
        };
        let opened = || -> io::Result<Self> {
            Ok(Self {
                out: make("OUT")?,
                inbox: make("IN")?,
                sent: make("SENT")?,
                failed: make("FAILED")?,
                temp: make("TEMP")?,
            })
        };
        let directories = opened()
            .map_err(|error| ClientError::File("opening the mailbox's directories", error))?;
        directories.check_one_file_system()?;
        Ok(directories)
    }

    /// Files are published by rename, which cannot cross file systems.
    #[cfg(unix)]
    fn check_one_file_system(&self) -> Result<(), ClientError> {
        use std::os::unix::fs::MetadataExt;

        let device = |path: &Path| {
            let metadata = fs::metadata(path);
            metadata
                .map(|m| m.dev())
                .map_err(|e| ClientError::File("reading a directory", e))
        };
        let temp = device(&self.temp)?;
        for other in [&self.out, &self.inbox, &self.sent, &self.failed] {
            if device(other)? != temp {
                let what = "IN, OUT, SENT, FAILED and TEMP must be on one file system";
                return Err(ClientError::Configuration(what.to_owned()));
            }
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn check_one_file_system(&self) -> Result<(), ClientError> {
        Ok(())
    }
}
