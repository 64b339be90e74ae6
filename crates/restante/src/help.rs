//! The overview of commands, by what they are for.

use std::fmt::Write as _;

use clap::Command;

/// What commands are for, and which they are. One that is named nowhere is listed under "Others".
const GROUPS: [(&str, &[&str]); 5] = [
    ("Try it, set it up", &["demo", "rehearse", "init", "join"]),
    ("Run", &["server", "client", "practice", "service", "pds"]),
    (
        "Operate",
        &[
            "mailbox",
            "workflow",
            "registry",
            "certificate",
            "key",
            "user",
            "audit",
            "backup",
            "restore",
            "quarantine",
        ],
    ),
    (
        "Look into",
        &[
            "doctor",
            "health",
            "alert",
            "message",
            "control-file",
            "token",
            "reconcile",
        ],
    ),
    ("Measure, package", &["bench", "manual", "completions"]),
];

/// The command with an overview in groups.
pub fn grouped(command: Command) -> Command {
    let overview = overview(&command);
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n{overview}\nOptions:\n{{options}}{{after-help}}"
    ))
}

fn overview(command: &Command) -> String {
    let all: Vec<&Command> = command
        .get_subcommands()
        .filter(|it| !it.is_hide_set())
        .collect();
    let named = |name: &str| all.iter().copied().find(|it| it.get_name() == name);
    let is_in_a_group = |it: &&Command| {
        let mut groups = GROUPS.iter();
        groups.any(|(_, names)| names.contains(&it.get_name()))
    };
    let others: Vec<&Command> = all
        .iter()
        .copied()
        .filter(|it| !is_in_a_group(it))
        .collect();
    let groups = GROUPS.iter().map(|(title, names)| {
        let commands = names.iter().filter_map(|name| named(name));
        (*title, commands.collect::<Vec<_>>())
    });
    let mut text = String::new();
    for (title, commands) in groups.chain([("Others", others)]) {
        if commands.is_empty() {
            continue;
        }
        // Writing into a text cannot fail.
        _ = writeln!(text, "\n{title}:");
        for command in commands {
            let about = command.get_about().map(ToString::to_string);
            _ = writeln!(
                text,
                "  {:<13} {}",
                command.get_name(),
                about.unwrap_or_default()
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory;

    #[test]
    fn every_command_is_in_the_overview_once() {
        let command = grouped(Cli::command());
        let help = command.clone().render_help().to_string();
        for name in command.get_subcommands().map(Command::get_name) {
            let lines = help
                .lines()
                .filter(|line| line.split_whitespace().next() == Some(name));
            assert_eq!(lines.count(), 1, "{name}: {help}");
        }
        for (title, names) in GROUPS {
            for name in names {
                assert!(command.find_subcommand(name).is_some(), "{title}: {name}");
            }
        }
        assert!(help.contains("Exit codes: 0 done"), "{help}");
    }

    #[test]
    fn every_argument_says_what_it_is() {
        fn look(command: &Command, way: &str) {
            for argument in command.get_arguments() {
                let id = argument.get_id();
                assert!(argument.get_help().is_some(), "{way}: {id} has no help");
            }
            for inner in command.get_subcommands() {
                look(inner, &format!("{way} {}", inner.get_name()));
            }
        }
        look(&Cli::command(), "restante");
    }
}
