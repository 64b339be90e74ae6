//! Files that survive: private from the moment they are made, whole or not there at all, on disk when
//! a function says so, and opened without following links. What is in them is no concern of this crate.
//!
//! Each function keeps one promise, and its documentation says what is durable (survives a power
//! cut) when it returns. Three words tell the promises apart:
//!
//! | ending | contents | name |
//! |---|---|---|
//! | none | durable | durable |
//! | `_unsynced` | durable | visible at once, durable after [`sync_directory`] of its directory |
//! | `_volatile` | visible at once | visible at once; both survive this process, not a power cut |
//!
//! In all three a reader meets the old contents or the new, never a part. `_unsynced` is for several
//! changes in one directory, which then need one [`sync_directory`] together; `_volatile` also for many files, which
//! a [`GroupSync`] makes durable at once.
//!
//! All functions block: call them from `spawn_blocking` in asynchronous code. Contents are moved in
//! pieces of 64 KiB, whatever the size of the file, except where a function returns them and then
//! takes a limit in bytes.
//!
//! # Windows
//!
//! The same functions work there, with these differences:
//!
//! - [`sync_directory`] does nothing: a directory cannot be opened for writing with the rights a service has,
//!   and NTFS journals names itself. A file that was renamed is flushed once more instead, which
//!   writes the journal out up to its name.
//! - [`Access::Owner`] is an access list: what the directory above hands down where that reaches no crowd (Everyone,
//!   Users, Authenticated Users and the like), else one that names the owner, SYSTEM and Administrators only. The other
//!   two are what the directory hands down.
//! - [`read_secret`] judges by that list too; accounts that it names are somebody's choice, and no [`Exposure`].
//! - A [`PlainFile`] is a regular file of one name, reached without a link; its owner is not judged.
//! - A rename over a file that a reader or a virus scanner holds is tried again for up to two seconds.

mod access;
#[cfg(any(windows, test))]
mod access_list;
mod compare;
mod create;
mod draft;
mod error;
mod exposure;
mod group;
mod lock;
mod names;
mod plain;
mod positioned;
mod secret;
mod space;
#[cfg(windows)]
mod windows_rights;

#[cfg(unix)]
#[path = "unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "windows.rs"]
mod platform;

pub use access::Access;
pub use compare::same_contents;
#[cfg(windows)]
pub use create::let_account_work_in;
pub use create::{create_directory, create_new, give_to_owner_of, open_or_create, restrict};
pub use draft::{Draft, remove_leftovers, replace, replace_unsynced, replace_volatile, write_new};
pub use error::{FileError, Problem};
pub use exposure::Exposure;
pub use group::{GroupSync, Groups};
pub use lock::Lock;
pub use names::{is_held, remove, rename, rename_unsynced, sync_directory, sync_tree};
pub use plain::{OwnedBy, PlainFile};
pub use positioned::{read_exact_at, write_all_at};
pub use secret::{Admitted, SecretFile, read_secret};
pub use space::{Space, can_write_in, same_file_system, space};
