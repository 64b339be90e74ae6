//! Alerts of practices and exchanges, as their receivers get them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use test_kit::receivers::{Certificates, MailServer, Tls, WebReceiver};

use crate::kit::{self, Loop, OSPREY, Place, STARLING, Service, assert_no_patient_data};

/// Receivers of webhooks and of mail, and the table that names them.
struct Receivers {
    web: WebReceiver,
    mail: MailServer,
    certificates: Certificates,
}

impl Receivers {
    async fn start() -> Self {
        let certificates = Certificates::issue();
        Self {
            web: WebReceiver::start().await,
            mail: MailServer::start(Tls::WhenAsked, certificates.server.clone()).await,
            certificates,
        }
    }

    fn table(&self) -> String {
        format!(
            r#"
[alerting]
minimum_interval_minutes = 1
address = "https://practice.example"
[alerting.webhook]
url = "http://127.0.0.1:{}/hook"
signing_key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
[alerting.email]
host = "localhost"
port = {}
tls = "starttls"
ca_file = "{}"
user = "restante"
password = "pass word"
from = "restante@practice.example"
to = ["duty@practice.example"]
"#,
            self.web.port,
            self.mail.port,
            self.certificates.ca_file().display()
        )
    }

    /// Everything that arrived, as it arrived.
    fn everything(&self) -> String {
        let posted = self.web.posted().into_iter();
        let mut all: Vec<String> = posted
            .map(|it| format!("{} {:?} {}", it.path, it.headers, it.body))
            .collect();
        all.extend(self.mail.mails().into_iter().map(|it| format!("{it:?}")));
        all.join("\n")
    }

    /// The kinds of alerts that came by webhook from a service.
    fn kinds(&self, service: &str) -> Vec<String> {
        let data = self
            .web
            .posted()
            .into_iter()
            .map(|it| it.json()["data"].clone());
        let mut kinds: Vec<_> = data
            .filter(|data| data["service"] == service)
            .map(|data| data["kind"].as_str().unwrap().to_owned())
            .collect();
        kinds.sort();
        kinds
    }
}

fn append(all: &Loop, place: Place, settings: &str, table: &str) {
    let path = all.home(place).join("practice.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}{settings}\n{table}")).unwrap();
}

/// A pair that nobody takes, with a patient in its name and its subject.
fn leave_foreign_pair(all: &Loop) {
    let incoming = all.mailbox(OSPREY, "IN");
    fs::write(
        incoming.join("GARTON_9693632109.dat"),
        "<letter of GARTON/>",
    )
    .unwrap();
    let control = "<DTSControl>\n<Version>1.0</Version>\n<AddressType>DTS</AddressType>\n\
        <MessageType>Data</MessageType>\n<From_DTS>A81001OT001</From_DTS>\n<To_DTS>A20047OT001</To_DTS>\n\
        <Subject>Consultation report for GARTON 9693632109</Subject>\n<WorkflowId>A_WORKFLOW_OF_OTHERS</WorkflowId>\n\
        </DTSControl>\n";
    fs::write(incoming.join("GARTON_9693632109.ctl"), control).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_run_of_alerts_leaves_by_webhook_and_mail_once_and_names_no_patient() {
    let receivers = Receivers::start().await;
    let mut all = Loop::new();
    let table = receivers.table();
    append(
        &all,
        STARLING,
        "acknowledgement_overdue_minutes = 0",
        &table,
    );
    append(&all, OSPREY, "", &table);
    // the registered practice knows another name under that number
    let others = kit::PATIENTS.replace("GARTON", "GARSTON");
    fs::write(all.home(OSPREY).join("patients.csv"), others).unwrap();
    all.start_server();
    all.practice(STARLING, Some(&all.example()));
    all.practice(STARLING, None);
    all.client(STARLING);
    all.collect_until(OSPREY, "IN", ".dat");
    leave_foreign_pair(&all);
    all.practice(OSPREY, None);
    all.client(OSPREY);
    all.collect_until(STARLING, "IN", ".dat");
    all.practice(STARLING, None);
    let sending = receivers.kinds("practice A81001");
    assert_eq!(sending, ["letter-failed", "letter-unanswered"]);
    let receiving = receivers.kinds("practice A20047");
    assert_eq!(receiving, ["left-in-in", "received-in-doubt"]);
    assert_eq!(receivers.mail.mails().len(), 4);
    assert!(receivers.mail.mails().iter().all(|mail| mail.encrypted));
    // a start more sends nothing more
    for place in [STARLING, OSPREY] {
        all.practice(place, None);
    }
    assert_eq!(receivers.web.posted().len(), 4);
    assert_eq!(receivers.mail.mails().len(), 4);
    assert_no_patient_data(&receivers.everything());
    assert_no_patient_data(&all.all_logs());
}

const PRACTICE: &str = r#"
listen = "127.0.0.1:0"
operations = "127.0.0.1:0"
[practice]
ods = "A81001"
name = "Cumbria Starling Medical Centre"
mailbox = "A81001OT001"
mailbox_directory = "mailbox"
data_directory = "records"
"#;

/// Asks until the answer has this in it, at most a minute.
async fn until(url: &str, part: &str) {
    _ = rustls::crypto::ring::default_provider().install_default();
    for _ in 0..600 {
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        if text.contains(part) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{url} never has {part}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_practice_sends_what_is_raised_and_counts_what_waits() {
    let receivers = Receivers::start().await;
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    fs::write(
        here.join("practice.toml"),
        format!("{PRACTICE}{}", receivers.table()),
    )
    .unwrap();
    let incoming = here.join("mailbox/IN");
    fs::create_dir_all(&incoming).unwrap();
    fs::write(incoming.join("pair.dat"), "x").unwrap();
    let control = "<DTSControl><Version>1.0</Version><AddressType>DTS</AddressType><MessageType>Data</MessageType>\
        <From_DTS>A20047OT001</From_DTS><To_DTS>A81001OT001</To_DTS><WorkflowId>OTHERS</WorkflowId></DTSControl>";
    fs::write(incoming.join("pair.ctl"), control).unwrap();
    let mut command = kit::restante();
    command
        .args(["practice", "--config", "practice.toml"])
        .current_dir(here)
        .env("RESTANTE_LOG", "error");
    let mut service = Service::start(&mut command);
    let operations = service.next_url();
    let metrics = format!("{operations}/metrics");
    // each is counted by a task of its own
    for line in [
        "restante_alert_messages_sent_total{channel=\"webhook\"} 1",
        "restante_alert_messages_sent_total{channel=\"email\"} 1",
        "restante_practice_tasks_open 0",
        "restante_practice_letters_unanswered 0",
        "restante_alerts_unsent{channel=\"webhook\"} 0",
        "restante_alerts_unsent{channel=\"email\"} 0",
    ] {
        until(&metrics, line).await;
    }
    assert_eq!(receivers.kinds("practice A81001"), ["left-in-in"]);
    let health = reqwest::get(format!("{operations}/health")).await.unwrap();
    assert_eq!(health.status(), 200);
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    let mut command: Command = kit::restante();
    command
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_message_says_what_came_back_and_the_doctor_asks_without_sending() {
    let receivers = Receivers::start().await;
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let test = ["alert", "test", "--config", "practice.toml"];
    fs::write(here.join("practice.toml"), PRACTICE).unwrap();
    let without = run(here, &test);
    assert!(!without.status.success());
    assert!(
        String::from_utf8_lossy(&without.stderr).contains("[alerting]"),
        "{without:?}"
    );
    fs::write(
        here.join("practice.toml"),
        format!("{PRACTICE}{}", receivers.table()),
    )
    .unwrap();
    let doctor = run(here, &["doctor", "--config", "practice.toml"]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("alerts        ok"), "{said}");
    assert_eq!(receivers.everything(), "");
    let sent = run(here, &test);
    let said = String::from_utf8_lossy(&sent.stdout).into_owned();
    assert!(sent.status.success(), "{sent:?}");
    assert_eq!(
        said,
        "webhook  taken  204 No Content\nemail    taken  250\n"
    );
    assert_eq!(receivers.kinds("practice A81001"), ["test"]);
    receivers.mail.refuse("duty@");
    let sent = run(here, &[&test[..], &["--format", "json"]].concat());
    assert_eq!(sent.status.code(), Some(1));
    let said: serde_json::Value = serde_json::from_slice(&sent.stdout).unwrap();
    assert_eq!(
        (&said[0]["ok"], &said[1]["ok"]),
        (&true.into(), &false.into())
    );
    assert!(
        said[1]["answer"].as_str().unwrap().contains("550"),
        "{said}"
    );
    // a receiver that is away is told by the doctor with what to do
    let table = receivers
        .table()
        .replace(&format!("port = {}", receivers.mail.port), "port = 1");
    fs::write(here.join("practice.toml"), format!("{PRACTICE}{table}")).unwrap();
    let doctor = run(here, &["doctor", "--config", "practice.toml"]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(
        said.contains("alerts        FAILS email: localhost cannot be reached"),
        "{said}"
    );
    assert!(said.contains("restante alert test"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_the_environment_names_is_not_shown_an_alert_for_this_machine() {
    let (receivers, proxy) = (Receivers::start().await, WebReceiver::start().await);
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("practice.toml");
    fs::write(&config, format!("{PRACTICE}{}", receivers.table())).unwrap();
    let mut test = kit::restante();
    test.args(["alert", "test", "--config"]).arg(&config);
    for name in ["NO_PROXY", "no_proxy"] {
        test.env_remove(name);
    }
    for name in ["HTTP_PROXY", "http_proxy"] {
        test.env(name, format!("http://127.0.0.1:{}", proxy.port));
    }
    let sent = test.output().unwrap();
    assert!(sent.status.success(), "{sent:?}");
    assert_eq!(proxy.posted().len(), 0);
    assert_eq!(receivers.kinds("practice A81001"), ["test"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_tells_its_operators_that_its_disk_is_near_the_reserve() {
    let receivers = Receivers::start().await;
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let table = receivers.table();
    let config = format!(
        "data = \"exchange\"\nshared_key = \"TestKey\"\noperations = \"127.0.0.1:0\"\n[listener]\nlisten = \"127.0.0.1:0\"\n\
         [exchange]\nrequire_certificate = false\n{table}"
    );
    fs::write(here.join("server.toml"), config).unwrap();
    let mut command = kit::restante();
    command
        .args(["server", "--config", "server.toml"])
        .current_dir(here)
        .env("RESTANTE_LOG", "error")
        .env(
            "RESTANTE_SERVER__EXCHANGE__RESERVE_BYTES",
            "1000000000000000",
        );
    let mut service = Service::start(&mut command);
    let metrics = format!(
        "{}/metrics",
        service.next_url().trim_end_matches("/metrics")
    );
    until(
        &metrics,
        "restante_alert_messages_sent_total{channel=\"webhook\"} 1",
    )
    .await;
    assert_eq!(receivers.kinds("exchange"), ["disk-near-reserve"]);
    let page = receivers.web.posted()[0].json()["data"]["page"].clone();
    assert_eq!(page, "https://practice.example/");
}

#[test]
fn what_cannot_be_used_is_told_at_the_start_with_file_and_setting() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    for (table, expected) in [
        (
            "[alerting.webhook]\nurl = \"http://alerts.example/\"\n",
            &["practice.toml, line 11", "https://"][..],
        ),
        (
            "[alerting.webhook]\nurl = \"https://alerts.example/\"\nsigning_key_file = \"no.key\"\n",
            &["practice.toml", "webhook.signing_key", "no.key"],
        ),
        (
            "[alerting.email]\nhost = \"smtp.example\"\ntls = \"none\"\nfrom = \"a@b.example\"\nto = [\"c@d.example\"]\n",
            &["practice.toml, line 10", "this machine only"],
        ),
    ] {
        fs::write(here.join("practice.toml"), format!("{PRACTICE}{table}")).unwrap();
        let refused = run(here, &["practice", "--config", "practice.toml"]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success());
        for part in expected {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}
