//! Somebody who follows a page in an empty directory, with the program on the path.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::page::{How, Step};
use crate::kit::free_port;

/// Ports that pages name. Tests run beside one another, so that each stands for a free one.
const PORTS: [&str; 8] = [
    "8700", "8701", "8710", "8780", "8781", "8080", "8081", "8082",
];
/// How long a page may wait for something.
const PATIENCE: Duration = Duration::from_secs(120);

/// What was done in a section of a page, for the walks.
#[derive(Default)]
pub struct Section {
    pub heading: String,
    /// Commands given, services included and what is tried again counted once.
    pub commands: usize,
    /// Files written by hand.
    pub files: usize,
    /// How long its commands took.
    pub took: Duration,
}

pub struct Reader {
    home: tempfile::TempDir,
    /// What stands for what in the page's blocks.
    instead: BTreeMap<String, String>,
    /// Whether clients look for mail every second, and not as seldom as their settings say.
    is_hurried: bool,
    services: Vec<(String, Child)>,
    printed: String,
    pub sections: Vec<Section>,
}

impl Reader {
    pub fn new() -> Self {
        let ports = PORTS.map(|port| (port.to_owned(), free_port().to_string()));
        Self {
            home: tempfile::tempdir().unwrap(),
            instead: ports.into(),
            is_hurried: false,
            services: Vec::new(),
            printed: String::new(),
            sections: vec![Section::default()],
        }
    }

    /// One whose clients look for mail every second.
    pub fn in_a_hurry() -> Self {
        let mut reader = Self::new();
        reader.is_hurried = true;
        reader
    }

    /// Lets a text of the page stand for something that this machine has.
    pub fn put(&mut self, text: &str, instead: String) {
        self.instead.insert(text.to_owned(), instead);
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn follow(&mut self, steps: &[Step]) {
        for step in steps {
            let began = Instant::now();
            match step {
                Step::Section(heading) => self.sections.push(Section {
                    heading: heading.clone(),
                    ..Section::default()
                }),
                Step::File(name, text) => {
                    self.section().files += 1;
                    let path = self.home().join(name);
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(path, self.local(text)).unwrap();
                }
                Step::Commands(How::Once(code), text) => self.run(*code, text),
                Step::Commands(How::Service, text) => self.serve(text),
                Step::Commands(How::Until, text) => self.run_until(text),
                Step::Commands(How::NotRun(_), _) => {}
                Step::Sees(text) => self.sees(text),
                Step::Stop(command) => self.stop(command),
            }
            self.section().took += began.elapsed();
        }
    }

    fn section(&mut self) -> &mut Section {
        self.sections.last_mut().unwrap()
    }

    fn local(&self, text: &str) -> String {
        replaced(text, &self.instead)
    }

    fn shell(&self, text: &str) -> Command {
        let program = Path::new(env!("CARGO_BIN_EXE_restante")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("sh");
        command
            .args(["-eu", "-c", &self.local(text)])
            .current_dir(self.home())
            .env("PATH", path)
            // How full the disk is, and where pages that nobody names listen, is not the page's concern.
            .env("RESTANTE_SERVER__EXCHANGE__RESERVE_BYTES", "0")
            .env("RESTANTE_SERVER__CONSOLE__LISTEN", "127.0.0.1:0")
            .env("RESTANTE_LOG", "error")
            .stdin(Stdio::null());
        if self.is_hurried {
            command.env("RESTANTE_CLIENT__OPTIONS__POLL_SECONDS", "1");
        }
        command
    }

    fn output(&mut self, text: &str) -> Output {
        let output = self.shell(text).output().unwrap();
        self.printed = String::from_utf8_lossy(&output.stdout).into_owned();
        self.printed += &String::from_utf8_lossy(&output.stderr);
        output
    }

    fn run(&mut self, code: i32, text: &str) {
        self.section().commands += commands(text);
        let output = self.output(text);
        assert_eq!(output.status.code(), Some(code), "{text}{}", self.printed);
    }

    fn run_until(&mut self, text: &str) {
        self.section().commands += commands(text);
        let deadline = Instant::now() + PATIENCE;
        while !self.output(text).status.success() {
            assert!(Instant::now() < deadline, "{text}{}", self.printed);
        }
    }

    /// Starts it and waits until it has said where it listens. A client without operations has none.
    fn serve(&mut self, text: &str) {
        self.section().commands += commands(text);
        let errors = self
            .home()
            .join(format!(".service-{}", self.services.len()));
        let mut process = self
            .shell(&format!("exec env {text}"))
            .stdout(Stdio::piped())
            .stderr(File::create(&errors).unwrap())
            .spawn()
            .unwrap();
        if !text.starts_with("restante client") {
            let mut out = BufReader::new(process.stdout.take().unwrap());
            self.printed.clear();
            while !self.printed.contains("http") {
                let length = out.read_line(&mut self.printed).unwrap();
                let said = fs::read_to_string(&errors).unwrap();
                assert!(length > 0, "{text}{}{said}", self.printed);
            }
            process.stdout = Some(out.into_inner());
        }
        self.services.push((text.to_owned(), process));
    }

    fn stop(&mut self, command: &str) {
        let found = self
            .services
            .iter()
            .position(|(text, _)| text.starts_with(command));
        let (text, mut process) = self.services.remove(found.expect(command));
        let id = process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
        let ended = process.wait().unwrap();
        assert!(ended.success(), "{text}: {ended}");
    }

    /// Each line of the page was printed, its pieces in order.
    fn sees(&self, text: &str) {
        for line in self
            .local(text)
            .lines()
            .filter(|line| !line.trim().is_empty())
        {
            let found = self.printed.lines().any(|printed| is_like(printed, line));
            assert!(
                found,
                "the page says {line:?}, and printed was:\n{}",
                self.printed
            );
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        for (_, process) in self.services.iter_mut().rev() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// A text with each of these replaced, in one pass: a free port may hold the digits of one that a page names.
fn replaced(text: &str, instead: &BTreeMap<String, String>) -> String {
    let (mut rest, mut replaced) = (text, String::new());
    while let Some(first) = rest.chars().next() {
        let here = instead.iter().filter(|(from, _)| rest.starts_with(*from));
        let longest = here.max_by_key(|(from, _)| from.len());
        let (length, to) = match longest {
            Some((from, to)) => (from.len(), to.as_str()),
            None => (first.len_utf8(), &rest[..first.len_utf8()]),
        };
        replaced.push_str(to);
        rest = &rest[length..];
    }
    replaced
}

fn commands(text: &str) -> usize {
    let joined = text.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .count()
}

/// Whether a printed line is the page's, `…` standing for anything and blanks for blanks.
fn is_like(printed: &str, line: &str) -> bool {
    let blanks = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (mut rest, line) = (blanks(printed), blanks(line));
    for piece in line.split('…').map(str::trim) {
        let Some(at) = rest.find(piece) else {
            return false;
        };
        rest = rest.split_off(at + piece.len());
    }
    line.ends_with('…') || rest.is_empty()
}

#[test]
fn a_line_of_a_page_is_like_a_printed_one() {
    assert!(is_like("a   b 0.123 s", "a b … s"));
    assert!(is_like("x: a", "… a"));
    assert!(!is_like("a b c", "a b"));
    assert!(!is_like("b a", "a … b"));
    assert_eq!(commands("a \\\n  b\n# c\n\nd\n"), 2);
}

#[test]
fn what_is_put_for_a_port_is_not_replaced_again() {
    let pairs = [("8700", "38701"), ("8701", "40000"), ("/opt", "/tmp/ö")];
    let instead = pairs.map(|(from, to)| (from.to_owned(), to.to_owned()));
    let text = replaced("8700 ö 8701 /opt", &instead.into());
    assert_eq!(text, "38701 ö 40000 /tmp/ö");
}
