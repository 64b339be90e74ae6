//! What can be looked at without a server: the configuration, the files it names, directories, room, dates.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use nhs::{SystemClock, SystemRandomness};

use super::Rung;
use crate::agent::{directory_faults, disk_faults, foreign_path};
use crate::api::{Connection, Dates};
use crate::config::AgentConfig;

/// The rungs `configuration`, `files`, `directories`, `disk`, and `certificate` where the client's own is not
/// valid or will not be for long. Nothing is connected, made or changed.
pub fn local(config: &AgentConfig, now: Timestamp) -> Vec<Rung> {
    let configuration: Vec<_> = config.faults_of_settings();
    let mut rungs = vec![Rung::of(
        "configuration",
        &configuration,
        format!(
            "{} of {}",
            mailboxes(config.mailboxes.len()),
            shown(&config.server.url)
        ),
        "correct the setting; docs/reference/client-configuration.md has every key with its unit and default",
    )];
    let files = faults_of_files(config, &configuration);
    let count = config.files().len();
    rungs.push(Rung::of(
        "files",
        &files,
        format!("the {count} files and the secrets that the configuration names can be used"),
        "put the file in its place, or correct its name; the user that the client runs as must be able to read it",
    ));
    let words = |faults: Vec<crate::ClientError>| -> Vec<String> {
        let mut seen = BTreeSet::new();
        let faults = faults.iter().map(ToString::to_string);
        faults.filter(|fault| seen.insert(fault.clone())).collect()
    };
    rungs.push(Rung::of(
        "directories",
        &words(directory_faults(config)),
        "IN, OUT, SENT, FAILED and TEMP of each mailbox can be used, or will be made",
        "make the directory, or correct its path; all five must be on one file system, and the user that the client \
         runs as must be able to write there",
    ));
    rungs.push(Rung::of(
        "disk",
        &words(disk_faults(config)),
        "there is room where the mailboxes are",
        "free some room: nothing is received until then, and nothing is lost",
    ));
    if files.is_empty() {
        rungs.extend(certificate(config, now));
    }
    rungs
}

fn certificate(config: &AgentConfig, now: Timestamp) -> Option<Rung> {
    match config.certificate_dates(now) {
        Dates::Good => None,
        Dates::EndSoon(words) => Some(Rung::holds("certificate", words)),
        Dates::Wrong(words) => {
            let (what, cure) = words
                .split_once(": ")
                .unwrap_or((&words, "have it renewed"));
            Some(Rung::fails("certificate", what, cure))
        }
    }
}

/// What is wrong with files and secrets; what is wrong with the settings is told already.
fn faults_of_files(config: &AgentConfig, told: &[String]) -> Vec<String> {
    let connection = config.connection_settings().and_then(|settings| {
        let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
        Connection::new(&settings, clock, randomness).map(drop)
    });
    let passwords = config.mailboxes.iter().map(|mailbox| {
        let resolved = mailbox.password.resolve();
        resolved.map(drop).map_err(crate::ClientError::from)
    });
    let faults = std::iter::once(connection).chain(passwords);
    let faults = faults
        .filter_map(Result::err)
        .map(|error| error.to_string());
    let faults = foreign_paths(config).into_iter().chain(faults);
    faults.filter(|fault| !told.contains(fault)).collect()
}

/// Files that are named by a path of another kind of machine.
pub fn foreign_paths(config: &AgentConfig) -> Vec<String> {
    let files = config.files().into_iter();
    let named = files.filter_map(|path| {
        let words = foreign_path(&path)?;
        Some(format!("{}: {words}", path.display()))
    });
    named.collect()
}

fn mailboxes(count: usize) -> String {
    match count {
        1 => "1 mailbox".to_owned(),
        count => format!("{count} mailboxes"),
    }
}

fn shown(url: &str) -> String {
    let url = reqwest::Url::parse(url).ok();
    let host = url.as_ref().and_then(reqwest::Url::host_str);
    host.unwrap_or("a server").to_owned()
}
