//! `restante doctor` and `client --check --connect`: a configuration that works, and each rung broken by itself.

mod client;
mod services;

use std::fs;
use std::path::Path;
use std::process::Output;

use https_listener::certificate::Authority;
use jiff::{SignedDuration, Timestamp};

use crate::kit;

/// Longer ago than a certificate lasts.
fn long_ago() -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(24 * 365 * 5)
}

fn authority(directory: &Path, stem: &str, now: Timestamp) -> Authority {
    let own = directory.join(format!("{stem}-directory"));
    let authority = Authority::open_or_create(&own, now).unwrap();
    fs::copy(authority.ca_path(), directory.join(format!("{stem}.pem"))).unwrap();
    authority
}

fn issue(authority: &Authority, directory: &Path, stem: &str, now: Timestamp) {
    let name = "A81001OT001.A81001.api.mesh-client.nhs.uk";
    let issued = authority.issue_client(name, now).unwrap();
    issued.write(directory, stem).unwrap();
}

fn doctor(config: &Path) -> (Output, serde_json::Value) {
    let mut command = kit::restante();
    command
        .args(["doctor", "--format", "json", "--config"])
        .arg(config);
    let output = command.output().unwrap();
    let json = serde_json::from_slice(&output.stdout).unwrap();
    (output, json)
}

fn rungs(json: &serde_json::Value) -> Vec<(String, bool)> {
    let rungs = json["rungs"].as_array().unwrap().iter();
    let rungs = rungs.map(|rung| {
        let ok = rung["ok"].as_bool().unwrap();
        let (what, cure) = (
            rung["what"].as_str().unwrap(),
            rung["cure"].as_str().unwrap(),
        );
        assert!(!what.is_empty());
        assert_eq!(cure.is_empty(), ok, "{rung}");
        (rung["name"].as_str().unwrap().to_owned(), ok)
    });
    rungs.collect()
}

/// Exactly this rung fails, and says these words.
#[track_caller]
fn broken(config: &Path, name: &str, words: &[&str]) {
    let (output, json) = doctor(config);
    let failing: Vec<_> = rungs(&json).into_iter().filter(|(_, ok)| !ok).collect();
    assert_eq!(failing, [(name.to_owned(), false)], "{json:#}");
    assert_eq!(
        (output.status.code(), json["ok"].as_bool()),
        (Some(1), Some(false))
    );
    let rung = json["rungs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|rung| rung["name"] == name);
    let told = format!("{} {}", rung.unwrap()["what"], rung.unwrap()["cure"]);
    for word in words {
        assert!(told.contains(word), "{word} is not in {told}");
    }
}

#[track_caller]
fn holds(config: &Path, expected: &[&str]) {
    let (output, json) = doctor(config);
    let all: Vec<_> = rungs(&json);
    let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, expected, "{json:#}");
    assert!(all.iter().all(|(_, ok)| *ok), "{json:#}");
    assert_eq!(
        (output.status.code(), json["ok"].as_bool()),
        (Some(0), Some(true))
    );
}
