//! What Unix does in its own way.

use std::fs::{self, DirBuilder, File, FileType, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, lchown,
};
use std::path::Path;
#[cfg(target_os = "linux")]
use std::sync::LazyLock;

use rustix::fs::OFlags;
use tempfile::NamedTempFile;

use crate::{Access, OwnedBy, Space};

/// The bits that say who may do what.
const RIGHTS: u32 = 0o777;

/// With the least rights first, then those asked for: at no moment it has more, whatever the umask is.
pub(crate) fn make_directory(path: &Path, access: Access) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)?;
    let mode = fs::symlink_metadata(path)?.mode();
    // What is not a right stays, such as that files in it get its group.
    let wanted = mode & 0o7777 & !RIGHTS | access.directory_mode();
    if mode & 0o7777 == wanted {
        return Ok(());
    }
    let wanted = Permissions::from_mode(wanted);
    match open(path, false, OFlags::NOFOLLOW | OFlags::DIRECTORY) {
        Ok(directory) => directory.set_permissions(wanted),
        // The umask took the owner's own rights.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            fs::set_permissions(path, wanted)
        }
        Err(error) => Err(error),
    }
}

/// The umask takes rights from those asked for, and never gives others.
pub(crate) fn create_new(path: &Path, access: Access) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(access.file_mode())
        .open(path)?;
    set_access(&file, access)?;
    Ok(file)
}

pub(crate) fn set_access(file: &File, access: Access) -> io::Result<()> {
    let mode = access.file_mode();
    if file.metadata()?.mode() & RIGHTS == mode {
        return Ok(());
    }
    file.set_permissions(Permissions::from_mode(mode))
}

pub(crate) fn restrict(path: &Path, access: Access) -> io::Result<()> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = open(path, false, flags)?;
    let metadata = opened.metadata()?;
    let allowed = if metadata.is_dir() {
        access.directory_mode()
    } else {
        access.file_mode()
    };
    let mode = metadata.mode() & 0o7777;
    let restricted = mode & (allowed | !RIGHTS);
    if restricted == mode {
        return Ok(());
    }
    opened.set_permissions(Permissions::from_mode(restricted))
}

pub(crate) fn give_to_owner_of(other: &Path, path: &Path) -> io::Result<()> {
    if !is_root() {
        return Ok(());
    }
    let (wanted, found) = (fs::metadata(other)?, fs::symlink_metadata(path)?);
    let wanted = (wanted.uid(), wanted.gid());
    if wanted == (found.uid(), found.gid()) {
        return Ok(());
    }
    lchown(path, Some(wanted.0), Some(wanted.1))
}

/// Opens at once, also a pipe without a writer; a link fails.
pub(crate) fn open_without_links(path: &Path, write: bool) -> io::Result<File> {
    open(path, write, OFlags::NOFOLLOW | OFlags::NONBLOCK)
}

/// Opens at once, following links.
pub(crate) fn open_without_waiting(path: &Path) -> io::Result<File> {
    open(path, false, OFlags::NONBLOCK)
}

/// The standard library adds `O_CLOEXEC`.
fn open(path: &Path, write: bool, flags: OFlags) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(write)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}

pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

pub(crate) fn is_held(_: &io::Error) -> bool {
    false
}

pub(crate) fn persist(file: NamedTempFile, to: &Path) -> io::Result<()> {
    file.persist(to).map(drop).map_err(|failed| failed.error)
}

pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Syncs a file or directory.
pub(crate) fn sync_path(path: &Path) -> io::Result<()> {
    open(path, false, OFlags::NOFOLLOW)?.sync_all()
}

/// The directory, when the file system it is on can be synced whole, by a call that reports failed writes.
#[cfg(target_os = "linux")]
pub(crate) fn whole_file_system(directory: &Path) -> io::Result<Option<File>> {
    /// ext4, XFS, Btrfs.
    const KNOWN: [u32; 3] = [0xEF53, 0x5846_5342, 0x9123_683E];
    let file = File::open(directory)?;
    let kind = rustix::fs::fstatfs(&file)?.f_type;
    let is_known = KNOWN.iter().any(|known| i64::from(*known) == kind as i64);
    Ok(Some(file).filter(|_| is_known && *REPORTS_ALL_FAILURES))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn whole_file_system(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// Whether `syncfs` of this kernel does.
#[cfg(target_os = "linux")]
static REPORTS_ALL_FAILURES: LazyLock<bool> = LazyLock::new(|| {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    reports_all_failures(&release)
});

/// Since Linux 5.8 `syncfs` reports contents that could not be written, and since 5.17 also that the file system
/// could not write its journal, in which the names are.
#[cfg(target_os = "linux")]
fn reports_all_failures(release: &str) -> bool {
    let mut numbers = release.split(['.', '-']).map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= (5, 17),
        _ => false,
    }
}

#[cfg(target_os = "linux")]
pub(crate) fn sync_file_system(any_file: &File) -> io::Result<()> {
    Ok(rustix::fs::syncfs(any_file)?)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn sync_file_system(_: &File) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn links(_: &File, metadata: &Metadata) -> io::Result<u64> {
    Ok(metadata.nlink())
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

pub(crate) fn read_exact_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, offset)
}

pub(crate) fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

/// The owner, when it is none of those allowed.
pub(crate) fn owner_unless_allowed(metadata: &Metadata, allowed: &OwnedBy) -> Option<u32> {
    let owner = metadata.uid();
    let trusted = owner == 0 || owner == rustix::process::geteuid().as_raw();
    let allowed = match allowed {
        OwnedBy::Anyone => true,
        OwnedBy::ThisUser => trusted,
        OwnedBy::Users(users) => trusted || users.contains(&owner),
    };
    (!allowed).then_some(owner)
}

pub(crate) fn special(kind: FileType) -> &'static str {
    if kind.is_fifo() {
        "pipe"
    } else if kind.is_socket() {
        "socket"
    } else {
        "device"
    }
}

pub(crate) fn space(path: &Path) -> io::Result<Space> {
    let told = rustix::fs::statvfs(path)?;
    Ok(Space {
        total: told.f_blocks.saturating_mul(told.f_frsize),
        free: told.f_bavail.saturating_mul(told.f_frsize),
    })
}

pub(crate) fn can_write_in(directory: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(directory, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

pub(crate) fn file_system(path: &Path) -> io::Result<u64> {
    Ok(fs::metadata(path)?.dev())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_whole_file_system_is_synced_from_linux_5_17_on() {
        for newer in ["5.17.0", "5.17-rc1", "6.1.0-18-amd64", "10.0.1\n"] {
            assert!(reports_all_failures(newer), "{newer}");
        }
        for older in [
            "",
            "5.16.20",
            "5.8.0-generic",
            "4.18.0-553.el8",
            "6",
            "six.one",
        ] {
            assert!(!reports_all_failures(older), "{older}");
        }
    }
}
