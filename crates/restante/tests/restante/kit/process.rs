//! The binary, and a service of it as a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

/// The binary under test. How full the disk is does not matter to its servers.
pub fn restante() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_restante"));
    command.env("RESTANTE_SERVER__EXCHANGE__RESERVE_BYTES", "0");
    command
}

/// A service that is killed at the end of its test, as a power cut would: no warning, no clean stop.
pub struct Service {
    process: Child,
    /// Kept open, for what the service says later.
    out: BufReader<ChildStdout>,
    /// Where it listens, such as `http://127.0.0.1:8700`.
    pub url: String,
}

impl Service {
    /// Starts it and waits for the line that says where it listens.
    pub fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let url = read_url(&mut out);
        Self { process, out, url }
    }

    /// Where the next thing it says it serves is.
    pub fn next_url(&mut self) -> String {
        read_url(&mut self.out)
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        let (_, after) = self.url.split_once("//").unwrap();
        after.split('/').next().unwrap()
    }

    /// Sends a signal by its name, such as `-TERM`.
    pub fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        let sent = Command::new("kill").args([name, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// The process, to wait for its end.
    pub fn process(&mut self) -> &mut Child {
        &mut self.process
    }
}

/// The URL in the next line of a service.
fn read_url(out: &mut impl BufRead) -> String {
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let start = line.find("http").expect(&line);
    let is_url = |c: &char| c.is_ascii_alphanumeric() || ":/.-".contains(*c);
    let url: String = line[start..].chars().take_while(is_url).collect();
    url.trim_end_matches("/metrics")
        .trim_end_matches('/')
        .to_owned()
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
