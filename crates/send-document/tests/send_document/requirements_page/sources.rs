//! The workspace's tests and rules, found in its source text.

use std::fs;
use std::path::{Path, PathBuf};

pub struct Test {
    pub name: String,
    /// Relative to the workspace.
    pub file: String,
    pub body: String,
}

pub struct Sources {
    pub tests: Vec<Test>,
    /// Every file of the crates with its text, by its path relative to the workspace.
    pub files: Vec<(String, String)>,
}

impl Sources {
    pub fn read(workspace: &Path) -> Self {
        let mut paths = Vec::new();
        for member in fs::read_dir(workspace.join("crates")).unwrap() {
            for folder in ["src", "tests"] {
                collect(&member.as_ref().unwrap().path().join(folder), &mut paths);
            }
        }
        paths.sort();
        let files: Vec<(String, String)> = paths
            .iter()
            .map(|path| {
                let name = path.strip_prefix(workspace).unwrap().to_str().unwrap();
                (name.to_owned(), fs::read_to_string(path).unwrap())
            })
            .collect();
        let tests = files.iter().flat_map(|(file, text)| tests(file, text));
        Self {
            tests: tests.collect(),
            files,
        }
    }

    /// The test of this name, which must exist.
    pub fn test(&self, name: &str) -> &Test {
        let found = self.tests.iter().find(|test| test.name == name);
        found.unwrap_or_else(|| panic!("there is no test {name}"))
    }

    /// The file under `folder` that has this function.
    pub fn file_of(&self, folder: &str, function: &str) -> &str {
        let text = format!("fn {function}(");
        let mut inside = self
            .files
            .iter()
            .filter(|(file, _)| file.starts_with(folder));
        let found = inside.find(|(_, source)| source.contains(&text));
        found.map_or_else(
            || panic!("no function {function}"),
            |(file, _)| file.as_str(),
        )
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The functions below a `#[test]` or `#[tokio::test]`, each up to its closing brace.
fn tests(file: &str, text: &str) -> Vec<Test> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let attribute = line.trim();
        let is_test = attribute == "#[test]" || attribute.starts_with("#[tokio::test");
        let Some(head) = lines.get(number + 1).filter(|_| is_test) else {
            continue;
        };
        let Some((_, rest)) = head.split_once("fn ") else {
            continue;
        };
        let indent = &line[..line.len() - line.trim_start().len()];
        let end = format!("{indent}}}");
        let body = lines[number..].iter().take_while(|line| **line != end);
        found.push(Test {
            name: rest.split('(').next().unwrap().to_owned(),
            file: file.to_owned(),
            body: body.copied().collect::<Vec<_>>().join("\n"),
        });
    }
    found
}

/// The requirements a test's name begins with: `gpcm_sd_050_051_…`, `gpcm_sd_096_and_142_…`.
pub fn named_after(test: &str) -> Vec<String> {
    if test.starts_with("attachment_type_") {
        return vec!["attachment-type".to_owned()];
    }
    let mut words = test.split('_');
    if words.next() != Some("gpcm") {
        return Vec::new();
    }
    let kind = words.next().unwrap_or_default().to_uppercase();
    let is_number = |word: &str| word.len() >= 2 && word.bytes().all(|b| b.is_ascii_digit());
    words
        .take_while(|word| *word == "and" || is_number(word))
        .filter(|word| *word != "and")
        .map(|number| format!("GPCM-{kind}-{number}"))
        .collect()
}
