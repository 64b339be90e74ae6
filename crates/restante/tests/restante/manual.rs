//! Manual pages and completions say what the command line has, and docs/reference/commands.md names every command.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::kit::restante;

const PAGE: &str = include_str!("../../../../docs/reference/commands.md");

/// The manual pages, by their names without `.1`.
fn pages() -> (tempfile::TempDir, BTreeSet<String>) {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("man1");
    let made = restante()
        .args(["manual", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let entries = fs::read_dir(&out).unwrap();
    let names: BTreeSet<String> = entries
        .map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".1").expect(&name).to_owned()
        })
        .collect();
    let said = String::from_utf8(made.stdout).unwrap();
    assert!(
        said.starts_with(&format!("{} pages in ", names.len())),
        "{said}"
    );
    (directory, names)
}

/// The section of docs/reference/commands.md whose heading names a command.
fn section(command: &str) -> &'static str {
    let of_it = |section: &&str| {
        let heading = section.lines().next().unwrap_or_default();
        heading.split(", ").any(|word| word.trim() == command)
    };
    PAGE.split("\n## ")
        .find(of_it)
        .unwrap_or_else(|| panic!("no section for {command}"))
}

#[test]
fn every_command_has_a_manual_page_and_is_named_in_the_documentation() {
    let (directory, names) = pages();
    for expected in [
        "restante",
        "restante-mailbox-add",
        "restante-pds-serve",
        "restante-token-explain",
    ] {
        assert!(names.contains(expected), "{names:?}");
    }
    let page = fs::read_to_string(directory.path().join("man1/restante-mailbox-add.1")).unwrap();
    for word in ["password\\-stdin", "such as A81001OT001", "server.toml"] {
        assert!(page.contains(word), "{page}");
    }
    let commands: BTreeSet<&str> = names
        .iter()
        .filter_map(|name| name.strip_prefix("restante-"))
        .collect();
    let top = |name: &str| {
        let parents = commands
            .iter()
            .filter(|other| name.starts_with(&format!("{other}-")));
        parents
            .min_by_key(|other| other.len())
            .map(|it| (*it).to_owned())
    };
    for name in &commands {
        let (command, verb) = match top(name) {
            None => ((*name).to_owned(), String::new()),
            Some(command) => {
                let verb = name[command.len() + 1..].to_owned();
                (command, verb)
            }
        };
        assert!(
            section(&command).contains(&verb),
            "{command} {verb} is not in docs/reference/commands.md"
        );
    }
}

#[test]
fn completions_are_made_for_each_shell_and_bash_completes_by_them() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let made = restante().args(["completions", shell]).output().unwrap();
        assert!(made.status.success() && made.stderr.is_empty(), "{made:?}");
        assert!(String::from_utf8(made.stdout).unwrap().contains("restante"));
    }
    let script = format!(
        "source <({program} completions bash); COMP_WORDS=(restante mail); COMP_CWORD=1; \
         _restante restante mail restante; echo \"${{COMPREPLY[@]}}\"",
        program = restante().get_program().to_str().unwrap()
    );
    let completed = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&completed.stdout).trim(),
        "mailbox",
        "{completed:?}"
    );
}
