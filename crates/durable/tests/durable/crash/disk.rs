//! A disk that forgets: contents count once their file was synced, names once their directory was.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use super::Files;
use super::trace::Event;

/// What a power cut leaves of what was not synced.
#[derive(Debug, Clone, Copy)]
pub enum Survives {
    /// Nothing.
    Synced,
    /// All of it.
    Everything,
    /// Each file's names and each file's contents by the toss of a coin, with this seed. The two names
    /// of a rename go together: file systems journal it as one change.
    Mixture(u64),
}

#[derive(Clone)]
enum Node {
    File {
        now: Vec<u8>,
        synced: Vec<u8>,
    },
    Directory {
        now: BTreeMap<String, usize>,
        synced: BTreeMap<String, usize>,
    },
}

impl Node {
    fn sync(&mut self) {
        match self {
            Self::File { now, synced } => synced.clone_from(now),
            Self::Directory { now, synced } => synced.clone_from(now),
        }
    }
}

pub struct Disk {
    /// The watched directory is the first.
    nodes: Vec<Node>,
    open: HashMap<i64, usize>,
}

fn directory() -> Node {
    Node::Directory {
        now: BTreeMap::new(),
        synced: BTreeMap::new(),
    }
}

impl Disk {
    /// An empty directory.
    pub fn new(root: &Path) -> Self {
        assert!(root.is_dir());
        Self {
            nodes: vec![directory()],
            open: HashMap::new(),
        }
    }

    pub fn follow(&mut self, event: &Event) {
        match event {
            Event::Open {
                path,
                fd,
                creates,
                truncates,
            } => {
                let node = match self.find(path) {
                    Some(node) => node,
                    None => {
                        assert!(creates, "{path}");
                        let file = Node::File {
                            now: Vec::new(),
                            synced: Vec::new(),
                        };
                        self.add(path, file)
                    }
                };
                if let (true, Node::File { now, .. }) = (truncates, &mut self.nodes[node]) {
                    now.clear();
                }
                self.open.insert(*fd, node);
            }
            Event::Close(fd) => {
                self.open.remove(fd);
            }
            Event::Write(fd, bytes) => {
                // standard output and the like are of no interest
                if let Some(Node::File { now, .. }) =
                    self.open.get(fd).and_then(|node| self.nodes.get_mut(*node))
                {
                    now.extend(bytes);
                }
            }
            Event::Sync(fd) => self.nodes[self.open[fd]].sync(),
            Event::SyncAll => self.nodes.iter_mut().for_each(Node::sync),
            Event::Rename(from, to) => {
                let node = self.take(from);
                self.put(to, node);
            }
            Event::Link(from, to) => {
                let node = self.find(from).unwrap();
                self.put(to, node);
            }
            Event::Unlink(path) => {
                self.take(path);
            }
            Event::MakeDirectory(path) => {
                self.add(path, directory());
            }
            Event::Marker(_) => {}
        }
    }

    fn add(&mut self, path: &str, node: Node) -> usize {
        self.nodes.push(node);
        let number = self.nodes.len() - 1;
        self.put(path, number);
        number
    }

    fn find(&self, path: &str) -> Option<usize> {
        let names = path.split('/').filter(|name| !name.is_empty());
        names
            .into_iter()
            .try_fold(0, |node, name| match &self.nodes[node] {
                Node::Directory { now, .. } => now.get(name).copied(),
                Node::File { .. } => None,
            })
    }

    fn names_beside<'a>(&mut self, path: &'a str) -> (&mut BTreeMap<String, usize>, &'a str) {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let parent = self.find(parent).unwrap();
        match &mut self.nodes[parent] {
            Node::Directory { now, .. } => (now, name),
            Node::File { .. } => panic!("{path} is in a file"),
        }
    }

    fn put(&mut self, path: &str, node: usize) {
        let (names, name) = self.names_beside(path);
        names.insert(name.to_owned(), node);
    }

    fn take(&mut self, path: &str) -> usize {
        let (names, name) = self.names_beside(path);
        names.remove(name).unwrap()
    }

    /// The files after a power cut now.
    pub fn image(&self, survives: Survives) -> Files {
        let mut files = Files::new();
        self.collect(0, "", &Coin::new(survives), &mut files);
        files
    }

    fn collect(&self, node: usize, path: &str, coin: &Coin, files: &mut Files) {
        match &self.nodes[node] {
            Node::File { now, synced } => {
                let contents = if coin.keeps(node, "contents") {
                    now
                } else {
                    synced
                };
                files.insert(path.to_owned(), contents.clone());
            }
            Node::Directory { now, synced } => {
                let names: BTreeSet<_> = now.keys().chain(synced.keys()).collect();
                for name in names {
                    let changed = now.get(name).or(synced.get(name)).copied();
                    let keeps = coin.keeps(changed.unwrap_or_default(), "names");
                    let left = if keeps { now } else { synced };
                    let Some(below) = left.get(name) else {
                        continue;
                    };
                    let path = if path.is_empty() {
                        name.clone()
                    } else {
                        format!("{path}/{name}")
                    };
                    self.collect(*below, &path, coin, files);
                }
            }
        }
    }
}

struct Coin(Survives);

impl Coin {
    fn new(survives: Survives) -> Self {
        Self(survives)
    }

    /// Whether the newer state of a file's names, or of its contents, reached the disk.
    fn keeps(&self, node: usize, what: &str) -> bool {
        use std::hash::{DefaultHasher, Hash, Hasher};
        match self.0 {
            Survives::Synced => false,
            Survives::Everything => true,
            Survives::Mixture(seed) => {
                let mut hasher = DefaultHasher::new();
                (seed, node, what).hash(&mut hasher);
                hasher.finish().is_multiple_of(2)
            }
        }
    }
}
