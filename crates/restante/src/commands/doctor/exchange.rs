//! The rungs of an exchange.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use exchange::Operator;
use jiff::Timestamp;
use mesh_client::ladder::Rung;
use nhs::{Clock, SystemClock, SystemRandomness};

use super::service;
use crate::alerts;
use crate::config::{ServerConfig, Source};
use crate::weakened;
use crate::wiring;

const STEP: Duration = Duration::from_secs(10);

/// Everything that can be looked at whether or not the server runs.
pub async fn rungs(path: &Path, config: &ServerConfig) -> Vec<Rung> {
    let now: Timestamp = SystemClock.now();
    let listeners = [
        ("listener", Some(&config.listener)),
        ("console", config.console.as_ref()),
    ];
    let mut files = service::tls_faults(&listeners);
    files.extend(
        config
            .shared_key
            .first_line()
            .err()
            .map(|error| error.to_string()),
    );
    let mut addresses = vec![("listener", config.listener.listen)];
    addresses.extend(
        config
            .console
            .iter()
            .map(|console| ("console", console.listen)),
    );
    addresses.extend(config.operations.map(|address| ("operations", address)));
    let mut rungs = vec![
        configuration(config),
        Rung::of(
            "files",
            &files,
            "the TLS files and the shared key can be used",
            "put the file in its place, or correct its name; the user that the server runs as must be able to read it",
        ),
        service::directories(&[("data", &config.data)]),
        service::disk(&[&config.data]),
        service::tcp(&addresses),
    ];
    rungs.extend(service::certificate(&listeners, now));
    rungs.extend(postgresql(config).await);
    rungs.extend(store(config).await);
    rungs.extend(pds(config).await);
    rungs.extend(service::alerts(alerts::of_server(path, config)).await);
    rungs
}

fn configuration(config: &ServerConfig) -> Rung {
    let refused = weakened::refusals(weakened::of_server(config));
    let mut faults = refused;
    let fhir_is_missing =
        config.demographics.source != Source::Registry && config.demographics.fhir.is_none();
    if fhir_is_missing {
        faults.push(
            "[demographics] source asks for PDS FHIR, and there is no [demographics.fhir]"
                .to_owned(),
        );
    }
    Rung::of(
        "configuration",
        &faults,
        "the settings fit together",
        "correct the setting; docs/reference/configuration.md has every key with its unit and default",
    )
}

/// The servers of PostgreSQL, where there are several: a standby that is away is missed only when it is needed.
async fn postgresql(config: &ServerConfig) -> Option<Rung> {
    let options = config.store.postgresql.as_ref()?;
    let servers = options.servers().await.ok()?;
    if servers.len() < 2 {
        return None;
    }
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for (name, takes_writes) in &servers {
        match takes_writes {
            Ok(true) => found.push(format!("{name} takes writes")),
            Ok(false) => found.push(format!("{name} is a standby")),
            Err(error) => faults.push(format!("{name}: {error}")),
        }
    }
    let writable = servers
        .iter()
        .filter(|(_, takes_writes)| matches!(takes_writes, Ok(true)))
        .count();
    match writable {
        0 => faults.push("none of them takes writes: promote a standby, or bring the primary back".to_owned()),
        1 => {}
        more => faults.push(format!(
            "{more} of them take writes, and only one may: stop the one that is no longer the primary"
        )),
    }
    Some(Rung::of(
        "postgresql",
        &faults,
        found.join("; "),
        "url of [store.postgresql] names a primary and its standbys; bring back what is away, or take it out of url",
    ))
}

/// The store, and who may send and receive. Nothing is made: what the first start makes is not looked for.
async fn store(config: &ServerConfig) -> Vec<Rung> {
    let place = config.place();
    let is_in_files = config.store.postgresql.is_none();
    if is_in_files && !place.data.join("records.sqlite3").exists() {
        return vec![Rung::holds(
            "store",
            "there is none yet; the first start makes it",
        )];
    }
    if !place.key_file.exists() {
        let key = place.key_file.display();
        // what is kept in PostgreSQL may be new, what is kept in files is there already
        if !is_in_files {
            return vec![Rung::holds(
                "store",
                format!("the key, {key}, is made by the first start"),
            )];
        }
        return vec![Rung::fails(
            "store",
            format!("{key}: the key that seals passwords is not there"),
            "put the exchange's key file in its place; without it no mailbox's password can be read",
        )];
    }
    let opening = move || -> Result<_, exchange::ExchangeError> {
        let operator = Operator::open_with(
            &place.store,
            &place.data,
            &place.key_file,
            Arc::new(SystemRandomness),
            Arc::new(SystemClock),
        )?;
        Ok((operator.mailboxes()?, operator.workflows()?))
    };
    let opened = tokio::task::spawn_blocking(opening).await;
    let (mailboxes, workflows) = match opened {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return vec![store_fault(&error.to_string())],
        Err(_) => return vec![store_fault("it could not be looked at")],
    };
    let active = mailboxes.iter().filter(|mailbox| mailbox.active).count();
    let what = format!(
        "it can be opened; mailboxes: {}, {active} of them enabled",
        mailboxes.len()
    );
    let unheard = workflows
        .iter()
        .filter(|workflow| !workflow.senders.is_empty() && workflow.receivers.is_empty());
    let faults: Vec<_> = unheard
        .map(|workflow| format!("{} may be sent, and received by nobody", workflow.id))
        .collect();
    let rights = Rung::of(
        "rights",
        &faults,
        format!("{} workflows may be sent and received", workflows.len()),
        "say who receives it: restante workflow allow WORKFLOW --receive MAILBOX",
    );
    vec![Rung::holds("store", what), rights]
}

fn store_fault(words: &str) -> Rung {
    Rung::fails(
        "store",
        words,
        "docs/reference/operations.md says what each trouble of the store needs; never delete its files",
    )
}

/// The registry, or whether the PDS FHIR API can be reached.
async fn pds(config: &ServerConfig) -> Option<Rung> {
    let mut faults = Vec::new();
    let mut found = Vec::new();
    if config.demographics.source != Source::Fhir {
        let directory = wiring::registry_directory(&config.data);
        match registry(directory) {
            Ok(what) => found.push(what),
            Err(what) => faults.push(what),
        }
    }
    let fhir = config.demographics.fhir.as_ref();
    if let Some(fhir) = fhir.filter(|_| config.demographics.source != Source::Registry) {
        let url = fhir.base_url.clone();
        let reached = tokio::task::spawn_blocking(move || reach(&url)).await;
        match reached.unwrap_or_else(|_| Err("it could not be tried".to_owned())) {
            Ok(what) => found.push(what),
            Err(what) => faults.push(what),
        }
    }
    (!faults.is_empty() || !found.is_empty()).then(|| {
    Rung::of(
        "pds",
        &faults,
        found.join("; "),
        "import the registry anew (restante registry import), or look at [demographics.fhir] and at the network that \
         leads to PDS",
    )
    })
}

fn registry(directory: PathBuf) -> Result<String, String> {
    if !directory.is_dir() {
        return Ok("the registry is empty: restante registry import fills it".to_owned());
    }
    let status = pds::status(&directory).map_err(|error| format!("the registry: {error}"))?;
    Ok(match status.patients {
        Some(patients) => format!("the registry has {} patients", patients.rows),
        None => "the registry has no patients yet: restante registry import".to_owned(),
    })
}

fn reach(url: &str) -> Result<String, String> {
    let wrong = || format!("{url} is no URL of a host");
    let url: http::Uri = url.parse().map_err(|_| wrong())?;
    let host = url.host().ok_or_else(wrong)?.trim_matches(['[', ']']);
    let port = url
        .port_u16()
        .unwrap_or(if url.scheme_str() == Some("http") {
            80
        } else {
            443
        });
    let unknown = |error| format!("the PDS FHIR host {host} is not known: {error}");
    let mut addresses = (host, port).to_socket_addrs().map_err(unknown)?;
    let reached = addresses.any(|address| TcpStream::connect_timeout(&address, STEP).is_ok());
    match reached {
        true => Ok(format!("the PDS FHIR API at {host} takes connections")),
        false => Err(format!(
            "no connection to the PDS FHIR API at {host}, port {port}"
        )),
    }
}
