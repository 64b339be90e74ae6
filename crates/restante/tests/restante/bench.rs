//! `restante bench` against `restante server --sandbox`: every profile does its work and says so.

use std::io::{Read, Write};

use crate::kit::{Sandbox, Service, restante};

/// What bench reports of the sandbox, with the given arguments.
fn bench(server: &Sandbox, arguments: &[&str]) -> serde_json::Value {
    let output = restante()
        .args(["bench", "--format", "json", "--seconds", "1", "--url"])
        .arg(server.url())
        .args(arguments)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).unwrap()
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
    let server = Sandbox::start();
    let sent = count(&bench(&server, &["--profile", "send"]), "send");
    assert!(sent > 0);

    let listing = ["--profile", "list", "--connections", "2"];
    let lists = bench(&server, &listing);
    assert!(count(&lists, "list") > 0);
    assert!(row(&lists, "list")["p99_ms"].as_f64().unwrap() > 0.0);

    let large = ["--profile", "large", "--connections", "1"];
    let size = ["--large-size", "2500001", "--chunk-size", "1000000"];
    let report = bench(&server, &[large, size].concat());
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
    let collected = count(&bench(&server, &collecting), "acknowledge");
    assert!(collected > 0);
}

#[test]
fn a_server_that_is_not_there_is_told_once() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port().to_string();
    drop(nobody);
    for url in [&format!("http://127.0.0.1:{port}"), &port] {
        let output = restante()
            .args(["bench", "--seconds", "1", "--url", url])
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        let expected = format!("restante: 127.0.0.1:{port} cannot be reached: ");
        assert!(told.starts_with(&expected), "{told}");
        assert!(
            told.contains("nothing was sent. Start the server"),
            "{told}"
        );
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn a_server_that_speaks_tls_is_told_to_be_given_by_https() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        let mut request = [0; 64];
        _ = stream.read(&mut request).unwrap();
        // a fatal alert, protocol_version
        stream.write_all(&[21, 3, 1, 0, 2, 2, 70]).unwrap();
    });
    let output = restante()
        .args(["bench", "--seconds", "1", "--url", &url])
        .output()
        .unwrap();
    answering.join().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("if it speaks TLS, give an https:// URL"),
        "{told}"
    );
}

#[test]
fn a_load_that_is_refused_altogether_is_told_with_its_reason_and_exits_1() {
    let server = Sandbox::start();
    let output = restante()
        .args(["bench", "--seconds", "1", "--connections", "2"])
        .args(["--password", "wrong", "--url", server.url()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let printed = String::from_utf8_lossy(&output.stdout);
    let reason = "times: status 403: mailbox, password, shared key or certificate is refused";
    assert!(printed.contains(reason), "{printed}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

/// An exchange with two practices and a sender, all made by the commands; its directory.
fn small_nation() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        durable::replace(&path, text.as_bytes(), durable::Access::Owner).unwrap();
    };
    write("shared.key", "TestKey\n");
    write(
        "server.toml",
        "data = \"data\"\nshared_key_file = \"shared.key\"\n[listener]\nlisten = \"127.0.0.1:0\"\n\
         [exchange]\nrequire_certificate = false\n",
    );
    write("patients.csv", &load_generator::patients::registry(20, 2));
    let run = |arguments: &str, input: &str| {
        let mut command = restante();
        let (config, words) = (["--config", "server.toml"], arguments.split(' '));
        let mut child = command
            .args(words)
            .args(config)
            .current_dir(directory.path())
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut to = child.stdin.take().unwrap();
        to.write_all(input.as_bytes()).unwrap();
        drop(to);
        assert!(child.wait().unwrap().success(), "{arguments}");
    };
    for (id, ods) in [
        ("A00000OT001", "A00000"),
        ("A00001OT001", "A00001"),
        ("B00000OT001", "B00000"),
    ] {
        run(
            &format!("mailbox add {id} --ods {ods} --password-stdin"),
            "password\n",
        );
    }
    let practices = |option: &str| format!("--{option} A00000OT001 --{option} A00001OT001");
    let messages = practices("receive");
    run(
        &format!("workflow allow TEST_WORKFLOW --send B00000OT001 {messages} --patient-routing"),
        "",
    );
    let answers = practices("send");
    run(
        &format!("workflow allow TEST_WORKFLOW_ACK --receive B00000OT001 {answers}"),
        "",
    );
    run("registry import patients.csv", "");
    directory
}

#[test]
fn a_nation_sends_collects_and_answers_every_message_and_tells_what_it_took() {
    let directory = small_nation();
    let mut serving = restante();
    serving
        .args(["server", "--config", "server.toml"])
        .current_dir(directory.path())
        .stderr(std::process::Stdio::null());
    let mut server = Service::start(&mut serving);
    let pid = server.process().id().to_string();
    let output = restante()
        .args([
            "bench",
            "--profile",
            "nation",
            "--format",
            "json",
            "--url",
            &server.url,
        ])
        .args([
            "--seconds",
            "2",
            "--connections",
            "4",
            "--practices",
            "2",
            "--senders",
            "1",
        ])
        .args(["--patients", "20", "--peak", "200", "--median-size", "2000"])
        .args(["--largest", "100000", "--poll-seconds", "1", "--seed", "3"])
        .args(["--server-pid", &pid, "--server-data"])
        .arg(directory.path().join("data"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |kind: &str| {
        let rows = report["requests"].as_array().unwrap();
        let is_there = rows.iter().any(|row| row["request"] == kind);
        if is_there { count(&report, kind) } else { 0 }
    };
    let sent = of("send") + of("send at peak");
    assert!(of("send at peak") > 5, "{report}");
    assert_eq!(of("to who waits") + of("to who polls"), sent, "{report}");
    assert_eq!(of("answer"), sent, "{report}");
    assert_eq!(of("answered"), sent, "{report}");
    assert_eq!(of("acknowledge"), 2 * sent, "{report}");
    assert_eq!(report["failures"].as_array().unwrap().len(), 0, "{report}");
    if cfg!(target_os = "linux") {
        let machine = &report["machine"];
        assert!(
            machine["server_memory_megabytes"].as_f64().unwrap() > 1.0,
            "{report}"
        );
        assert!(
            machine["data_megabytes"].as_f64().unwrap() > 0.1,
            "{report}"
        );
    }
}
