//! Rungs of every service that listens: its directories, its room, its addresses, its certificates.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use alerting::Alerting;
use https_listener::ListenerConfig;
use jiff::Timestamp;
use mesh_client::api::Dates;
use mesh_client::ladder::Rung;

use crate::certificates::Certificates;
use crate::error::Error;

/// Below this, or a twentieth of the file system, a store is in danger.
const MOST_RESERVE: u64 = 1 << 30;
const RESERVED_PART: u64 = 20;
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
const ALERTS_CURE: &str = "correct [alerting], or see that the network leads there; until then alerts are kept and not \
    sent. restante alert test --config FILE sends one";

/// Directories that are there and can be written, or can be made.
pub fn directories(named: &[(&str, &Path)]) -> Rung {
    let faults: Vec<_> = named
        .iter()
        .filter_map(|(key, path)| directory(key, path))
        .collect();
    let shown: Vec<_> = named
        .iter()
        .map(|(_, path)| path.display().to_string())
        .collect();
    Rung::of(
        "directories",
        &faults,
        format!("{} can be used, or will be made", shown.join(", ")),
        "make the directory, correct its path, or give the user that the service runs as the right to write there",
    )
}

fn directory(key: &str, path: &Path) -> Option<String> {
    let wrong = |what: &str| Some(format!("{key}, {}: {what}", path.display()));
    let text = path.to_string_lossy();
    if cfg!(unix) && (text.contains('\\') || text.chars().nth(1) == Some(':')) {
        return wrong("this is a path of Windows; one of this machine was expected");
    }
    if path.is_dir() {
        return match durable::can_write_in(path) {
            true => None,
            false => wrong("this user cannot write there"),
        };
    }
    if path.exists() {
        return wrong("it is a file, and a directory was expected");
    }
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    if !parent.is_dir() {
        return wrong("neither it nor the directory above it is there");
    }
    if !durable::can_write_in(parent) {
        return wrong("it is not there, and this user cannot make it");
    }
    None
}

/// The room where they are.
pub fn disk(paths: &[&Path]) -> Rung {
    let there = paths.iter().filter_map(|path| {
        let parts = path
            .ancestors()
            .map(|part| match part.as_os_str().is_empty() {
                true => Path::new("."),
                false => part,
            });
        parts.into_iter().find(|part| part.is_dir())
    });
    let faults: Vec<_> = there.filter_map(room).collect();
    Rung::of(
        "disk",
        &faults,
        "there is room where the data are",
        "free some room, or move the data to a larger file system",
    )
}

fn room(path: &Path) -> Option<String> {
    let space = match durable::space(path) {
        Ok(space) => space,
        Err(error) => return Some(error.to_string()),
    };
    let reserve = (space.total / RESERVED_PART).min(MOST_RESERVE);
    (space.free < reserve).then(|| {
        let (free, reserve) = (space.free >> 20, reserve >> 20);
        format!(
            "{}: {free} MiB are free, and {reserve} MiB are wanted in reserve",
            path.display()
        )
    })
}

/// Whether the addresses can be listened on, or are served already.
pub fn tcp(listeners: &[(&str, SocketAddr)]) -> Rung {
    let (mut faults, mut found) = (Vec::new(), Vec::new());
    for (name, address) in listeners {
        match TcpListener::bind(address) {
            Ok(_) => found.push(format!("{address} ({name}) is free to listen on")),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                match TcpStream::connect_timeout(address, ANSWER_WITHIN) {
                    Ok(_) => found.push(format!("{address} ({name}) is served")),
                    Err(_) => faults.push(format!(
                        "{address} ({name}) is taken by a program that does not answer"
                    )),
                }
            }
            Err(error) => faults.push(format!("{address} ({name}) cannot be listened on: {error}")),
        }
    }
    Rung::of(
        "tcp",
        &faults,
        found.join(", "),
        "give an address of this machine, or 0.0.0.0 for all, and a port of 1024 or more, or the right to a lower one",
    )
}

/// Whether the files of TLS can be used.
pub fn tls_faults(listeners: &[(&str, Option<&ListenerConfig>)]) -> Vec<String> {
    let tables = listeners.iter().filter_map(|(name, listener)| {
        let tls = listener.and_then(|listener| listener.tls.as_ref());
        tls.map(|tls| (name, tls))
    });
    let faults = tables.filter_map(|(name, tls)| {
        let error = tls.check().err()?;
        Some(format!("[{name}.tls]: {error}"))
    });
    faults.collect()
}

/// Whether the receivers of alerts can be reached; nothing where none is named. Nothing is sent.
pub async fn alerts(opened: Result<Option<Alerting>, Error>) -> Option<Rung> {
    let alerting = match opened {
        Ok(alerting) => alerting?,
        Err(error) => return Some(Rung::fails("alerts", error.to_string(), ALERTS_CURE)),
    };
    let (mut faults, mut found) = (Vec::new(), Vec::new());
    for (channel, answer) in alerting.reach().await {
        match answer {
            Ok(what) => found.push(format!("{channel}: {what}")),
            Err(error) => faults.push(format!("{channel}: {error}")),
        }
    }
    Some(Rung::of("alerts", &faults, found.join("; "), ALERTS_CURE))
}

/// The dates of the certificates that are shown and trusted; nothing where there is none.
pub fn certificate(
    listeners: &[(&'static str, Option<&ListenerConfig>)],
    now: Timestamp,
) -> Option<Rung> {
    let mut with_tls = listeners.iter().filter_map(|(_, listener)| *listener);
    if !with_tls.any(|listener| listener.tls.is_some()) {
        return None;
    }
    let found = Certificates::of(listeners).look(now);
    let wrong: Vec<_> = found
        .iter()
        .filter(|dates| matches!(dates, Dates::Wrong(_)))
        .filter_map(Dates::words)
        .map(str::to_owned)
        .collect();
    let soon: Vec<_> = found.iter().filter_map(Dates::words).collect();
    let good = match soon.is_empty() {
        true => "the certificates are valid for 30 days and more".to_owned(),
        false => soon.join("; "),
    };
    let cure = "have it renewed and put the new one in its place: it is taken without a restart";
    Some(Rung::of("certificate", &wrong, good, cure))
}
