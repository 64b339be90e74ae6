//! Access lists of Windows: private files and directories made, and judged. The system's own words for a list
//! (SDDL) go in and out; what they say is read by `access_list`.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;

use windows_permissions::constants::SeObjectType::{SE_FILE_OBJECT, SE_KERNEL_OBJECT};
use windows_permissions::constants::SecurityInformation;
use windows_permissions::wrappers;
use windows_permissions::{LocalBox, SecurityDescriptor};

use crate::Access;
use crate::access_list::{self, Reach};

/// `FILE_FLAG_OPEN_REPARSE_POINT`: a link is opened itself instead of what it leads to.
pub(crate) const OPEN_LINK_ITSELF: u32 = 0x0020_0000;
/// `FILE_FLAG_BACKUP_SEMANTICS`: without it no directory is opened.
const OPEN_DIRECTORIES: u32 = 0x0200_0000;
/// `READ_CONTROL`, and with `WRITE_DAC`: the rights to read a list and to change it.
const READ_LIST: u32 = 0x0002_0000;
const CHANGE_LIST: u32 = READ_LIST | 0x0004_0000;

/// A directory is there under its name before it is private, but empty.
pub(crate) fn make_directory(path: &Path, access: Access) -> io::Result<()> {
    fs::create_dir(path)?;
    restrict(path, access)
}

/// Nobody else can open the file before it is private.
pub(crate) fn create_new(path: &Path, access: Access) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    if access == Access::Owner {
        let alone = OpenOptions::new()
            .access_mode(CHANGE_LIST | 0x4000_0000)
            .share_mode(0)
            .create_new(true)
            .write(true)
            .open(path)?;
        if let Err(error) = make_private(alone, "") {
            // Ours, and empty.
            let _ = fs::remove_file(path);
            return Err(error);
        }
        return options.custom_flags(OPEN_LINK_ITSELF).open(path);
    }
    options.create_new(true).open(path)
}

pub(crate) fn restrict(path: &Path, access: Access) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    if access != Access::Owner {
        return Ok(());
    }
    let opened = open(path, CHANGE_LIST, OPEN_LINK_ITSELF)?;
    make_private(opened, if metadata.is_dir() { "OICI" } else { "" })
}

/// Makes a directory one of an account's, SYSTEM's and Administrators', with all that is in it: the account reads,
/// writes and removes there.
pub(crate) fn let_account_work_in(directory: &Path, sid: &str) -> io::Result<()> {
    let mut opened = open(directory, CHANGE_LIST, OPEN_LINK_ITSELF)?;
    set(
        &mut opened,
        &format!("D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;{sid})"),
    )
}

/// How a crowd reaches an open file.
pub(crate) fn reach_of_file(file: &File) -> io::Result<Option<Reach>> {
    Ok(access_list::reach(&text_of(file)?))
}

/// How a crowd reaches a directory.
pub(crate) fn reach_of_directory(path: &Path) -> io::Result<Option<Reach>> {
    reach_of_file(&open(path, READ_LIST, 0)?)
}

fn open(path: &Path, rights: u32, flags: u32) -> io::Result<File> {
    OpenOptions::new()
        .access_mode(rights)
        .custom_flags(flags | OPEN_DIRECTORIES)
        .open(path)
}

fn text_of(file: &File) -> io::Result<String> {
    let parts = SecurityInformation::Owner | SecurityInformation::Dacl;
    let found = wrappers::GetSecurityInfo(file, SE_FILE_OBJECT, parts)?;
    let text = wrappers::ConvertSecurityDescriptorToStringSecurityDescriptor(&found, parts)?;
    let text = text.to_string_lossy();
    Ok(text.trim_end_matches('\0').to_owned())
}

/// What the directory above hands down stays, where it reaches no crowd: it may name the service's account, which
/// nobody here knows. Otherwise it is cut off, and the list names owner, SYSTEM and Administrators.
fn make_private(mut file: File, handed_down: &str) -> io::Result<()> {
    let text = text_of(&file)?;
    if access_list::reach(&text).is_none() {
        return Ok(());
    }
    let mut list = format!("D:P(A;{handed_down};FA;;;SY)(A;{handed_down};FA;;;BA)");
    if let Some(owner) = access_list::owner(&text).filter(|owner| !matches!(*owner, "SY" | "BA")) {
        list.push_str(&format!("(A;{handed_down};FA;;;{owner})"));
    }
    set(&mut file, &list)
}

/// Sets the list, and hands nothing down from above. The first way also keeps it from what is handed down later, but
/// Wine hands down all the same; the second sets what it is given. Where neither keeps crowds out, the file
/// system has no lists.
fn set(file: &mut File, list: &str) -> io::Result<()> {
    let descriptor: LocalBox<SecurityDescriptor> = list.parse()?;
    for way in [SE_FILE_OBJECT, SE_KERNEL_OBJECT] {
        wrappers::SetSecurityInfo(
            file,
            way,
            SecurityInformation::Dacl | SecurityInformation::ProtectedDacl,
            None,
            None,
            descriptor.dacl(),
            None,
        )?;
        if access_list::reach(&text_of(file)?).is_none() {
            return Ok(());
        }
    }
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this file system keeps no access lists, so that everyone reaches what is on it",
    ))
}
