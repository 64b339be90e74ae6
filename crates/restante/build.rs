//! Puts into the binary what this version brings: the files of `changes/unreleased`, or the version's part of
//! `CHANGELOG.md` where they were moved there.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let (unreleased, changelog) = (root.join("changes/unreleased"), root.join("CHANGELOG.md"));
    println!("cargo::rerun-if-changed={}", unreleased.display());
    println!("cargo::rerun-if-changed={}", changelog.display());
    let mut notes = of_files(&unreleased)?;
    if notes.is_empty() {
        let text = fs::read_to_string(&changelog).unwrap_or_default();
        notes = of_changelog(&text, &env::var("CARGO_PKG_VERSION")?);
    }
    let mut code = String::from("&[\n");
    for (kind, text) in notes {
        writeln!(
            code,
            "    pages::ReleaseNote {{ kind: {kind:?}, text: {text:?} }},"
        )?;
    }
    code.push_str("]\n");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("release_notes.rs"), code)?;
    Ok(())
}

/// `kind: Added`, an empty line, the text.
fn of_files(directory: &Path) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Ok(Vec::new());
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "md"));
    paths.sort();
    let mut notes = Vec::new();
    for path in paths {
        let text = fs::read_to_string(path)?;
        if let Some((kind, text)) = text
            .strip_prefix("kind: ")
            .and_then(|rest| rest.split_once('\n'))
        {
            notes.push((kind.trim().to_owned(), text.trim().to_owned()));
        }
    }
    Ok(notes)
}

/// The part of a version, each `### Kind` of it a note; what stands before the first is `Changed`.
fn of_changelog(text: &str, version: &str) -> Vec<(String, String)> {
    let begin = format!("## {version} ");
    let part = text
        .split("\n## ")
        .find(|part| format!("## {part}").starts_with(&begin));
    let Some((_, part)) = part.and_then(|part| part.split_once('\n')) else {
        return Vec::new();
    };
    let mut notes = Vec::new();
    for (index, section) in part.split("\n### ").enumerate() {
        let (kind, text) = match index {
            0 => ("Changed", section),
            _ => section.split_once('\n').unwrap_or((section, "")),
        };
        if !text.trim().is_empty() {
            notes.push((kind.trim().to_owned(), text.trim().to_owned()));
        }
    }
    notes
}
