//! A whole loop made of the binary's own commands: an exchange, two practices, each a directory.
//! Every process logs at `trace` into one folder, so that a test can read what a run logged.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use super::exchange::new_exchange;
use super::process::restante;

pub const STARLING: Place = Place {
    folder: "starling",
    ods: "A81001",
    mailbox: "A81001OT001",
};
pub const OSPREY: Place = Place {
    folder: "osprey",
    ods: "A20047",
    mailbox: "A20047OT001",
};

/// Published test patients of the PDS sandbox, as the registry of the tests knows them.
pub const PATIENTS: &str = "\
nhs_number,family_name,given_names,date_of_birth,gp_ods_code,gp_start_date,gp_end_date,date_of_death,sensitivity,superseded_by,other_family_names
9693632109,GARTON,Bill,1946-06-23,A20047,2005-03-05,,,U,,
9736363015,MOONEY,Conrad Landon,1937-04-08,A20047,1988-01-08,,,U,,
9732110317,SANDERSON,Adrian,1936-06-21,,,,,U,,Killen
";

/// Every spelling of the test patients that no log may hold.
pub const PATIENT_DATA: [&str; 12] = [
    "GARTON",
    "Garton",
    "garton",
    "9693632109",
    "969 363 2109",
    "1946-06-23",
    "23061946",
    "19460623",
    "23-Jun-1946",
    "GPPROVIDER_",
    "Consultation report for",
    "9732110317",
];

#[derive(Clone, Copy)]
pub struct Place {
    pub folder: &'static str,
    pub ods: &'static str,
    pub mailbox: &'static str,
}

/// The processes and directories of one test.
pub struct Loop {
    dir: tempfile::TempDir,
    port: u16,
    server: Option<Child>,
}

/// A port that was free a moment ago; the server must come back on the same one.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

impl Loop {
    /// Makes certificates, mailboxes, workflows and the registry by the operator commands.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let this = Self {
            dir,
            port: free_port(),
            server: None,
        };
        fs::create_dir_all(this.logs()).unwrap();
        new_exchange(this.dir.path());
        fs::write(this.path("shared.key"), "a shared key of the tests\n").unwrap();
        this.operate(
            &[
                "certificate",
                "issue-server",
                "--name",
                "localhost",
                "--out",
            ],
            &this.path("server"),
        );
        for place in [STARLING, OSPREY] {
            let out = this.home(place).join("certificates");
            this.operate(
                &[
                    "certificate",
                    "issue",
                    "--ods",
                    place.ods,
                    "--local-id",
                    "client",
                    "--out",
                ],
                &out,
            );
            this.add_mailbox(place.mailbox, place.ods);
            fs::write(
                this.home(place).join("client.toml"),
                this.client_toml(place),
            )
            .unwrap();
            fs::write(
                this.home(place).join("practice.toml"),
                this.practice_toml(place),
            )
            .unwrap();
            fs::write(this.home(place).join("patients.csv"), PATIENTS).unwrap();
        }
        for workflow in ["GPFED_CONSULT_REPORT", "GPFED_CONSULT_REPORT_ACK"] {
            this.allow(workflow, &[STARLING.mailbox, OSPREY.mailbox]);
        }
        fs::write(this.path("patients.csv"), PATIENTS).unwrap();
        this.operate(&["registry", "import"], &this.path("patients.csv"));
        fs::write(this.path("server.toml"), this.server_toml()).unwrap();
        this
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn exchange(&self) -> PathBuf {
        self.path("exchange")
    }

    pub fn home(&self, place: Place) -> PathBuf {
        self.path("practices").join(place.folder)
    }

    pub fn mailbox(&self, place: Place, folder: &str) -> PathBuf {
        self.home(place).join("mailbox").join(folder)
    }

    fn logs(&self) -> PathBuf {
        self.path("logs")
    }

    /// What every process so far has written to stderr.
    pub fn all_logs(&self) -> String {
        let mut text = String::new();
        for entry in fs::read_dir(self.logs()).unwrap() {
            text += &fs::read_to_string(entry.unwrap().path()).unwrap();
        }
        text
    }

    fn log(&self, name: &str) -> File {
        let path = self.logs().join(format!("{name}.log"));
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap()
    }

    fn operate(&self, arguments: &[&str], last: &Path) {
        let (command, rest) = arguments.split_first().unwrap();
        let output = restante()
            .arg(command)
            .arg("--data")
            .arg(self.exchange())
            .args(rest)
            .arg(last)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    pub fn add_mailbox(&self, id: &str, ods: &str) {
        let mut child = restante()
            .args(["mailbox", "--data"])
            .arg(self.exchange())
            .args(["add", id, "--ods", ods, "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(b"a password of the tests\n")
            .unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// Gives the mailboxes both rights and patient routing.
    pub fn allow(&self, workflow: &str, mailboxes: &[&str]) {
        let mut command = restante();
        command
            .args(["workflow", "--data"])
            .arg(self.exchange())
            .args(["allow", workflow]);
        for mailbox in mailboxes {
            command.args(["--send", mailbox, "--receive", mailbox]);
        }
        command.arg("--patient-routing").stdout(Stdio::null());
        assert!(command.status().unwrap().success());
    }

    pub fn start_server(&mut self) {
        let mut child = restante()
            .args(["server", "--config"])
            .arg(self.path("server.toml"))
            .env("RESTANTE_LOG", "trace")
            .stdout(Stdio::piped())
            .stderr(self.log("server"))
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(
            line.starts_with("MESH API on https://"),
            "{line}{}",
            self.all_logs()
        );
        self.server = Some(child);
    }

    /// Kills the server as a power cut would: no warning, no clean stop.
    pub fn kill_server(&mut self) {
        let mut server = self.server.take().unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
    }

    pub fn kill_and_restart_server(&mut self) {
        self.kill_server();
        self.start_server();
    }

    /// Runs the client once: send what is in OUT, collect what waits.
    pub fn client(&self, place: Place) -> Output {
        self.run_once("client", place, None)
    }

    /// Runs the GP system once: take what is in IN, send what is due.
    pub fn practice(&self, place: Place, consultation: Option<&Path>) -> Output {
        self.run_once("practice", place, consultation)
    }

    fn run_once(&self, command: &str, place: Place, consultation: Option<&Path>) -> Output {
        let mut process = restante();
        process
            .args([command, "--once", "--config"])
            .arg(self.home(place).join(format!("{command}.toml")))
            .env("RESTANTE_LOG", "trace")
            .stderr(self.log(&format!("{command}-{}", place.folder)));
        if let Some(path) = consultation {
            process.arg("--consultation").arg(path);
        }
        let output = process.output().unwrap();
        assert!(
            output.status.success(),
            "{command} {}: {}",
            place.folder,
            self.all_logs()
        );
        output
    }

    /// Runs the client until a file whose name ends in `ending` is in the folder.
    pub fn collect_until(&self, place: Place, folder: &str, ending: &str) -> PathBuf {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            self.client(place);
            if let Some(path) = newest(&self.mailbox(place, folder), ending) {
                return path;
            }
            assert!(
                Instant::now() < deadline,
                "nothing in {folder}: {}",
                self.all_logs()
            );
        }
    }

    /// The repository's example consultation, as a file.
    pub fn example(&self) -> PathBuf {
        let path = self.path("consultation.json");
        fs::write(
            &path,
            include_str!("../../../../send-document/examples/consultation.json"),
        )
        .unwrap();
        path
    }

    /// Adds a line to the client's `[options]`.
    pub fn client_option(&self, place: Place, line: &str) {
        let path = self.home(place).join("client.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(
            &path,
            text.replace("[options]", &format!("[options]\n{line}")),
        )
        .unwrap();
    }

    fn server_toml(&self) -> String {
        format!(
            r#"data = "{data}"
shared_key_file = "{shared}"

[listener]
listen = "127.0.0.1:{port}"

[listener.tls]
certificate = "{server}/server.pem"
key = "{server}/server.key.pem"
client_ca = "{server}/ca.pem"
revocation_lists = ["{data}/certificates/crl.pem"]
"#,
            data = self.exchange().display(),
            shared = self.path("shared.key").display(),
            port = self.port,
            server = self.path("server").display(),
        )
    }

    fn practice_toml(&self, place: Place) -> String {
        let home = self.home(place);
        format!(
            r#"listen = "127.0.0.1:0"

[practice]
ods = "{ods}"
name = "{folder}"
mailbox = "{mailbox}"
mailbox_directory = "{home}/mailbox"
data_directory = "{home}"
patients = "{home}/patients.csv"
wait_minutes = 0
"#,
            ods = place.ods,
            folder = place.folder,
            mailbox = place.mailbox,
            home = home.display(),
        )
    }

    fn client_toml(&self, place: Place) -> String {
        let home = self.home(place);
        format!(
            r#"[server]
url = "https://localhost:{port}"
shared_key = {{ file = "{shared}" }}
certificate = "{home}/certificates/client.pem"
private_key = "{home}/certificates/client.key.pem"
trust = "{home}/certificates/ca.pem"

[options]
settle_seconds = 0

[[mailbox]]
id = "{mailbox}"
password = "a password of the tests"
directory = "{home}/mailbox"
"#,
            port = self.port,
            shared = self.path("shared.key").display(),
            home = home.display(),
            mailbox = place.mailbox,
        )
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// Places a pair in OUT as an application would: data first, control file second.
pub fn place_by_hand(all: &Loop, place: Place, name: &str, to: &str, data: &[u8]) {
    let out = all.mailbox(place, "OUT");
    fs::create_dir_all(&out).unwrap();
    fs::write(out.join(format!("{name}.dat")), data).unwrap();
    let control = format!(
        "<DTSControl>\n  <Version>1.0</Version>\n  <AddressType>DTS</AddressType>\n  \
         <MessageType>Data</MessageType>\n  <From_DTS>{from}</From_DTS>\n  <To_DTS>{to}</To_DTS>\n  \
         <Subject>Consultation report for a patient</Subject>\n  <LocalId>{ods}</LocalId>\n  \
         <Compress>Y</Compress>\n  <Encrypted>N</Encrypted>\n  \
         <WorkflowId>GPFED_CONSULT_REPORT</WorkflowId>\n</DTSControl>\n",
        from = place.mailbox,
        ods = place.ods,
    );
    fs::write(out.join(format!("{name}.ctl")), control).unwrap();
}

/// The newest file in `folder` whose name ends in `ending`.
pub fn newest(folder: &Path, ending: &str) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    found.sort();
    found.pop()
}

/// Asserts that no spelling of a test patient stands in `text`.
pub fn assert_no_patient_data(text: &str) {
    for data in PATIENT_DATA {
        assert!(!text.contains(data), "the logs hold {data}");
    }
}
