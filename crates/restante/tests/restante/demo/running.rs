//! A demo that stays up, as its visitor meets it: the terminal, `DIR/connect`, the pages and the directories.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, StatusCode, redirect};

use crate::kit::{newest, restante};

/// How long anything may take that a test waits for.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(20);

pub struct Running {
    process: Child,
    _out: BufReader<ChildStdout>,
    dir: PathBuf,
    /// What it said until it was up.
    pub said: String,
    client: Client,
    cookie: String,
}

impl Running {
    /// Starts it on free ports, signs in to its pages, and waits until its first consultation is home.
    pub async fn start(dir: &Path) -> Self {
        Self::start_with(dir, &["--port", "0", "--mesh-port", "0"]).await
    }

    pub async fn start_with(dir: &Path, arguments: &[&str]) -> Self {
        let mut process = command(dir, arguments)
            .env("RESTANTE_LOG", "info")
            .stdout(Stdio::piped())
            .stderr(File::create(dir.join("demo.log")).unwrap())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains("Ctrl-C stops") {
            let before = said.len();
            out.read_line(&mut said).unwrap();
            assert!(said.len() > before, "it ended: {said}");
        }
        _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .resolve("demo.example", ([127, 0, 0, 1], 0).into());
        let mut running = Self {
            process,
            _out: out,
            dir: dir.to_owned(),
            said,
            client: client.build().unwrap(),
            cookie: String::new(),
        };
        running.cookie = running.sign_in().await;
        running
    }

    /// A line of `connect.env`.
    pub fn env(&self, name: &str) -> String {
        env(&self.dir).remove(name).unwrap()
    }

    pub fn connect(&self, name: &str) -> PathBuf {
        self.dir.join("connect").join(name)
    }

    /// Signs in with the user and password of `connect.env`; gives the session's cookie.
    pub async fn sign_in(&self) -> String {
        let url = format!("{}/sign-in", self.env("PAGES_URL"));
        let page = self.client.get(&url).send().await.unwrap();
        let cookie = cookie(&page);
        let token = token(&page.text().await.unwrap());
        let (user, password) = (self.env("PAGES_USER"), self.env("PAGES_PASSWORD"));
        let form = format!("token={token}&name={user}&password={password}");
        let sent = self.client.post(&url).header(COOKIE, cookie);
        let sent = sent.header("content-type", "application/x-www-form-urlencoded");
        let answer = sent.body(form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        self::cookie(&answer)
    }

    pub async fn page(&self, path: &str) -> String {
        let url = format!("{}{path}", self.env("PAGES_URL"));
        let page = self.client.get(url).header(COOKIE, &self.cookie);
        page.send().await.unwrap().text().await.unwrap()
    }

    /// What an address answers without a session, and where it leads.
    pub async fn unsigned(&self, address: &str) -> (StatusCode, String) {
        let answer = self.client.get(address).send().await.unwrap();
        let location = answer.headers().get(LOCATION);
        let location = location.map(|it| it.to_str().unwrap().to_owned());
        (answer.status(), location.unwrap_or_default())
    }

    /// Sends a form of the first page.
    pub async fn post(&self, path: &str, fields: &str) {
        let token = token(&self.page("/").await);
        let url = format!("{}{path}", self.env("PAGES_URL"));
        let form = self.client.post(url).header(COOKIE, &self.cookie);
        let form = form.header("content-type", "application/x-www-form-urlencoded");
        let form = form.body(format!("token={token}&{fields}"));
        let answer = form.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{fields}");
    }

    pub async fn send(&self, example: &str) {
        self.post("/send", &format!("example={example}")).await;
    }

    pub async fn switch(&self, fault: &str, on: bool) {
        let to = if on { "on" } else { "off" };
        self.post("/faults", &format!("{to}={fault}")).await;
    }

    /// The response codes of the acknowledgements that Starling took, in the order it took them. Two are of the
    /// consultation that the demo begins with.
    pub fn answers(&self) -> Vec<String> {
        let mut files = self.taken("starling", "dat");
        files.sort_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
        let codes = files.iter().map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let values = text.split("<code value=\"").skip(1);
            let is_code = |it: &&str| it.len() == 5 && it.bytes().all(|b| b.is_ascii_digit());
            let codes = values.filter_map(|it| it.split('"').next());
            codes.filter(is_code).last().unwrap().to_owned()
        });
        codes.collect()
    }

    /// The status codes of the reports that Starling took.
    pub fn reports(&self) -> Vec<String> {
        let files = self.taken("starling", "ctl").into_iter();
        let codes = files.filter_map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let (_, code) = text.split_once("<StatusCode>")?;
            Some(code.split('<').next().unwrap().to_owned())
        });
        codes.filter(|code| code != "00").collect()
    }

    /// Waits until the first page says it, as it happens.
    pub async fn until_page_says(&self, path: &str, words: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let page = self.page(path).await;
            if page.contains(words) {
                return page;
            }
            assert!(Instant::now() < deadline, "{words} is not in\n{page}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// How many letters Osprey took out of IN.
    pub fn letters(&self) -> usize {
        self.taken("osprey", "dat").len()
    }

    /// The newest letter that Osprey took.
    pub fn newest_letter(&self) -> Vec<u8> {
        let received = self.dir.join("practices/osprey/received");
        fs::read(newest(&received, ".dat").unwrap()).unwrap()
    }

    fn taken(&self, practice: &str, ending: &str) -> Vec<PathBuf> {
        let received = self.dir.join("practices").join(practice).join("received");
        let files = fs::read_dir(received).unwrap().map(|it| it.unwrap().path());
        files
            .filter(|path| path.extension().is_some_and(|it| it == ending))
            .collect()
    }

    /// How often a fault had an effect, by the demo's log.
    pub fn effects(&self, fault: &str) -> usize {
        let log = fs::read_to_string(self.dir.join("demo.log")).unwrap();
        let lines = log
            .lines()
            .filter(|line| line.contains("a fault had an effect"));
        lines.filter(|line| line.contains(fault)).count()
    }

    /// Waits until it is so.
    pub async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(self) {
            assert!(
                Instant::now() < deadline,
                "{what}: answers {:?}, reports {:?}, {} letters",
                self.answers(),
                self.reports(),
                self.letters()
            );
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = restante();
    command.arg("demo").args(arguments).arg("--dir").arg(dir);
    command
}

/// The lines of `connect.env`.
pub fn env(dir: &Path) -> HashMap<String, String> {
    let text = fs::read_to_string(dir.join("connect/connect.env")).unwrap();
    let lines = text.lines().filter_map(|line| line.split_once('='));
    lines
        .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
        .collect()
}

pub(crate) fn cookie(answer: &reqwest::Response) -> String {
    let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

pub(crate) fn token(page: &str) -> String {
    let (_, token) = page.split_once("name=\"token\" value=\"").expect(page);
    token.split('"').next().unwrap().to_owned()
}
