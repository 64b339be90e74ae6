//! The text files of the repository, and which paths exist in it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// Directories that hold what is built or fetched, not what is written.
const NOT_OURS: [&str; 7] = [
    ".git",
    "target",
    "node_modules",
    ".venv",
    "dist",
    "__pycache__",
    // of the dependencies, written into the wheel
    "licences",
];

/// Directories whose files are data of tests or others' work: they exist, and nobody reads them as pages.
const DATA: [&str; 4] = ["fixtures", "seeds", "data", "nhsuk"];

/// Where every file is read as text, dashboards too.
const PACKAGED: &str = "packaging";

/// Endings of the files that are read as text; files without an ending are scripts.
const TEXT: [&str; 9] = [
    "rs", "md", "toml", "py", "sh", "sql", "yml", "service", "js",
];

/// One text file.
#[derive(Debug, Clone)]
pub struct File {
    /// From the top of the repository, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl File {
    /// The line of a byte offset, from 1.
    pub(crate) fn line_of(&self, at: usize) -> usize {
        self.text
            .bytes()
            .take(at)
            .filter(|byte| *byte == b'\n')
            .count()
            + 1
    }

    /// Whether the path ends in a dot and `ending`.
    pub(crate) fn is(&self, ending: &str) -> bool {
        self.path
            .rsplit_once('.')
            .is_some_and(|(_, found)| found == ending)
    }
}

/// What the repository holds.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The text files, in the order of their paths.
    pub files: Vec<File>,
    /// Every file and directory, from the top of the repository.
    paths: BTreeSet<String>,
}

impl Tree {
    /// Reads the tree below `top`.
    ///
    /// # Errors
    /// A directory or text file that cannot be read.
    pub fn read(top: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        tree.enter(top, "")?;
        tree.files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(tree)
    }

    /// A tree of the given files, for tests of the rules.
    #[must_use]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.files.push(File {
                path: (*path).into(),
                text: (*text).into(),
            });
            tree.add(path);
        }
        tree
    }

    /// Whether a file or directory of that path exists.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.paths.contains(path.trim_end_matches('/'))
    }

    /// The text file of that path.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The files but those of these checks, whose examples lead nowhere on purpose.
    pub(crate) fn ours(&self) -> impl Iterator<Item = &File> {
        self.files
            .iter()
            .filter(|file| !file.path.starts_with("tests/tidy/src/"))
    }

    /// The files with that ending.
    pub(crate) fn with(&self, ending: &'static str) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |file| file.is(ending))
    }

    fn add(&mut self, path: &str) {
        let mut up = path;
        self.paths.insert(up.into());
        while let Some((parent, _)) = up.rsplit_once('/') {
            self.paths.insert(parent.into());
            up = parent;
        }
    }

    fn enter(&mut self, directory: &Path, below: &str) -> io::Result<()> {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if below.is_empty() {
                name.clone()
            } else {
                format!("{below}/{name}")
            };
            let kind = entry.file_type()?;
            if kind.is_dir() {
                if !NOT_OURS.contains(&name.as_str()) {
                    self.add(&path);
                    self.enter(&entry.path(), &path)?;
                }
                continue;
            }
            self.add(&path);
            let text = match name.rsplit_once('.') {
                Some((_, ending)) => TEXT.contains(&ending) || below.starts_with(PACKAGED),
                None => true,
            };
            let data = below.split('/').any(|directory| DATA.contains(&directory));
            if kind.is_file()
                && text
                && !data
                && let Ok(text) = String::from_utf8(fs::read(entry.path())?)
            {
                self.files.push(File { path, text });
            }
        }
        Ok(())
    }
}
