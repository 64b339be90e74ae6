//! `restante client` as its operators see it: the Java client's file, checking it, running as a
//! service, a changed configuration, the status, and being told to stop.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::kit::{self, Service};

const CONTROL: &str = "<DTSControl>
  <Version>1.0</Version>
  <AddressType>DTS</AddressType>
  <MessageType>Data</MessageType>
  <From_DTS>X26ABC1</From_DTS>
  <To_DTS>X26ABC2</To_DTS>
  <WorkflowId>TEST_WORKFLOW2</WorkflowId>
</DTSControl>
";

fn restante() -> Command {
    let mut command = kit::restante();
    command.env("RESTANTE_CLIENT__SERVER__RETRY_PAUSE_SECONDS", "0.01");
    command
}

fn until(mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "what was waited for did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn client(arguments: &[&str], config: &Path) -> Output {
    restante()
        .arg("client")
        .args(arguments)
        .arg("--config")
        .arg(config)
        .output()
        .unwrap()
}

fn java(directory: &Path, server: &str) -> PathBuf {
    let mailbox = |id: &str| {
        let root = directory.join(id);
        format!(
            "<Client><ClientIdentity>{id}</ClientIdentity>\
             <ClientAuthentication>password</ClientAuthentication>\
             <InterfaceRoot>{}</InterfaceRoot><SaveSent>Y</SaveSent></Client>",
            root.display()
        )
    };
    let text = format!(
        "<MESHConfig><PrimaryURL>http://{server}</PrimaryURL>\
         <AuthenticationKey>TestKey</AuthenticationKey><PollSeconds>0.2</PollSeconds>\
         <ProcessingDelay>0</ProcessingDelay><AutoUpgrade>Y</AutoUpgrade>{}{}</MESHConfig>",
        mailbox("X26ABC1"),
        mailbox("X26ABC2")
    );
    let path = directory.join("meshclient.cfg");
    fs::write(&path, text).unwrap();
    path
}

fn put(directory: &Path, base: &str) {
    let out = directory.join("X26ABC1/OUT");
    fs::create_dir_all(&out).unwrap();
    for (extension, text) in [("dat", "the message"), ("ctl", CONTROL)] {
        let temporary = directory.join("writing");
        fs::write(&temporary, text).unwrap();
        fs::rename(temporary, out.join(format!("{base}.{extension}"))).unwrap();
    }
}

#[test]
fn the_java_clients_file_is_checked_run_and_told_about() {
    let directory = tempfile::tempdir().unwrap();
    let mut sandbox = restante();
    sandbox.args(["server", "--sandbox", "--listen", "127.0.0.1:0"]);
    let sandbox = Service::start(&mut sandbox);
    let server = sandbox.address();
    let config = java(directory.path(), server);

    let checked = client(&["--check"], &config);
    let said = text(&checked);
    assert!(checked.status.success(), "{said}");
    for words in ["mailbox X26ABC2", "ignored: AutoUpgrade", server] {
        assert!(said.contains(words), "{words} is not in\n{said}");
    }
    assert!(!said.contains("TestKey"));
    let mut broken = restante();
    broken.args(["client", "--check", "--config"]).arg(&config);
    broken.env("RESTANTE_CLIENT__SERVER__KEY_STORE", "nowhere.jks");
    broken.env("RESTANTE_CLIENT__SERVER__KEY_STORE_PASSWORD", "word");
    let broken = broken.output().unwrap();
    assert_eq!(broken.status.code(), Some(1));
    assert!(text(&broken).contains("nowhere.jks"), "{}", text(&broken));

    put(directory.path(), "one");
    assert!(client(&["--once"], &config).status.success());
    assert!(directory.path().join("X26ABC1/SENT/one.ctl").is_file());
    put(directory.path(), "secret-name");
    let status = client(&["status"], &config);
    let said = text(&status);
    assert!(said.contains("OUT: 1 message waiting to be sent"), "{said}");
    assert!(said.contains("no client serves it; the last one"), "{said}");
    assert!(!said.contains("secret-name"));
    let json = client(&["status", "--format", "json"], &config);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json[0]["waiting_in_out"]["count"], 1);
}

/// Whoever may write into OUT chooses the names that `status --names` prints.
#[test]
fn a_name_does_nothing_to_the_terminal_it_is_shown_on() {
    let directory = tempfile::tempdir().unwrap();
    let config = java(directory.path(), "127.0.0.1:9");
    let name = "\u{1b}]0;title\u{7}\u{9b}2J\u{202e}NOTRAG";
    for place in ["IN", "OUT", "SENT", "FAILED", "TEMP"] {
        for mailbox in ["X26ABC1", "X26ABC2"] {
            fs::create_dir_all(directory.path().join(mailbox).join(place)).unwrap();
        }
    }
    let mailbox = directory.path().join("X26ABC1");
    fs::write(mailbox.join("FAILED").join(format!("{name}.ctl")), CONTROL).unwrap();
    fs::write(mailbox.join("OUT").join(format!("{name}.dat")), "data").unwrap();
    for format in ["text", "json"] {
        let shown = text(&client(&["status", "--names", "--format", format], &config));
        assert_eq!(shown.matches("NOTRAG").count(), 2, "{shown:?}");
        let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!shown.contains(acts), "{shown:?}");
    }
}

#[test]
fn a_service_tells_its_health_takes_a_changed_file_and_stops_when_told() {
    let directory = tempfile::tempdir().unwrap();
    let mut sandbox = restante();
    sandbox.args(["server", "--sandbox", "--listen", "127.0.0.1:0"]);
    let sandbox = Service::start(&mut sandbox);
    let server = sandbox.address();
    let mailbox = |id: &str, password: &str| {
        let root = directory.path().join(id);
        format!(
            "\n[[mailbox]]\nid = \"{id}\"\npassword = \"{password}\"\ndirectory = \"{}\"\n",
            root.display()
        )
    };
    let top = format!(
        "operations = \"127.0.0.1:0\"\n[server]\nurl = \"http://{server}\"\n\
         shared_key = \"TestKey\"\n[options]\npoll_seconds = 0.2\nsettle_seconds = 0\n"
    );
    let config = directory.path().join("client.toml");
    fs::write(&config, top.clone() + &mailbox("X26ABC1", "password")).unwrap();
    let mut command = restante();
    command.args(["client", "--config"]).arg(&config);
    let mut service = Service::start(&mut command);
    let operations = service.address().to_owned();
    put(directory.path(), "one");
    until(|| directory.path().join("X26ABC1/SENT/one.ctl").is_file());
    until(|| get(&operations, "/health").starts_with("HTTP/1.1 200"));
    // It is counted once it is on disk in SENT, which is after it can be seen there.
    let sent = "restante_client_events_total{mailbox=\"X26ABC1\",event=\"sent\"} 1";
    until(|| get(&operations, "/metrics").contains(sent));

    let both = top + &mailbox("X26ABC1", "password") + &mailbox("X26ABC2", "wrong");
    fs::write(&config, &both).unwrap();
    service.signal("-HUP");
    until(|| get(&operations, "/health").starts_with("HTTP/1.1 503"));
    let health = get(&operations, "/health");
    assert!(health.contains("refused mailbox, password"), "{health}");
    let status = client(&["status"], &config);
    assert_eq!(status.status.code(), Some(1));
    let said = text(&status);
    assert!(said.contains("a client serves it"), "{said}");
    assert!(said.contains("in trouble since"), "{said}");

    fs::write(&config, both.replace("wrong", "password")).unwrap();
    service.signal("-HUP");
    until(|| {
        let inbox = fs::read_dir(directory.path().join("X26ABC2/IN"));
        inbox.is_ok_and(|files| {
            files
                .flatten()
                .any(|file| file.path().extension().is_some_and(|it| it == "dat"))
        })
    });
    until(|| get(&operations, "/health").starts_with("HTTP/1.1 200"));
    service.signal("-TERM");
    assert!(service.process().wait().unwrap().success());
    let said = text(&client(&["status"], &config));
    assert_eq!(said.matches("the last one stopped").count(), 2, "{said}");
}

#[tokio::test]
async fn the_library_speaks_the_whole_api() {
    use mesh_client::api::{Connection, ConnectionSettings, InboxQuery, RichQuery};
    use nhs::{MailboxId, OdsCode, SystemClock, SystemRandomness, WorkflowId};
    use std::sync::Arc;

    let mut sandbox = restante();
    sandbox.args(["server", "--sandbox", "--listen", "127.0.0.1:0"]);
    let sandbox = Service::start(&mut sandbox);
    let server = sandbox.address();
    let settings = ConnectionSettings::plain(&format!("http://{server}"), "TestKey".into());
    let connection =
        Connection::new(&settings, Arc::new(SystemClock), Arc::new(SystemRandomness)).unwrap();
    let client = |id: &str| {
        let mailbox = MailboxId::parse(id).unwrap();
        connection.mailbox(mailbox, "password".into())
    };
    let (from, to) = (client("X26ABC1"), client("X26ABC2"));
    from.handshake().await.unwrap();
    let workflow = WorkflowId::parse("TEST_WORKFLOW2").unwrap();
    let mut sent = Vec::new();
    for (n, local_id) in ["one", "two", "two"].into_iter().enumerate() {
        let mut headers = mesh::SendHeaders::new("X26ABC2", workflow.clone());
        headers.local_id = Some(local_id.into());
        let body = format!("message {n}").into_bytes();
        let id = from.send(headers, std::io::Cursor::new(body)).await;
        sent.push(id.unwrap());
    }
    assert_eq!(to.count().await.unwrap(), 3);
    let page = to.inbox_page(&InboxQuery::default()).await.unwrap();
    assert_eq!((page.messages.len(), page.waiting), (3, Some(3)));
    assert!(!page.has_next());
    let others = InboxQuery {
        workflow_filter: Some("!TEST*".to_owned()),
        ..InboxQuery::default()
    };
    assert!(to.list_inbox_with(&others).await.unwrap().is_empty());
    assert_eq!(
        from.track(&sent[0]).await.unwrap().status.as_deref(),
        Some("accepted")
    );
    let tracked = from.track_local_id("one").await.unwrap();
    assert_eq!(tracked.message_id, Some(sent[0].to_string()));
    let several = from.track_local_id("two").await.unwrap_err();
    assert_eq!(several.status(), Some(300));
    let none = from.track_local_id("three").await.unwrap_err();
    assert_eq!(none.status(), Some(404));
    let query = RichQuery {
        since: Some(jiff::Timestamp::now() - jiff::SignedDuration::from_mins(1)),
        max_results: Some(10),
    };
    assert_eq!(from.rich_outbox(&query).await.unwrap().len(), 3);
    assert_eq!(to.rich_inbox(&query).await.unwrap().len(), 3);
    assert_eq!(to.head(&sent[0]).await.unwrap().message_id, sent[0]);
    let mut body = Vec::new();
    to.download(&sent[0], &mut body).await.unwrap();
    assert_eq!(body, b"message 0");
    to.acknowledge(&sent[0]).await.unwrap();
    assert_eq!(to.count().await.unwrap(), 2);
    let organisation = OdsCode::parse("X26").unwrap();
    let found = from
        .endpoint_lookup(&organisation, &workflow)
        .await
        .unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(from.workflow_search(&workflow).await.unwrap().len(), 3);
    assert!(from.clock_skew().unwrap().as_secs().abs() < 5);
}
