//! Checks of the source tree as text: every source file says what it is, none grows too long, and every reference from
//! one file to another leads somewhere. The rules are functions here; `tests/tree.rs` applies them to this repository.

mod book;
mod changes;
mod decisions;
mod heads;
mod links;
mod metrics;
mod named_tests;
mod paths;
mod references;
mod rooms;
mod tables;
mod tree;

pub use book::book;
pub use changes::changes;
pub use decisions::decisions;
pub use heads::{MAX_LINES, heads, lengths};
pub use links::links;
pub use metrics::metrics;
pub use named_tests::named_tests;
pub use paths::paths;
pub use references::references;
pub use rooms::rooms;
pub use tables::tables;
pub use tree::{File, Tree};

/// Something a person has to put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, from the top of the repository.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub what: String,
}

impl Finding {
    fn new(file: &File, at: usize, what: impl Into<String>) -> Self {
        Self {
            file: file.path.clone(),
            line: file.line_of(at),
            what: what.into(),
        }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}: {}", self.file, self.line, self.what)
    }
}
