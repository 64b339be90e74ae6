//! Rehearsals of a receiving system: our own through MESH and through directories, and ones that answer wrongly.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use itk3::acknowledgement::{self, Reply};
use itk3::{Message, ResponseCode};
use mesh::ControlFile;
use nhs::{Clock, MailboxId, OdsCode, SystemClock, SystemRandomness, WorkflowId};
use serde_json::Value;

use crate::client::mailbox::{Mailbox, RECEIVER, SENDER, client_toml};
use crate::kit::{self, Service, restante};

fn rehearsal(out: &Path, arguments: &[&str]) -> Command {
    let mut command = restante();
    command.args(["rehearse", "receiver", "--format", "json", "--out"]);
    command.arg(out).args(arguments);
    command
}

fn own(out: &Path, arguments: &[&str]) -> Command {
    let mut command = rehearsal(out, arguments);
    command.args(["--self", "--port", "0", "--mesh-port", "0", "--until", "5m"]);
    command
}

fn told(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn failed(told: &Value) -> Vec<String> {
    let all = told["failed"].as_array().unwrap().iter();
    all.map(|it| it["id"].as_str().unwrap().to_owned())
        .collect()
}

/// The cases of a list with this verdict.
fn with_verdict(pack: &Path, wanted: &str) -> BTreeSet<String> {
    let mut reader = csv::Reader::from_path(pack.join("receiver.csv")).unwrap();
    let head = reader.headers().unwrap().clone();
    let verdict = head.iter().position(|it| it == "verdict").unwrap();
    let rows = reader.records().map(Result::unwrap);
    rows.filter(|row| &row[verdict] == wanted)
        .map(|row| row[0].to_owned())
        .collect()
}

#[test]
fn our_own_receiver_passes_all_that_a_machine_decides_of_every_payload() {
    let directory = tempfile::tempdir().unwrap();
    let pack = directory.path().join("pack");
    let output = own(&pack, &["--payload", "all"]).output().unwrap();
    let told = told(&output);
    assert_eq!(failed(&told), [] as [&str; 0], "{told:#}");
    assert_eq!(told["missing"].as_array().unwrap().len(), 0, "{told:#}");
    assert_eq!(output.status.code(), Some(0));
    let claim = told["claim"].as_str().unwrap();
    assert!(claim.starts_with("Machine-checked by Restante "), "{claim}");
    for payload in [
        "send-document-1.3",
        "send-document-2.0",
        "update-record",
        "transfer-of-care",
    ] {
        let list = fs::read_to_string(pack.join("receiver-messages.csv")).unwrap();
        assert!(list.contains(&format!(",{payload},")), "{payload}");
    }
    #[cfg(target_os = "linux")]
    kit::hashes_verify(&pack);
}

#[test]
fn our_own_receiver_refuses_what_is_switched_off() {
    let directory = tempfile::tempdir().unwrap();
    let pack = directory.path().join("pack");
    let arguments = [
        "--payload",
        "update-record",
        "--update-record-off",
        "--case",
        "RX-N21",
    ];
    let output = own(&pack, &arguments).output().unwrap();
    let told = told(&output);
    assert_eq!(output.status.code(), Some(0), "{told:#}");
    assert!(with_verdict(&pack, "pass").contains("RX-N21"), "{told:#}");
}

/// A receiving system of a few lines, over the directories of a mailbox.
struct Receiver {
    directory: tempfile::TempDir,
    stop: Arc<AtomicBool>,
    running: Option<JoinHandle<()>>,
}

/// What it answers to a message; none for nothing.
type Answers = fn(&ControlFile, Option<&Message<'_>>) -> Vec<ResponseCode>;

impl Receiver {
    fn start(answers: Answers) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let (mailbox, stopped) = (directory.path().join("mailbox"), Arc::clone(&stop));
        let running = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                serve(&mailbox, answers);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        Self {
            directory,
            stop,
            running: Some(running),
        }
    }

    fn rehearse(&self, arguments: &[&str]) -> Output {
        let mut command = rehearsal(&self.pack(), arguments);
        command.arg("--directories").arg(self.mailbox());
        command.output().unwrap()
    }

    fn mailbox(&self) -> PathBuf {
        self.directory.path().join("mailbox")
    }

    fn pack(&self) -> PathBuf {
        self.directory.path().join("pack")
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(running) = self.running.take() {
            running.join().unwrap();
        }
    }
}

fn serve(mailbox: &Path, answers: Answers) {
    let Ok(entries) = fs::read_dir(mailbox.join("IN")) else {
        return;
    };
    let controls = entries.map(|it| it.unwrap().path());
    for file in controls.filter(|it| it.extension().is_some_and(|it| it == "ctl")) {
        let data = file.with_extension("dat");
        let control = ControlFile::read(&fs::read(&file).unwrap()).unwrap();
        let bytes = fs::read(&data).unwrap();
        let read = message_check::read(&bytes).ok();
        let message = read.as_ref().and_then(|it| Message::of(&it.root));
        for code in answers(&control, message.as_ref()) {
            answer(mailbox, &control, message.as_ref(), code);
        }
        fs::remove_file(file).unwrap();
        fs::remove_file(data).unwrap();
    }
}

fn answer(
    mailbox: &Path,
    control: &ControlFile,
    message: Option<&Message<'_>>,
    code: ResponseCode,
) {
    let own = MailboxId::parse("A20047OT001").unwrap();
    let handling = message.map(Message::handling);
    let reply = Reply {
        in_response_to: message.and_then(Message::id).map(str::to_owned),
        sender_reference: handling.and_then(|it| it.sender_reference.map(str::to_owned)),
        code,
        issue: None,
        diagnostics: None,
        organisation: OdsCode::parse("A20047").unwrap(),
        endpoint: own.clone(),
        timestamp: SystemClock.now(),
    };
    let bytes = fhir::xml::write(&acknowledgement::build(&reply, &SystemRandomness));
    let workflow = WorkflowId::parse(control.workflow_id.as_deref().unwrap()).unwrap();
    let to = control.from_dts.as_deref().unwrap();
    let control_file = ControlFile::data(&own, to, &workflow.acknowledgement());
    let name = format!("{}_{}", control.dts_id.as_deref().unwrap(), code.code());
    let put = |ending: &str, bytes: &[u8]| {
        let out = mailbox.join("OUT");
        let hidden = out.join(format!(".{name}.{ending}"));
        fs::write(&hidden, bytes).unwrap();
        fs::rename(hidden, out.join(format!("{name}.{ending}"))).unwrap();
    };
    put("dat", &bytes);
    put("ctl", &control_file.write());
}

#[test]
fn a_receiver_that_answers_20013_to_everything_fails_exactly_the_negative_cases() {
    let receiver = Receiver::start(|_, _| vec![ResponseCode::Success]);
    let output = receiver.rehearse(&["--answer-within", "15s"]);
    let told = told(&output);
    assert_eq!(output.status.code(), Some(1), "{told:#}");
    let pack = receiver.pack();
    let failed = failed(&told);
    assert!(failed.iter().all(|it| it.starts_with("RX-N")), "{failed:?}");
    let negative: BTreeSet<String> = (1..=25).map(|it| format!("RX-N{it:02}")).collect();
    let not_applicable = with_verdict(&pack, "not-applicable");
    let asked: BTreeSet<String> = negative.difference(&not_applicable).cloned().collect();
    assert_eq!(failed.into_iter().collect::<BTreeSet<_>>(), asked);
    // what it took is missing its business answer
    let missing = told["missing"].as_array().unwrap();
    assert!(missing.iter().any(|it| it == "RX-P01"), "{told:#}");
    // answers are put away as a client does
    assert_eq!(
        fs::read_dir(receiver.mailbox().join("OUT"))
            .unwrap()
            .count(),
        0
    );
    let sent = fs::read_dir(receiver.mailbox().join("SENT")).unwrap();
    let mut sent: Vec<_> = sent.map(|it| it.unwrap().path()).collect();
    sent.retain(|it| it.extension().is_some_and(|it| it == "ctl"));
    let control = ControlFile::read(&fs::read(&sent[0]).unwrap()).unwrap();
    assert!(control.dts_id.is_some() && control.status.is_some());
    #[cfg(target_os = "linux")]
    kit::hashes_verify(&pack);
}

#[test]
fn a_receiver_that_answers_nothing_has_everything_missing_and_fails_nothing() {
    let receiver = Receiver::start(|_, _| Vec::new());
    let output = receiver.rehearse(&["--answer-within", "2s", "--payload", "send-document"]);
    let told = told(&output);
    assert_eq!(output.status.code(), Some(0), "{told:#}");
    assert_eq!(told["cases"]["fail"], 0);
    let missing: BTreeSet<String> = told["missing"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap().to_owned())
        .collect();
    let open = with_verdict(&receiver.pack(), "open");
    let over_all = ["RX-A01", "RX-A02", "RX-A03", "RX-D01"].map(str::to_owned);
    let expected: BTreeSet<String> = open.difference(&over_all.into()).cloned().collect();
    assert_eq!(missing, expected);
    assert!(missing.len() > 30, "{missing:?}");
}

/// A process that ends with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn our_practice_over_directories_answers_rightly_and_others_files_are_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::create_dir_all(at("mailbox/OUT")).unwrap();
    fs::write(at("mailbox/OUT/another.ctl"), "<DTSControl/>").unwrap();
    fs::write(at("mailbox/OUT/another.dat"), "somebody else's").unwrap();
    let list = restante()
        .args(["rehearse", "receiver", "--list-patients"])
        .output()
        .unwrap();
    assert!(list.status.success(), "{list:?}");
    fs::write(at("patients.csv"), &list.stdout).unwrap();
    let config = "listen = \"127.0.0.1:0\"\n\n[practice]\nods = \"A20047\"\nname = \"Osprey\"\nmailbox = \"A20047OT001\"\n\
        mailbox_directory = \"mailbox\"\ndata_directory = \"data\"\npatients = \"patients.csv\"\nonly_reader = true\n\
        scan_seconds = 1\n";
    fs::write(at("practice.toml"), config).unwrap();
    let practice = restante()
        .args(["practice", "--config", "practice.toml"])
        .current_dir(directory.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let practice = Running(practice);
    let pack = at("pack");
    let output = rehearsal(
        &pack,
        &[
            "--case",
            "RX-P01",
            "--case",
            "RX-N09",
            "--case",
            "RX-B01",
            "--answer-within",
            "30s",
        ],
    )
    .arg("--directories")
    .arg(at("mailbox"))
    .output()
    .unwrap();
    drop(practice);
    let told = told(&output);
    assert_eq!(output.status.code(), Some(0), "{told:#}");
    assert_eq!(told["missing"].as_array().unwrap().len(), 0, "{told:#}");
    let passed = with_verdict(&pack, "pass");
    for case in ["RX-N09", "RX-B01", "RX-A01", "RX-A02", "RX-A03"] {
        assert!(passed.contains(case), "{case}: {passed:?}");
    }
    assert!(at("mailbox/OUT/another.ctl").is_file());
}

#[test]
fn what_is_sent_through_mesh_names_the_mailbox_that_sends_it() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let mut command = restante();
    command.args(["server", "--sandbox", "--listen", "127.0.0.1:0", "--data"]);
    let server = Service::start(command.arg(at("server")));
    let sender = Mailbox::new(SENDER, directory.path());
    fs::write(at("client.toml"), client_toml(&server.url, &[&sender])).unwrap();
    let pack = at("pack");
    let output = rehearsal(&pack, &["--case", "RX-N09", "--answer-within", "1s"])
        .args(["--mailbox", RECEIVER, "--practice", "A20047", "--config"])
        .arg(at("client.toml"))
        .output()
        .unwrap();
    let told = told(&output);
    assert_eq!(told["missing"], serde_json::json!(["RX-N09"]), "{told:#}");
    let messages = fs::read_dir(pack.join("messages")).unwrap();
    let messages: Vec<_> = messages.map(|it| it.unwrap().path()).collect();
    let mut messages = messages
        .iter()
        .filter(|it| it.extension().is_some_and(|it| it == "xml"));
    assert!(messages.clone().count() > 0, "{told:#}");
    assert!(messages.all(|it| fs::read_to_string(it).unwrap().contains(SENDER)));
}

#[test]
fn the_pack_is_written_though_nobody_reads_what_is_told() {
    let receiver = Receiver::start(|_, _| Vec::new());
    let mut command = restante();
    command.args(["rehearse", "receiver", "--case", "RX-N09"]);
    command.args(["--answer-within", "1s", "--out"]);
    command.arg(receiver.pack());
    command.arg("--directories").arg(receiver.mailbox());
    let mut running = command.stdout(Stdio::piped()).spawn().unwrap();
    drop(running.stdout.take());
    running.wait().unwrap();
    assert!(receiver.pack().join("SHA256SUMS").is_file());
}

#[test]
fn wrong_usage_sends_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::create_dir(at("full")).unwrap();
    fs::write(at("full/file"), "").unwrap();
    let mailbox = at("mailbox");
    let (full, pack, within) = (at("full"), at("pack"), mailbox.join("pack"));
    let cases: [(&Path, &[&str], &str); 7] = [
        (&full, &[], "absent or empty"),
        (&pack, &["--case", "RX-X99"], "RX-X99"),
        (&within, &[], "apart from"),
        (&pack, &["--payload", "letters"], "send-document"),
        // a run without a message would find nothing wrong
        (&pack, &["--case", "RX-A01"], "at least one message"),
        (&pack, &["--case", "RX-P14"], "at least one message"),
        (&pack, &["--unshown", "application/x-ours"], "an approved"),
    ];
    for (out, arguments, words) in cases {
        let refused = rehearsal(out, arguments)
            .arg("--directories")
            .arg(&mailbox)
            .output()
            .unwrap();
        let why = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{why}");
        assert!(why.contains(words), "{why}");
        assert!(!mailbox.join("IN").exists());
    }
    let nowhere = rehearsal(&pack, &[]).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(2));
}
