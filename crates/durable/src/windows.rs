//! What Windows does in its own way; the crate's page says where that differs.

use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::windows_rights::OPEN_LINK_ITSELF;
use crate::{OwnedBy, Space};

/// How often a rename over a file that somebody holds is tried, and the pause between.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) use crate::windows_rights::{create_new, make_directory, restrict};

pub(crate) fn give_to_owner_of(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// The caller refuses a link, which is no regular file.
pub(crate) fn open_without_links(path: &Path, write: bool) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(write)
        .custom_flags(OPEN_LINK_ITSELF)
        .open(path)
}

pub(crate) fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    patiently(|| fs::rename(from, to))?;
    flush(to)
}

pub(crate) fn persist(file: NamedTempFile, to: &Path) -> io::Result<()> {
    let mut left = Some(file);
    patiently(|| match left.take().map(|file| file.persist(to)) {
        Some(Err(failed)) => {
            left = Some(failed.file);
            Err(failed.error)
        }
        Some(Ok(_)) | None => Ok(()),
    })?;
    flush(to)
}

/// A reader or a virus scanner lets go after a moment.
fn patiently(mut attempt: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    for _ in 1..TRIES {
        match attempt() {
            Err(error) if may_pass(&error) => thread::sleep(PAUSE),
            other => return other,
        }
    }
    attempt()
}

/// `ERROR_SHARING_VIOLATION`, `ERROR_LOCK_VIOLATION`.
pub(crate) fn is_held(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(32 | 33))
}

/// Held, or `ERROR_ACCESS_DENIED`, which is what a file that is being deleted, or is replaced while it is
/// open, answers.
fn may_pass(error: &io::Error) -> bool {
    is_held(error) || error.raw_os_error() == Some(5)
}

/// Flushing a file writes the journal out up to its name. A directory, or a file that may not be
/// written, cannot be flushed: NTFS then writes its journal within seconds.
fn flush(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_dir() {
        return Ok(());
    }
    match OpenOptions::new().write(true).open(path) {
        Ok(file) => file.sync_all(),
        Err(error) if may_pass(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A directory cannot be opened for syncing here, and NTFS journals names itself.
pub(crate) fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Flushes a file; of a directory NTFS journals names itself.
pub(crate) fn sync_path(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_dir() {
        return Ok(());
    }
    patiently(|| OpenOptions::new().write(true).open(path)?.sync_all())
}

/// Only an administrator may flush a volume.
pub(crate) fn whole_file_system(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

pub(crate) fn sync_file_system(_: &File) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn links(file: &File, _: &Metadata) -> io::Result<u64> {
    Ok(winapi_util::file::information(file)?.number_of_links())
}

pub(crate) fn read_exact_at(file: &File, mut into: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !into.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, into, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                into = into
                    .split_at_mut_checked(read)
                    .map_or(&mut [], |(_, rest)| rest);
                offset += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

pub(crate) fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = bytes.get(written..).unwrap_or_default();
                offset += written as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

pub(crate) fn owner_unless_allowed(_: &Metadata, _: &OwnedBy) -> Option<u32> {
    None
}

pub(crate) fn special(_: FileType) -> &'static str {
    "device or reparse point"
}

pub(crate) fn space(path: &Path) -> io::Result<Space> {
    let told = fs4::statvfs(path)?;
    Ok(Space {
        total: told.total_space(),
        free: told.available_space(),
    })
}

/// Rights are lists there, of which a file's attributes say little: it is tried when it is needed.
pub(crate) fn can_write_in(directory: &Path) -> bool {
    directory.is_dir()
}

/// The serial number of the volume.
pub(crate) fn file_system(path: &Path) -> io::Result<u64> {
    let opened = winapi_util::Handle::from_path_any(path)?;
    Ok(winapi_util::file::information(&opened)?.volume_serial_number())
}
