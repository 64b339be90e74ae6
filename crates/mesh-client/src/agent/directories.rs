use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::ClientError;

/// The prefix of reports that are being written in TEMP.
pub(super) const REPORT_PREFIX: &str = "report-";

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
    /// Where they are: upper case, unless only a lower-case one exists.
    pub fn find(root: &Path) -> Self {
        let find = |name: &str| {
            let (upper, lower) = (root.join(name), root.join(name.to_ascii_lowercase()));
            if !upper.is_dir() && lower.is_dir() {
                lower
            } else {
                upper
            }
        };
        Self {
            out: find("OUT"),
            inbox: find("IN"),
            sent: find("SENT"),
            failed: find("FAILED"),
            temp: find("TEMP"),
        }
    }

    /// Opens them, making those that are not there.
    pub fn open(root: &Path) -> Result<Self, ClientError> {
        let found = Self::find(root);
        let opening = |error| ClientError::File("opening the mailbox's directories", error);
        for path in [
            &found.out,
            &found.inbox,
            &found.sent,
            &found.failed,
            &found.temp,
        ] {
            fs::create_dir_all(path).map_err(opening)?;
        }
        found.check_one_file_system()?;
        Ok(found)
    }

    /// A crash may have come before such a report got its name in IN. For the holder of the lock.
    pub fn clear_half_written_reports(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.temp)? {
            let entry = entry?;
            if entry
                .file_name()
                .to_string_lossy()
                .starts_with(REPORT_PREFIX)
            {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
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
