//! The rungs of a practice.

use std::path::Path;

use https_listener::ListenerConfig;
use mesh_client::ladder::Rung;
use nhs::{Clock, SystemClock};

use super::service;
use crate::alerts;
use crate::config::PracticeFile;
use crate::weakened;
use crate::wiring;

/// Everything that can be looked at whether or not the practice runs.
pub async fn rungs(path: &Path, file: &PracticeFile) -> Vec<Rung> {
    let practice = &file.practice;
    let listener = ListenerConfig {
        tls: file.tls.clone(),
        ..ListenerConfig::plain(file.listen)
    };
    let listeners = [("practice", Some(&listener))];
    let mut faults = weakened::refusals(weakened::of_practice(file));
    faults.extend(practice.check().err().map(|error| error.to_string()));
    let configuration = Rung::of(
        "configuration",
        &faults,
        format!("mailbox {} of {}", practice.mailbox, practice.ods),
        "correct the setting; docs/reference/configuration.md has every key with its unit and default",
    );
    let mut files = service::tls_faults(&listeners);
    files.extend(practice.patients.as_ref().and_then(|path| {
        let error = std::fs::File::open(path).err()?;
        Some(format!("patients, {}: {error}", path.display()))
    }));
    let mut addresses = vec![("pages", file.listen)];
    addresses.extend(file.operations.map(|address| ("operations", address)));
    let mut rungs = vec![
        configuration,
        Rung::of(
            "files",
            &files,
            "the TLS files and the list of patients can be read, as far as they are given",
            "put the file in its place, or correct its name; the user that the practice runs as must be able to read it",
        ),
        service::directories(&[
            ("mailbox_directory", &practice.mailbox_directory),
            ("data_directory", &practice.data_directory),
        ]),
        service::disk(&[&practice.mailbox_directory, &practice.data_directory]),
        service::tcp(&addresses),
    ];
    if let Some(scan) = &file.scan
        && let Err(error) = scan.try_now().await
    {
        rungs.push(Rung::fails(
            "tcp",
            format!("scan: {error}"),
            "start clamd or correct [scan]; until it answers documents wait in IN, unanswered",
        ));
    }
    rungs.extend(service::certificate(&listeners, SystemClock.now()));
    rungs.extend(store(file));
    rungs.extend(service::alerts(alerts::of_practice(path, file)).await);
    rungs
}

/// The records and the users; nothing is made.
fn store(file: &PracticeFile) -> Vec<Rung> {
    let data = &file.practice.data_directory;
    if !data.join("practice.sqlite").exists() {
        return vec![Rung::holds(
            "store",
            "there are no records yet; the first start makes them",
        )];
    }
    let records = gp_system::check_records(data).err();
    let faults: Vec<_> = records.iter().map(ToString::to_string).collect();
    let mut rungs = vec![Rung::of(
        "store",
        &faults,
        "the practice's records can be opened",
        "put the records of a backup in their place, or start the release that wrote them; never delete them",
    )];
    if data.join("users.sqlite3").exists() {
        rungs.push(match wiring::open_users(data).map(|users| users.list()) {
            Ok(Ok(users)) if users.is_empty() => Rung::holds(
                "rights",
                "nobody may sign in to the pages yet: restante user add",
            ),
            Ok(Ok(users)) => Rung::holds("rights", format!("{} users may sign in", users.len())),
            Ok(Err(error)) => users_fault(&error.to_string()),
            Err(error) => users_fault(&error.to_string()),
        });
    }
    rungs
}

fn users_fault(words: &str) -> Rung {
    Rung::fails(
        "rights",
        format!("the users of the pages: {words}"),
        "put the users.sqlite3 of a backup in its place, or remove it and add the users anew (restante user add)",
    )
}
