//! Passwords typed at a terminal: asked for twice, never shown.

use crate::kit::{Terminal, new_exchange, restante};

#[test]
fn a_password_is_asked_for_twice_at_a_terminal_and_never_shown() {
    let directory = tempfile::tempdir().unwrap();
    let data = new_exchange(directory.path());
    let data = data.to_str().unwrap();
    let add = [
        "mailbox",
        "add",
        "A81001OT001",
        "--ods",
        "A81001",
        "--data",
        data,
    ];

    let mut terminal = Terminal::run(&add);
    terminal.wait_for_prompt("New password for mailbox A81001OT001: ");
    terminal.enter("a secret typed");
    terminal.wait_for_prompt("The same again: ");
    terminal.enter("another secret");
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(1), "{shown}");
    assert!(
        shown.contains("are not the same; nothing was changed"),
        "{shown}"
    );
    assert!(!shown.contains("secret"), "{shown}");

    let mut terminal = Terminal::run(&add);
    terminal.wait_for_prompt("New password for mailbox A81001OT001: ");
    terminal.enter("a secret typed");
    terminal.wait_for_prompt("The same again: ");
    terminal.enter("a secret typed");
    let (status, shown) = terminal.end();
    assert!(status.success(), "{shown}");
    assert!(shown.contains("mailbox A81001OT001 added"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn without_a_terminal_and_without_password_stdin_the_command_says_what_to_give() {
    let directory = tempfile::tempdir().unwrap();
    let data = new_exchange(directory.path());
    for command in [
        &["mailbox", "add", "A81001OT001", "--ods", "A81001"][..],
        &["user", "add", "jo", "--role", "observer"],
    ] {
        let output = restante()
            .args(command)
            .arg("--data")
            .arg(&data)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("give --password-stdin"), "{told}");
    }
}
