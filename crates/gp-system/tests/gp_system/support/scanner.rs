//! Malware scanners: Debian's own clamd with a signature of one test pattern, and stand-ins that answer
//! as they are told.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use gp_system::{Scan, ScannedBy, ScannerAddress};
use test_kit::{Needs, skip};

/// What the signature finds.
pub const PATTERN: &str = "RESTANTE-MALWARE-TEST-PATTERN";

/// A running clamd.
pub struct Clamd {
    child: Child,
    directory: tempfile::TempDir,
    pub port: u16,
}

impl Clamd {
    /// Starts clamd, which takes attachments of a megabyte; none, after saying so, where it is not
    /// installed.
    pub fn start() -> Option<Self> {
        let Some(program) = program() else {
            skip(
                Needs::Tools,
                "clamd is not installed (apt-get install clamav-daemon)",
            );
            return None;
        };
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("database");
        fs::create_dir(&database).unwrap();
        let pattern: String = PATTERN.bytes().map(|byte| format!("{byte:02x}")).collect();
        let signature = format!("Restante.Test.Pattern:0:*:{pattern}\n");
        fs::write(database.join("test.ndb"), signature).unwrap();
        let port = free_port();
        let settings = format!(
            "DatabaseDirectory {}\nLocalSocket {}\nTCPSocket {port}\nTCPAddr 127.0.0.1\n\
             Foreground yes\nStreamMaxLength 1M\n",
            database.display(),
            directory.path().join("socket").display(),
        );
        let file = directory.path().join("clamd.conf");
        fs::write(&file, settings).unwrap();
        let mut child = Command::new(program)
            .arg("-c")
            .arg(&file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.any(|line| line.unwrap().starts_with("Self checking"));
        assert!(ready, "clamd ended before it was ready");
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self {
            child,
            directory,
            port,
        })
    }

    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/usr/local/sbin".into()])
        .map(|directory| directory.join("clamd"))
        .find(|file| file.is_file())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Scanning by the clamd of this socket.
pub fn by_socket(path: &Path) -> Scan {
    Scan::new(ScannedBy::Clamd(ScannerAddress::Unix(path.to_owned())))
}

/// Scanning by a shell's command.
pub fn by_shell(script: &str) -> Scan {
    let words = ["sh", "-c", script].map(str::to_owned).to_vec();
    Scan::new(ScannedBy::Command(words))
}

/// The same, waited for a second only: for scanners that never answer. One that does may take longer on a
/// busy machine.
pub fn impatient(scan: Scan) -> Scan {
    Scan {
        timeout_seconds: 1,
        ..scan
    }
}

/// A clamd that gives one answer to everything, or takes everything and never answers. It goes on
/// until the test's process ends.
pub fn stand_in(path: &Path, answer: Option<&'static str>) {
    let listener = UnixListener::bind(path).unwrap();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut command = [0; 10];
            stream.read_exact(&mut command).unwrap();
            assert_eq!(&command, b"zINSTREAM\0");
            loop {
                let mut length = [0; 4];
                stream.read_exact(&mut length).unwrap();
                let length = u64::from(u32::from_be_bytes(length));
                if length == 0 {
                    break;
                }
                std::io::copy(&mut (&mut stream).take(length), &mut std::io::sink()).unwrap();
            }
            match answer {
                Some(answer) => stream.write_all(answer.as_bytes()).unwrap(),
                None => held.push(stream),
            }
        }
    });
}
