//! `restante bench` against `restante server --sandbox`: every profile does its work and says so.

use std::io::{Read, Write};

use crate::kit::{Sandbox, restante};

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
