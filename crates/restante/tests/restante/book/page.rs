//! A page of `docs/start` or `docs/how-to` as steps that can be done: files to be written, commands to be run.
//!
//! What a fence begins with says what its block is:
//!
//! | fence | the block |
//! |---|---|
//! | `toml FILE`, `json FILE`, `sh FILE.sh`, … | is written to that file |
//! | `sh` | is run by `sh -eu` and succeeds |
//! | `sh fails` | ends with exit code 1 |
//! | `sh service` | goes on, until the page stops it or ends |
//! | `sh until` | is run again until it succeeds |
//! | `sh not-run: REASON` | is not run |
//! | `text` after a `sh` | was printed by it, line by line; `…` stands for anything |
//!
//! Two remarks that readers do not see belong to it: `<!-- stop COMMAND -->` stops the service that begins so, as Ctrl-C
//! does, and `<!-- file NAME of PAGE -->` writes a file that another page has.

use std::fs;
use std::path::{Path, PathBuf};

/// How a block of commands is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// To its end, which is this exit code.
    Once(i32),
    /// As a process that goes on.
    Service,
    /// Again and again, until it succeeds.
    Until,
    /// Not at all, for a reason.
    NotRun(String),
}

/// What a reader does, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Writes a file.
    File(String, String),
    /// Gives commands.
    Commands(How, String),
    /// Sees what the last commands printed.
    Sees(String),
    /// Stops the service whose command begins so.
    Stop(String),
    /// Comes to a heading of the second level.
    Section(String),
}

/// The top of the repository.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The steps of a page, named from the top.
pub fn steps(name: &str) -> Vec<Step> {
    let path = workspace().join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    read(&text, path.parent().unwrap())
}

fn read(text: &str, beside: &Path) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            steps.push(Step::Section(heading.to_owned()));
        } else if let Some(remark) = remark(line) {
            steps.extend(of_remark(remark, beside));
        } else if let Some(fence) = line.trim_start().strip_prefix("```") {
            let indent = line.len() - line.trim_start().len();
            let block = lines.by_ref().take_while(|line| line.trim() != "```");
            let block = block.map(|line| line.get(indent..).unwrap_or_default());
            let block = block.fold(String::new(), |all, line| all + line + "\n");
            steps.extend(of_block(fence.trim(), block));
        }
    }
    steps
}

fn remark(line: &str) -> Option<&str> {
    line.trim().strip_prefix("<!-- ")?.strip_suffix(" -->")
}

fn of_remark(remark: &str, beside: &Path) -> Option<Step> {
    let (word, rest) = remark.split_once(' ')?;
    match word {
        "stop" => Some(Step::Stop(rest.to_owned())),
        "file" => {
            let (name, page) = rest.split_once(" of ").expect(remark);
            let text = fs::read_to_string(beside.join(page)).expect(page);
            let found = read(&text, beside)
                .into_iter()
                .find(|step| matches!(step, Step::File(written, _) if written == name));
            Some(found.unwrap_or_else(|| panic!("{page} has no file {name}")))
        }
        _ => panic!("a remark that is not known: {remark}"),
    }
}

fn of_block(fence: &str, block: String) -> Option<Step> {
    let (kind, rest) = fence.split_once(' ').unwrap_or((fence, ""));
    let how = match (kind, rest) {
        ("sh", "") => How::Once(0),
        ("sh", "fails") => How::Once(1),
        ("sh", "service") => How::Service,
        ("sh", "until") => How::Until,
        ("sh", file) if file.ends_with(".sh") => {
            return Some(Step::File(file.to_owned(), block));
        }
        ("sh", other) => {
            let reason = other.strip_prefix("not-run: ").expect(fence);
            How::NotRun(reason.to_owned())
        }
        ("text", "") => return Some(Step::Sees(block)),
        (_, "") => return None,
        (_, name) => return Some(Step::File(name.to_owned(), block)),
    };
    Some(Step::Commands(how, block))
}

#[test]
fn a_page_is_read_as_steps() {
    let page = "# A\n## B\n```toml a.toml\nb = 1\n```\n\n1. Do:\n\n   ```sh\n   echo a\n     b\n   ```\n\n   ```text\n   a…\n   \
                ```\n\n<!-- stop restante server -->\n```sh not-run: as root\nrm\n```\n```mermaid\nx\n```\n";
    let steps = read(page, Path::new("."));
    assert_eq!(
        steps,
        [
            Step::Section("B".to_owned()),
            Step::File("a.toml".to_owned(), "b = 1\n".to_owned()),
            Step::Commands(How::Once(0), "echo a\n  b\n".to_owned()),
            Step::Sees("a…\n".to_owned()),
            Step::Stop("restante server".to_owned()),
            Step::Commands(How::NotRun("as root".to_owned()), "rm\n".to_owned()),
        ]
    );
}
