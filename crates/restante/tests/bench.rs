//! `restante bench` against `restante server --sandbox`: every profile does its work and says so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_restante"))
            .args(["server", "--sandbox", "--strict", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let url = line.strip_prefix("MESH sandbox on ").expect(&line);
        Self {
            url: url.trim().to_owned(),
            process,
        }
    }

    /// What bench reports, with the given arguments.
    fn bench(&self, arguments: &[&str]) -> serde_json::Value {
        let output = Command::new(env!("CARGO_BIN_EXE_restante"))
            .args(["bench", "--format", "json", "--seconds", "1", "--url"])
            .arg(&self.url)
            .args(arguments)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let process = self.process.id().to_string();
        // asked to stop, it takes its temporary directory away
        Command::new("kill").arg(&process).status().unwrap();
        self.process.wait().unwrap();
    }
}

fn row<'a>(report: &'a serde_json::Value, request: &str) -> &'a serde_json::Value {
    let rows = report["requests"].as_array().unwrap();
    let row = rows.iter().find(|row| row["request"] == request);
    row.unwrap_or_else(|| panic!("no {request} in {report}"))
}

/// How many went well, when all did.
fn count(report: &serde_json::Value, request: &str) -> u64 {
    let row = row(report, request);
    assert_eq!(row["failed"], 0, "{report}");
    row["count"].as_u64().unwrap()
}

#[test]
fn each_profile_works() {
    let server = Server::start();
    let sent = count(&server.bench(&["--profile", "send"]), "send");
    assert!(sent > 0);

    let listing = ["--profile", "list", "--connections", "2"];
    let lists = server.bench(&listing);
    assert!(count(&lists, "list") > 0);
    assert!(row(&lists, "list")["p99_ms"].as_f64().unwrap() > 0.0);

    let large = ["--profile", "large", "--connections", "1"];
    let size = ["--large-size", "2500001", "--chunk-size", "1000000"];
    let report = server.bench(&[large, size].concat());
    for (request, expected) in [
        ("upload", 1),
        ("chunk up", 3),
        ("download", 1),
        ("chunk down", 3),
    ] {
        assert_eq!(count(&report, request), expected, "{request}");
        let rate = row(&report, request)["megabytes_per_second"].as_f64();
        assert!(rate.unwrap() > 0.0, "{report}");
    }

    let collecting = ["--profile", "collect", "--connections", "1"];
    let collected = count(&server.bench(&collecting), "acknowledge");
    assert!(collected > 0);
}
