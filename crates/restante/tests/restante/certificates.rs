//! `restante certificate`: what is issued is never lost, is listed, and is revoked by its number.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::kit::{self, restante};

fn certificate(directory: &Path, arguments: &[&str]) -> Output {
    restante()
        .arg("certificate")
        .args(arguments)
        .args(["--data", "exchange"])
        .current_dir(directory)
        .output()
        .unwrap()
}

fn succeeds(directory: &Path, arguments: &[&str]) -> String {
    let output = certificate(directory, arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn refused(directory: &Path, arguments: &[&str]) -> String {
    let output = certificate(directory, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

const ISSUE: [&str; 7] = [
    "issue",
    "--ods",
    "A81001",
    "--local-id",
    "client",
    "--out",
    "out",
];

#[test]
fn a_key_is_never_written_over() {
    let work = tempfile::tempdir().unwrap();
    kit::new_exchange(work.path());
    let printed = succeeds(work.path(), &ISSUE);
    for said in [
        "name        client.A81001.api.mesh-client.nhs.uk",
        "valid       20",
        "Next: name these files in client.toml",
    ] {
        assert!(printed.contains(said), "{printed}");
    }
    let files =
        ["client.key.pem", "client.pem", "ca.pem"].map(|name| work.path().join("out").join(name));
    let before = files.each_ref().map(|file| fs::read(file).unwrap());
    let told = refused(work.path(), &ISSUE);
    assert!(
        told.contains("out/client.key.pem: is there already"),
        "{told}"
    );
    assert_eq!(files.each_ref().map(|file| fs::read(file).unwrap()), before);
    let list: Value =
        serde_json::from_str(&succeeds(work.path(), &["list", "--format", "json"])).unwrap();
    assert_eq!(
        list.as_array().unwrap().len(),
        1,
        "what was refused is not issued"
    );

    // into the directory of another authority's files
    let other = tempfile::tempdir().unwrap();
    kit::new_exchange(other.path());
    let out = work.path().join("out");
    let issue = [
        "issue",
        "--ods",
        "A81001",
        "--local-id",
        "other",
        "--out",
        out.to_str().unwrap(),
    ];
    let told = refused(other.path(), &issue);
    assert!(told.contains("another authority's certificate"), "{told}");
    assert_eq!(fs::read(&files[2]).unwrap(), before[2]);
}

#[test]
fn what_was_issued_is_listed_and_revoked_by_its_number() {
    let work = tempfile::tempdir().unwrap();
    kit::new_exchange(work.path());
    assert!(succeeds(work.path(), &["list"]).contains("no certificate was issued here"));
    assert!(
        !work.path().join("exchange/certificates").exists(),
        "looking makes nothing"
    );
    let json = [&ISSUE[..], &["--format", "json"]].concat();
    let issued: Value = serde_json::from_str(&succeeds(work.path(), &json)).unwrap();
    succeeds(
        work.path(),
        &["issue-server", "--name", "mesh.example", "--out", "out"],
    );
    let list = |()| -> Value {
        serde_json::from_str(&succeeds(work.path(), &["list", "--format", "json"])).unwrap()
    };
    let mut rows = list(());
    // issued in one second, they are in the order of their numbers
    if rows[0]["serial"] != issued["serial"] {
        rows.as_array_mut().unwrap().swap(0, 1);
    }
    assert_eq!(rows[0]["serial"], issued["serial"]);
    assert_eq!(rows[0]["ods_code"], "A81001");
    assert_eq!(rows[0]["local_id"], "client");
    assert_eq!(rows[0]["valid_to"], issued["valid_to"]);
    assert_eq!(
        (&rows[0]["revoked"], &rows[0]["state"]),
        (&false.into(), &"valid".into())
    );
    assert_eq!(
        (&rows[1]["holder"], &rows[1]["subject"]),
        (&"server".into(), &"mesh.example".into())
    );

    let serial = issued["serial"].as_str().unwrap();
    let colons: Vec<_> = serial
        .as_bytes()
        .chunks(2)
        .map(|it| std::str::from_utf8(it).unwrap().to_uppercase())
        .collect();
    let printed = succeeds(work.path(), &["revoke", &colons.join(":")]);
    assert!(
        printed.contains(&format!("certificate {serial} (client.A81001.")),
        "{printed}"
    );
    assert!(succeeds(work.path(), &["revoke", serial]).contains("was revoked before"));
    let rows = list(());
    let mut states = rows.as_array().unwrap().iter().map(|row| &row["state"]);
    assert!(states.any(|state| state == "revoked"), "{rows}");
    let text = succeeds(work.path(), &["list"]);
    assert!(
        text.contains("revoked") && text.contains("mesh.example"),
        "{text}"
    );
}

#[test]
fn what_was_never_issued_is_revoked_by_force_only() {
    let work = tempfile::tempdir().unwrap();
    kit::new_exchange(work.path());
    let told = refused(work.path(), &["revoke", "1234"]);
    assert!(
        told.contains("1234: no certificate") && told.contains("give --force"),
        "{told}"
    );
    let printed = succeeds(work.path(), &["revoke", "1234", "--force"]);
    assert!(printed.contains("certificate 1234 is revoked"), "{printed}");
    let wrong = certificate(work.path(), &["revoke", "no serial"]);
    assert_eq!(wrong.status.code(), Some(2));
    let told = String::from_utf8(wrong.stderr).unwrap();
    assert!(told.contains("1 to 40 hexadecimal digits"), "{told}");
}
