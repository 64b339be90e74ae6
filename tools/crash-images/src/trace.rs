//! Reads what strace recorded: the calls that change files, in the order in which they ended; syncs and
//! closes count from their beginning too.

use std::collections::HashMap;

/// One call, or a line that the workload printed.
#[derive(Debug, Clone)]
pub enum Event {
    Open {
        at: i64,
        path: String,
        flags: String,
        fd: i64,
    },
    Close(i64),
    Seek(i64, u64),
    Write(i64, Vec<u8>),
    WriteAt(i64, u64, Vec<u8>),
    Truncate(i64, u64),
    /// A sync begins; what is written later it need not cover.
    SyncBegins(i64, u64),
    SyncEnds(u64),
    Rename(String, String),
    Unlink(i64, String),
    MakeDirectory(i64, String),
    /// A line on standard output.
    Printed(String),
}

pub const CALLS: &str = "open,openat,creat,close,dup,dup2,dup3,write,writev,pwrite64,pwritev,\
    pwritev2,lseek,truncate,ftruncate,fallocate,fsync,fdatasync,sync_file_range,rename,renameat,\
    renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,copy_file_range,\
    sendfile,splice";

/// A call with its arguments as strace writes them.
struct Call<'a> {
    name: &'a str,
    arguments: Vec<&'a str>,
    result: i64,
}

pub fn read(log: &str) -> Vec<Event> {
    let mut begun: HashMap<&str, (String, Option<u64>)> = HashMap::new();
    let mut syncs = 0;
    let mut events = Vec::new();
    for line in log.lines() {
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        if rest.starts_with("+++") || rest.starts_with("---") {
            continue;
        }
        if let Some(start) = rest.strip_suffix(" <unfinished ...>") {
            let sync = begin(start, &mut syncs, &mut events);
            begun.insert(thread, (start.to_owned(), sync));
            continue;
        }
        let (whole, sync) = match rest.strip_prefix("<... ") {
            Some(resumed) => {
                let (start, sync) = begun.remove(thread).expect("a call that began");
                let (_, end) = resumed.split_once(" resumed>").expect("resumed");
                (format!("{start}{end}"), sync)
            }
            None => (rest.to_owned(), begin(rest, &mut syncs, &mut events)),
        };
        if let Some(call) = parse(&whole) {
            events.extend(event(&call, sync));
        }
    }
    events
}

/// What counts from a call's beginning: a sync, and a close, whose number another thread may be given
/// before the close has ended.
fn begin(call: &str, syncs: &mut u64, events: &mut Vec<Event>) -> Option<u64> {
    let (name, rest) = call.split_once('(')?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    match name {
        "close" => {
            events.push(Event::Close(digits.parse().ok()?));
            None
        }
        "fsync" | "fdatasync" => {
            *syncs += 1;
            events.push(Event::SyncBegins(digits.parse().ok()?, *syncs));
            Some(*syncs)
        }
        _ => None,
    }
}

fn parse(line: &str) -> Option<Call<'_>> {
    let (name, rest) = line.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    let arguments = arguments.trim_end().strip_suffix(')')?;
    let result = result.split(' ').next()?.parse().ok()?;
    // strings are hexadecimal: no comma is inside one
    Some(Call {
        name,
        arguments: arguments.split(", ").collect(),
        result,
    })
}

fn event(call: &Call<'_>, sync: Option<u64>) -> Option<Event> {
    if call.result < 0 {
        assert!(
            !matches!(call.name, "fsync" | "fdatasync" | "write" | "pwrite64"),
            "a write failed while it was recorded"
        );
        return None;
    }
    let number = |place: usize| call.arguments[place].parse::<i64>().unwrap_or(-100);
    let text = |place: usize| String::from_utf8(bytes(call.arguments[place])).unwrap();
    let offset = |place: usize| u64::try_from(number(place)).unwrap();
    Some(match call.name {
        "openat" => Event::Open {
            at: number(0),
            path: text(1),
            flags: call.arguments[2].to_owned(),
            fd: call.result,
        },
        "open" => Event::Open {
            at: -100,
            path: text(0),
            flags: call.arguments[1].to_owned(),
            fd: call.result,
        },
        "close" => return None,
        "lseek" => Event::Seek(number(0), call.result.unsigned_abs()),
        "write" if number(0) == 1 => Event::Printed(text(1).trim_end().to_owned()),
        "write" => Event::Write(number(0), written(call)),
        "pwrite64" => Event::WriteAt(number(0), offset(3), written(call)),
        "ftruncate" => Event::Truncate(number(0), offset(1)),
        "fsync" | "fdatasync" => Event::SyncEnds(sync?),
        "rename" => Event::Rename(text(0), text(1)),
        "unlink" | "rmdir" => Event::Unlink(-100, text(0)),
        "unlinkat" => Event::Unlink(number(0), text(1)),
        "mkdir" => Event::MakeDirectory(-100, text(0)),
        "mkdirat" => Event::MakeDirectory(number(0), text(1)),
        other => panic!("{other} is not modelled"),
    })
}

fn written(call: &Call<'_>) -> Vec<u8> {
    let mut bytes = bytes(call.arguments[1]);
    bytes.truncate(call.result.unsigned_abs() as usize);
    assert_eq!(bytes.len() as i64, call.result, "strace cut a string off");
    bytes
}

/// `"\x41\x42"`.
fn bytes(text: &str) -> Vec<u8> {
    let text = text.trim_matches('"');
    text.as_bytes()
        .chunks(4)
        .map(|escape| {
            let digits = std::str::from_utf8(&escape[2..]).unwrap();
            u8::from_str_radix(digits, 16).unwrap()
        })
        .collect()
}
