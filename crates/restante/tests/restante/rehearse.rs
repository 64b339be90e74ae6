//! Rehearsals of a sending system: our own, and one that puts pairs into the directories of a client.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::kit::{self, restante};

const PATIENCE: Duration = Duration::from_secs(90);

fn rehearsal(out: &Path, arguments: &[&str]) -> Command {
    let mut command = restante();
    command
        .args([
            "rehearse",
            "sender",
            "--port",
            "0",
            "--mesh-port",
            "0",
            "--out",
        ])
        .arg(out)
        .args(arguments);
    command
}

/// The verdict of each row or script, by its id.
fn verdicts(list: &Path) -> Vec<(String, String)> {
    let mut reader = csv::Reader::from_path(list).unwrap();
    let head = reader.headers().unwrap().clone();
    let verdict = head.iter().position(|it| it == "verdict").unwrap();
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| (row[0].to_owned(), row[verdict].to_owned()))
        .collect()
}

fn with_verdict(list: &Path, wanted: &str) -> Vec<String> {
    let all = verdicts(list).into_iter();
    all.filter(|(_, verdict)| verdict == wanted)
        .map(|(id, _)| id)
        .collect()
}

#[test]
fn our_own_sender_passes_all_that_a_machine_decides_under_both_rule_sets() {
    for (rules, passed) in [("1.3", 12), ("2.0", 11)] {
        let directory = tempfile::tempdir().unwrap();
        let pack = directory.path().join("pack");
        let output = rehearsal(&pack, &["--self", "--ruleset", rules, "--until", "5m"])
            .args(["--format", "json"])
            .output()
            .unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{rules}: {told}");
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["rows"]["pass"], 32, "{told}");
        assert_eq!(told["rows"]["fail"], 0);
        assert_eq!(told["rows"]["open"], 13);
        assert_eq!(told["rows"]["not_applicable"], 3);
        let claim = told["claim"].as_str().unwrap();
        assert!(claim.starts_with("Machine-checked by Restante "), "{claim}");
        let scripts = pack.join("scripts.csv");
        assert_eq!(with_verdict(&scripts, "pass").len(), passed, "{rules}");
        assert_eq!(with_verdict(&scripts, "open"), ["GPCM-SD-TST-10"]);
        let lists = fs::read_to_string(&scripts).unwrap();
        assert!(lines_of(&lists, "TST-04").contains(",yes,pass,"), "{lists}");
        let audit = fs::read_to_string(pack.join("audit.jsonl")).unwrap();
        assert!(audit.lines().count() > 50);
        #[cfg(target_os = "linux")]
        kit::hashes_verify(&pack);
    }
}

fn lines_of<'a>(text: &'a str, part: &str) -> &'a str {
    text.lines().find(|line| line.contains(part)).unwrap()
}

/// A rehearsal that goes on, and a client over the directories of the mailbox on trial.
struct Trial {
    rehearsal: Child,
    client: Child,
    dir: tempfile::TempDir,
}

impl Trial {
    fn start(arguments: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("home");
        let rehearsal = rehearsal(&dir.path().join("pack"), arguments)
            .arg("--dir")
            .arg(&home)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let config = home.join("connect/client.toml");
        until("the files to connect with", || {
            home.join("connect/send.sh").exists()
        });
        let client = restante()
            .args(["client", "--config"])
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            rehearsal,
            client,
            dir,
        }
    }

    fn mailbox(&self, folder: &str) -> std::path::PathBuf {
        let mailbox = self.dir.path().join("home/connect/mailbox");
        mailbox.join(folder)
    }

    fn pack(&self) -> std::path::PathBuf {
        self.dir.path().join("pack")
    }

    /// The message of TST-01, changed before it is sent.
    fn send(&self, change: impl FnOnce(String) -> String) {
        let mut consultation: Value = serde_json::from_str(include_str!(
            "../../../send-document/examples/consultation.json"
        ))
        .unwrap();
        consultation["patient"]["nhs_number"] = "9691375087".into();
        consultation["patient"]["family_name"] = "REHEARSAL-01".into();
        consultation["patient"]["birth_date"] = "1970-01-01".into();
        consultation["practitioner"]["given_names"] = serde_json::json!(["IB001"]);
        consultation["practice"]["ods_code"] = "Y90001".into();
        let made = self.dir.path().join("made");
        let file = self.dir.path().join("consultation.json");
        fs::write(&file, consultation.to_string()).unwrap();
        let built = restante()
            .args(["message", "build", "--profile", "2.0", "--consultation"])
            .arg(&file)
            .arg("--out")
            .arg(&made)
            .output()
            .unwrap();
        assert!(built.status.success(), "{built:?}");
        let mut files: Vec<_> = fs::read_dir(&made)
            .unwrap()
            .map(|it| it.unwrap().path())
            .collect();
        // the message before its control file
        files.sort_by_key(|path| path.extension() == Some("ctl".as_ref()));
        let [message, control] = files.as_slice() else {
            panic!("{files:?}")
        };
        let text = change(fs::read_to_string(message).unwrap());
        fs::write(self.mailbox("OUT").join("letter.dat"), text).unwrap();
        fs::copy(control, self.mailbox("OUT").join("letter.ctl")).unwrap();
    }

    /// Waits until so many answers are in IN.
    fn answered(&self, count: usize) {
        until("the answers", || {
            let entries = fs::read_dir(self.mailbox("IN")).unwrap().flatten();
            let is_answer = |path: &Path| path.extension() == Some("dat".as_ref());
            entries.filter(|it| is_answer(&it.path())).count() >= count
        });
    }

    /// Ends it as Ctrl-C does.
    fn end(&mut self) -> Output {
        let id = self.rehearsal.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(sent.success());
        let status = self.rehearsal.wait().unwrap();
        let mut stdout = Vec::new();
        let out = self.rehearsal.stdout.as_mut().unwrap();
        std::io::Read::read_to_end(out, &mut stdout).unwrap();
        Output {
            status,
            stdout,
            stderr: Vec::new(),
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        for process in [&mut self.client, &mut self.rehearsal] {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn until(what: &str, is_there: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_there() {
        assert!(Instant::now() < end, "waited for {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
#[cfg(unix)]
fn a_pair_in_the_directories_of_a_client_ticks_its_script_off() {
    let mut trial = Trial::start(&[]);
    trial.send(|text| text);
    trial.answered(2);
    let output = trial.end();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("Passed         TST-01"), "{told}");
    assert!(told.contains("next: TST-03 patient 9691375109"), "{told}");
    let pack = trial.pack();
    let passed = with_verdict(&pack.join("scripts.csv"), "pass");
    let shown = [
        "GPCM-SD-TST-01",
        "GPCM-SD-TST-02",
        "GPCM-SD-TST-06",
        "GPCM-SD-TST-07",
    ];
    assert_eq!(passed, shown);
    assert!(pack.join("messages/1-TST-01-Y90001.ctl").is_file());
    assert!(pack.join("answers/1-bus-30001.xml").is_file());
    let page = fs::read_to_string(pack.join("index.html")).unwrap();
    assert!(
        !page.contains("REHEARSAL-01"),
        "no patient's name on the page"
    );
}

#[test]
#[cfg(unix)]
fn one_defect_ends_with_exit_code_1_and_names_its_row_alone() {
    let mut trial = Trial::start(&["--format", "json"]);
    trial.send(|text| {
        text.replace("<receiver>", "").replacen(
            "BusAckRequested\"><valueBoolean value=\"true\"",
            "BusAckRequested\"><valueBoolean value=\"false\"",
            1,
        )
    });
    trial.answered(2);
    let output = trial.end();
    assert_eq!(output.status.code(), Some(1));
    let pack = trial.pack();
    assert_eq!(
        with_verdict(&pack.join("scal.csv"), "fail"),
        ["GPCM-SD-040"]
    );
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["failed"][0]["id"], "GPCM-SD-040", "{told}");
    let findings = fs::read_to_string(pack.join("findings/1.json")).unwrap();
    assert!(findings.contains("GPCM-SD-040"), "{findings}");
    let junit = fs::read_to_string(pack.join("junit.xml")).unwrap();
    assert!(junit.contains("failures=\"1\""), "{junit}");
}

#[test]
fn a_pack_is_not_written_over_and_a_real_looking_number_starts_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let refused = rehearsal(directory.path(), &["--self"]);
    fs::write(directory.path().join("file"), "").unwrap();
    let refused = { refused }.output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let list = directory.path().join("patients.csv");
    let row = "nhs_number,family_name,given_names,date_of_birth\n4010232137,A,B,1980-02-03\n";
    fs::write(&list, row).unwrap();
    let out = directory.path().join("pack");
    let refused = rehearsal(&out, &["--self", "--patients"])
        .arg(&list)
        .output()
        .unwrap();
    let why = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{why}");
    assert!(
        why.contains("line 2") && !why.contains("4010232137"),
        "{why}"
    );
    assert!(!out.exists());
}

#[test]
fn a_pack_within_the_directory_of_the_exchange_starts_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("home");
    for (out, dir) in [
        (home.join("pack"), home.clone()),
        (home.clone(), home.join("dir")),
    ] {
        let refused = rehearsal(&out, &["--self", "--dir"])
            .arg(&dir)
            .output()
            .unwrap();
        let why = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{why}");
        assert!(why.contains("apart from"), "{why}");
    }
    assert!(!home.exists());
}

#[test]
fn a_feature_says_which_scripts_are_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let feature = directory.path().join("a.feature");
    let text = "Feature: A\n  @GPCM-SD-TST-05\n  Scenario: GPCM-SD-TST-05 - None\n    # Test data: NHS_NO 9691375125 | \
        Keyword: Set //Practitioner/name/given/@value to noresponse\n";
    fs::write(&feature, text).unwrap();
    let pack = directory.path().join("pack");
    let output = rehearsal(&pack, &["--self", "--until", "5m", "--feature"])
        .arg(&feature)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let asked: Vec<_> = verdicts(&pack.join("scripts.csv"))
        .into_iter()
        .filter(|it| it.1 != "not-applicable")
        .collect();
    assert_eq!(asked, [("GPCM-SD-TST-05".to_owned(), "pass".to_owned())]);
    fs::write(&feature, text.replace("9691375125", "9691375087")).unwrap();
    let other = rehearsal(&directory.path().join("other"), &["--self", "--feature"])
        .arg(&feature)
        .output()
        .unwrap();
    assert_eq!(other.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn the_page_says_what_to_do_next_and_its_button_decides_the_next_answer() {
    let mut trial = Trial::start(&[]);
    let page = Page::sign_in(&trial.dir.path().join("home")).await;
    let first = page.get("/").await;
    for part in [
        "TST-01: Standard send",
        "969 137 5087",
        "<code>IB001</code>",
        "You will be answered 20013, then 30001.",
        "Machine-checked by Restante",
    ] {
        assert!(first.contains(part), "{part} in {first}");
    }
    assert!(page.get("/rows").await.contains("GPCM-SD-123"));
    let so_far = page.get("/pack").await;
    assert!(so_far.contains("Evidence pack"), "{so_far}");
    page.post("/answer", "keyword=20009&script=4").await;
    trial.send(|text| text);
    trial.answered(1);
    page.post("/not-applicable", "script=12&reason=It+sends+no+changes")
        .await;
    page.post("/end", "").await;
    let status = trial.rehearsal.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    let pack = trial.pack();
    assert!(pack.join("answers/1-inf-20009.xml").is_file());
    let journey = fs::read_to_string(pack.join("journeys/1.json")).unwrap();
    assert!(journey.contains("\"at the page\""), "{journey}");
    let scripts = fs::read_to_string(pack.join("scripts.csv")).unwrap();
    let left_out = lines_of(&scripts, "TST-12");
    assert!(left_out.contains("It sends no changes"), "{left_out}");
}

/// Somebody signed in to the live page.
#[cfg(unix)]
struct Page {
    client: reqwest::Client,
    url: String,
    cookie: String,
}

#[cfg(unix)]
impl Page {
    async fn sign_in(home: &Path) -> Self {
        use crate::demo::running::{cookie, env, token};
        _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let client = client.build().unwrap();
        let env = env(home);
        let url = env["PAGES_URL"].clone();
        let sign_in = format!("{url}/sign-in");
        let shown = client.get(&sign_in).send().await.unwrap();
        let before = cookie(&shown);
        let token = token(&shown.text().await.unwrap());
        let form = format!(
            "token={token}&name={}&password={}",
            env["PAGES_USER"], env["PAGES_PASSWORD"]
        );
        let sent = client.post(&sign_in).header("cookie", before);
        let sent = sent.header("content-type", "application/x-www-form-urlencoded");
        let answer = sent.body(form).send().await.unwrap();
        let cookie = cookie(&answer);
        Self {
            client,
            url,
            cookie,
        }
    }

    async fn get(&self, path: &str) -> String {
        let asked = self.client.get(format!("{}{path}", self.url));
        let asked = asked.header("cookie", &self.cookie).send().await.unwrap();
        assert!(asked.status().is_success(), "{path}: {}", asked.status());
        asked.text().await.unwrap()
    }

    async fn post(&self, path: &str, form: &str) {
        let token = crate::demo::running::token(&self.get("/").await);
        let sent = self.client.post(format!("{}{path}", self.url));
        let sent = sent
            .header("cookie", &self.cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("token={token}&{form}"));
        let answer = sent.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 303, "{path}");
    }
}
