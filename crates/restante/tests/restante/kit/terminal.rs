//! A terminal of its own for a command, read and typed at from the other side: `script` keeps it, `stty` tells
//! whether what is typed is shown.

use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use super::process::restante;

/// The other side of a terminal that a command runs at.
pub struct Terminal {
    child: Child,
    shown: String,
    /// The terminal's name.
    name: String,
}

impl Terminal {
    /// Runs `restante` with these arguments, none of which may need quoting, at a terminal.
    pub fn run(arguments: &[&str]) -> Self {
        let program = restante().get_program().to_str().unwrap().to_owned();
        let command = format!("tty; exec {program} {}", arguments.join(" "));
        let child = Command::new("script")
            .args(["--quiet", "--return", "--echo", "always", "--command"])
            .args([&command, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut terminal = Self {
            child,
            shown: String::new(),
            name: String::new(),
        };
        terminal.read_until("\n");
        terminal.name = terminal.shown.lines().next().unwrap().to_owned();
        terminal
    }

    fn read_until(&mut self, awaited: &str) {
        let screen = self.child.stdout.as_mut().unwrap();
        let mut piece = [0; 256];
        while !self.shown.contains(awaited) {
            let length = screen.read(&mut piece).unwrap();
            assert!(length > 0, "no {awaited}: {}", self.shown);
            self.shown += &String::from_utf8_lossy(&piece[..length]);
        }
    }

    fn shows_what_is_typed(&self) -> bool {
        let output = Command::new("stty").args(["-a", "-F", &self.name]).output();
        let settings = String::from_utf8(output.unwrap().stdout).unwrap();
        settings.split_whitespace().any(|setting| setting == "echo")
    }

    /// Waits until the screen shows this, and nothing typed is shown any more.
    pub fn wait_for_prompt(&mut self, prompt: &str) {
        self.read_until(prompt);
        while self.shows_what_is_typed() {
            thread::yield_now();
        }
    }

    /// Types a line.
    pub fn enter(&mut self, line: &str) {
        self.shown.clear();
        write!(self.child.stdin.as_mut().unwrap(), "{line}\r").unwrap();
    }

    /// How the command ended, and what the screen showed since the last line typed.
    pub fn end(mut self) -> (ExitStatus, String) {
        let screen = self.child.stdout.as_mut().unwrap();
        screen.read_to_string(&mut self.shown).unwrap();
        (self.child.wait().unwrap(), self.shown)
    }
}
