//! A disk that forgets: files and directories with what is durable and what is only written.
//!
//! A file's bytes are durable once a sync of that file has ended that began after the write. A name
//! is durable once its directory was synced: stricter than ext4 and XFS, and what POSIX promises.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::trace::Event;

/// Writes are torn at these borders.
const SECTOR: usize = 512;
const PAGE: usize = 4096;

#[derive(Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Truncate(u64),
}

#[derive(Clone, Default)]
struct File {
    durable: Vec<u8>,
    live: Vec<u8>,
    pending: Vec<Change>,
    /// So many changes are no longer pending.
    settled: usize,
}

#[derive(Clone, Default)]
struct Directory {
    durable: BTreeMap<String, usize>,
    live: BTreeMap<String, usize>,
    pending: Vec<(String, Option<usize>)>,
    settled: usize,
}

#[derive(Clone)]
enum Node {
    File(File),
    Directory(Directory),
}

#[derive(Clone)]
struct Open {
    node: usize,
    offset: u64,
}

pub struct Disk {
    /// The directory that holds the store's.
    root: PathBuf,
    nodes: Vec<Node>,
    open: HashMap<i64, Open>,
    syncs: HashMap<u64, (usize, usize)>,
}

/// What survives a cut.
#[derive(Debug, Clone, Copy)]
pub enum Survives {
    /// Only what was synced.
    Synced,
    /// All that was written.
    Everything,
    /// What was synced, and by chance sectors, pages, sizes and names of the rest.
    Torn(u64),
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write(at, written) => {
            let at = *at as usize;
            if bytes.len() < at + written.len() {
                bytes.resize(at + written.len(), 0);
            }
            bytes[at..at + written.len()].copy_from_slice(written);
        }
        Change::Truncate(length) => bytes.resize(*length as usize, 0),
    }
}

impl Disk {
    /// The disk as it is: everything there is durable.
    pub fn of(root: &Path) -> Self {
        let mut disk = Self {
            root: root.to_owned(),
            nodes: vec![Node::Directory(Directory::default())],
            open: HashMap::new(),
            syncs: HashMap::new(),
        };
        disk.load(0, root);
        disk
    }

    fn load(&mut self, into: usize, path: &Path) {
        for entry in fs::read_dir(path).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let node = self.nodes.len();
            if entry.path().is_dir() {
                self.nodes.push(Node::Directory(Directory::default()));
                self.load(node, &entry.path());
            } else {
                let bytes = fs::read(entry.path()).unwrap();
                self.nodes.push(Node::File(File {
                    durable: bytes.clone(),
                    live: bytes,
                    ..File::default()
                }));
            }
            let directory = self.directory(into);
            directory.durable.insert(name.clone(), node);
            directory.live.insert(name, node);
        }
    }

    fn directory(&mut self, node: usize) -> &mut Directory {
        match &mut self.nodes[node] {
            Node::Directory(directory) => directory,
            Node::File(_) => panic!("a file in the place of a directory"),
        }
    }

    fn file(&mut self, node: usize) -> &mut File {
        match &mut self.nodes[node] {
            Node::File(file) => file,
            Node::Directory(_) => panic!("a directory in the place of a file"),
        }
    }

    /// The directory a path's last name is in, and that name; `None` outside the root.
    fn place(&mut self, at: i64, path: &str) -> Option<(usize, String)> {
        let (mut node, rest) = match self.open.get(&at) {
            Some(open) if !path.starts_with('/') => (open.node, Path::new(path)),
            _ => (0, Path::new(path).strip_prefix(&self.root).ok()?),
        };
        let name = rest.file_name()?.to_str()?.to_owned();
        for step in rest.parent()?.iter() {
            node = *self.directory(node).live.get(step.to_str()?)?;
        }
        Some((node, name))
    }

    fn set(&mut self, directory: usize, name: String, node: Option<usize>) {
        let directory = self.directory(directory);
        match node {
            Some(node) => drop(directory.live.insert(name.clone(), node)),
            None => drop(directory.live.remove(&name)),
        }
        directory.pending.push((name, node));
    }

    fn change(&mut self, node: usize, change: Change) {
        let file = self.file(node);
        apply(&mut file.live, &change);
        file.pending.push(change);
    }

    /// True for the end of a sync after which the disk remembers more than before.
    pub fn makes_durable(&self, event: &Event) -> bool {
        let Event::SyncEnds(sync) = event else {
            return false;
        };
        let settled = |node: usize| match &self.nodes[node] {
            Node::File(file) => file.settled,
            Node::Directory(directory) => directory.settled,
        };
        self.syncs
            .get(sync)
            .is_some_and(|(node, before)| *before > settled(*node))
    }

    /// What the event does to the disk.
    pub fn follow(&mut self, event: &Event) {
        match event {
            Event::Open {
                at,
                path,
                flags,
                fd,
            } => self.open_file(*at, path, flags, *fd),
            Event::Close(fd) => drop(self.open.remove(fd)),
            Event::Seek(fd, offset) => {
                if let Some(open) = self.open.get_mut(fd) {
                    open.offset = *offset;
                }
            }
            Event::Write(fd, bytes) => {
                if let Some(open) = self.open.get_mut(fd) {
                    let (node, at) = (open.node, open.offset);
                    open.offset += bytes.len() as u64;
                    self.change(node, Change::Write(at, bytes.clone()));
                }
            }
            Event::WriteAt(fd, at, bytes) => {
                if let Some(open) = self.open.get(fd) {
                    self.change(open.node, Change::Write(*at, bytes.clone()));
                }
            }
            Event::Truncate(fd, length) => {
                if let Some(open) = self.open.get(fd) {
                    self.change(open.node, Change::Truncate(*length));
                }
            }
            Event::SyncBegins(fd, sync) => {
                if let Some(open) = self.open.get(fd) {
                    let pending = match &self.nodes[open.node] {
                        Node::File(file) => file.settled + file.pending.len(),
                        Node::Directory(directory) => directory.settled + directory.pending.len(),
                    };
                    self.syncs.insert(*sync, (open.node, pending));
                }
            }
            Event::SyncEnds(sync) => {
                if let Some((node, before)) = self.syncs.remove(sync) {
                    self.sync(node, before);
                }
            }
            Event::Rename(from, to) => self.rename(from, to),
            Event::Unlink(at, path) => {
                if let Some((directory, name)) = self.place(*at, path) {
                    self.set(directory, name, None);
                }
            }
            Event::MakeDirectory(at, path) => {
                if let Some((directory, name)) = self.place(*at, path) {
                    self.nodes.push(Node::Directory(Directory::default()));
                    let node = self.nodes.len() - 1;
                    self.set(directory, name, Some(node));
                }
            }
            Event::Printed(_) => {}
        }
    }

    fn open_file(&mut self, at: i64, path: &str, flags: &str, fd: i64) {
        self.open.remove(&fd);
        let node = if Path::new(path) == self.root {
            0
        } else {
            let Some((directory, name)) = self.place(at, path) else {
                return;
            };
            match self.directory(directory).live.get(&name).copied() {
                Some(node) => node,
                None => {
                    assert!(flags.contains("O_CREAT"), "{path} is not known");
                    self.nodes.push(Node::File(File::default()));
                    let node = self.nodes.len() - 1;
                    self.set(directory, name, Some(node));
                    node
                }
            }
        };
        assert!(!flags.contains("O_APPEND"), "O_APPEND is not modelled");
        if flags.contains("O_TRUNC") {
            self.change(node, Change::Truncate(0));
        }
        self.open.insert(fd, Open { node, offset: 0 });
    }

    fn rename(&mut self, from: &str, to: &str) {
        match (self.place(-100, from), self.place(-100, to)) {
            (Some((from_directory, from)), Some((to_directory, to))) => {
                let node = self.directory(from_directory).live[&from];
                self.set(to_directory, to, Some(node));
                self.set(from_directory, from, None);
            }
            (None, None) => {}
            _ => panic!("a rename into or out of the store's directory"),
        }
    }

    /// All changes before the given one are durable.
    fn sync(&mut self, node: usize, before: usize) {
        match &mut self.nodes[node] {
            Node::File(file) => {
                let covered = before.saturating_sub(file.settled);
                file.settled += covered;
                for change in file.pending.drain(..covered).collect::<Vec<_>>() {
                    apply(&mut file.durable, &change);
                }
            }
            Node::Directory(directory) => {
                let covered = before.saturating_sub(directory.settled);
                directory.settled += covered;
                for (name, node) in directory.pending.drain(..covered).collect::<Vec<_>>() {
                    match node {
                        Some(node) => drop(directory.durable.insert(name, node)),
                        None => drop(directory.durable.remove(&name)),
                    }
                }
            }
        }
    }

    /// Writes what survives a cut at this moment.
    pub fn image(&self, survives: Survives, to: &Path) {
        let seed = match survives {
            Survives::Torn(seed) => seed,
            _ => 0,
        };
        fs::create_dir_all(to).unwrap();
        self.write_directory(0, survives, &mut StdRng::seed_from_u64(seed), to);
    }

    fn write_directory(&self, node: usize, survives: Survives, chance: &mut StdRng, to: &Path) {
        let Node::Directory(directory) = &self.nodes[node] else {
            panic!("a directory");
        };
        for (name, node) in surviving_names(directory, survives, chance) {
            let to = to.join(name);
            match &self.nodes[node] {
                Node::Directory(_) => {
                    fs::create_dir(&to).unwrap();
                    self.write_directory(node, survives, chance, &to);
                }
                Node::File(file) => {
                    fs::write(&to, surviving_bytes(file, survives, chance)).unwrap();
                }
            }
        }
    }
}

fn surviving_names(
    directory: &Directory,
    survives: Survives,
    chance: &mut StdRng,
) -> BTreeMap<String, usize> {
    match survives {
        Survives::Synced => directory.durable.clone(),
        Survives::Everything => directory.live.clone(),
        // a journalling file system keeps the order of names
        Survives::Torn(_) => {
            let kept = chance.random_range(0..=directory.pending.len());
            let mut names = directory.durable.clone();
            for (name, node) in &directory.pending[..kept] {
                match node {
                    Some(node) => drop(names.insert(name.clone(), *node)),
                    None => drop(names.remove(name)),
                }
            }
            names
        }
    }
}

fn surviving_bytes(file: &File, survives: Survives, chance: &mut StdRng) -> Vec<u8> {
    match survives {
        Survives::Synced => file.durable.clone(),
        Survives::Everything => file.live.clone(),
        Survives::Torn(_) => {
            let mut bytes = file.durable.clone();
            let grain = if chance.random_bool(0.5) {
                SECTOR
            } else {
                PAGE
            };
            let likely = [0.1, 0.5, 0.9][chance.random_range(0..3)];
            for change in &file.pending {
                match change {
                    Change::Truncate(_) if !chance.random_bool(likely) => {}
                    Change::Truncate(_) => apply(&mut bytes, change),
                    Change::Write(at, written) => {
                        tear(&mut bytes, *at as usize, written, grain, likely, chance);
                    }
                }
            }
            bytes
        }
    }
}

/// Keeps some of the blocks of a write. A block lost beyond the end reads as zeros when a later
/// one survives.
fn tear(
    bytes: &mut Vec<u8>,
    at: usize,
    written: &[u8],
    grain: usize,
    likely: f64,
    chance: &mut StdRng,
) {
    let mut start = 0;
    while start < written.len() {
        let end = ((at + start) / grain * grain + grain - at).min(written.len());
        if chance.random_bool(likely) {
            let piece = Change::Write((at + start) as u64, written[start..end].to_vec());
            apply(bytes, &piece);
        }
        start = end;
    }
}
