//! `restante server --sandbox --strict` as a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

pub struct Sandbox {
    process: Child,
    pub address: SocketAddr,
    _data: tempfile::TempDir,
}

pub fn restante() -> Command {
    Command::new(env!("CARGO_BIN_EXE_restante"))
}

impl Sandbox {
    pub fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut process = restante()
            .args(["server", "--sandbox", "--strict", "--listen", "127.0.0.1:0"])
            .arg("--data")
            .arg(data.path())
            .env("RESTANTE_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("MESH sandbox on http://");
        Self {
            address: address.expect("where it listens").parse().unwrap(),
            process,
            _data: data,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
