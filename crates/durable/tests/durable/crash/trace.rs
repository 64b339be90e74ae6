//! Reads what strace recorded: the calls that change a directory's files, in their order.

use std::path::Path;

/// One call that succeeded, with paths below the watched directory.
#[derive(Debug, Clone)]
pub enum Event {
    Open {
        path: String,
        fd: i64,
        creates: bool,
        truncates: bool,
    },
    Close(i64),
    Write(i64, Vec<u8>),
    Sync(i64),
    SyncAll,
    Rename(String, String),
    Link(String, String),
    Unlink(String),
    MakeDirectory(String),
    /// A step has returned: somebody looked for `ended/STEP`.
    Marker(String),
}

pub const CALLS: &str = "open,openat,creat,close,dup,dup2,dup3,write,writev,pwrite64,pwritev,\
    pwritev2,truncate,ftruncate,fallocate,fsync,fdatasync,syncfs,sync_file_range,rename,renameat,\
    renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,copy_file_range,\
    sendfile,splice,stat,statx,newfstatat";

pub fn read(log: &str, root: &Path) -> Vec<Event> {
    let root = format!("{}/", root.to_str().unwrap());
    log.lines()
        .filter_map(|line| {
            let (_, call) = line.split_once(' ')?;
            event(call.trim_start(), &root)
        })
        .collect()
}

fn event(line: &str, root: &str) -> Option<Event> {
    let (name, rest) = line.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    let arguments = arguments.trim_end().strip_suffix(')')?;
    let result: i64 = result.split(' ').next()?.parse().ok()?;
    // strings are hexadecimal: no comma is inside one
    let arguments: Vec<&str> = arguments.split(", ").collect();
    let texts = || arguments.iter().filter(|word| word.starts_with('"'));
    let paths: Vec<String> = texts()
        .filter_map(|word| {
            let text = String::from_utf8(bytes(word)).ok()?;
            if text == root.trim_end_matches('/') {
                return Some(String::new());
            }
            Some(text.strip_prefix(root)?.to_owned())
        })
        .collect();
    let fd = || arguments[0].parse().unwrap();
    let path = |place: usize| paths.get(place).cloned();
    if let ("stat" | "statx" | "newfstatat", Some(path)) = (name, path(0)) {
        return path
            .strip_prefix("ended/")
            .map(|step| Event::Marker(step.to_owned()));
    }
    if result < 0 {
        return None;
    }
    Some(match name {
        "open" | "openat" => {
            let is_set = |flag: &str| {
                arguments
                    .iter()
                    .any(|word| word.split('|').any(|f| f == flag))
            };
            Event::Open {
                path: path(0)?,
                fd: result,
                creates: is_set("O_CREAT"),
                truncates: is_set("O_TRUNC"),
            }
        }
        "close" => Event::Close(fd()),
        "write" => {
            let mut written = bytes(arguments[1]);
            written.truncate(usize::try_from(result).unwrap());
            Event::Write(fd(), written)
        }
        "fsync" | "fdatasync" => Event::Sync(fd()),
        "syncfs" => Event::SyncAll,
        "rename" | "renameat" | "renameat2" => Event::Rename(path(0)?, path(1)?),
        "link" | "linkat" => Event::Link(path(0)?, path(1)?),
        "unlink" | "unlinkat" | "rmdir" => Event::Unlink(path(0)?),
        "mkdir" | "mkdirat" => Event::MakeDirectory(path(0)?),
        "stat" | "statx" | "newfstatat" => return None,
        other => panic!("{other} is not modelled"),
    })
}

/// `"\x41\x42"`.
fn bytes(text: &str) -> Vec<u8> {
    text.trim_matches('"')
        .as_bytes()
        .chunks(4)
        .map(|escape| {
            let digits = std::str::from_utf8(&escape[2..]).unwrap();
            u8::from_str_radix(digits, 16).unwrap()
        })
        .collect()
}
