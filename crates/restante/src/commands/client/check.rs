//! `restante client --check [--connect]`: what the configuration means, and whether the server can be reached, without
//! starting anything.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use mesh_client::ClientError;
use mesh_client::agent::{directory_faults, disk_faults};
use mesh_client::api::Dates;
use mesh_client::config::{Loaded, describe};
use mesh_client::ladder::{self, Rung};
use nhs::{Clock, SystemClock, SystemRandomness};

use crate::commands::doctor;
use crate::error::Error;
use crate::output::{self, Format};

#[derive(serde::Serialize)]
struct Understood {
    understood: BTreeMap<String, String>,
    without_effect: Vec<String>,
    faults: Vec<String>,
    warnings: Vec<String>,
    /// The way to the server, with `--connect`.
    rungs: Vec<Rung>,
}

/// Also reads the files and secrets that the configuration names, and looks at the directories; exits 1 when one is at fault,
/// or the server cannot be reached.
pub async fn run(loaded: &Loaded, connect: bool, format: Format) -> Result<ExitCode, Error> {
    let lines = describe(&loaded.config);
    let mut faults = loaded.config.faults();
    faults.extend(directory_faults(&loaded.config));
    let mut warnings = Vec::new();
    match loaded.config.certificate_dates(SystemClock.now()) {
        Dates::Good => {}
        Dates::EndSoon(words) => warnings.push(words),
        Dates::Wrong(words) => faults.push(ClientError::Configuration(words)),
    }
    faults.extend(disk_faults(&loaded.config));
    let foreign = ladder::foreign_paths(&loaded.config);
    faults.extend(foreign.into_iter().map(ClientError::Configuration));
    let mut rungs = Vec::new();
    if connect {
        let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
        rungs = ladder::in_order(ladder::server(&loaded.config, clock, randomness).await);
    }
    let found = Understood {
        understood: lines.iter().cloned().collect(),
        without_effect: loaded.remarks.clone(),
        faults: faults.iter().map(ToString::to_string).collect(),
        warnings,
        rungs,
    };
    let kind = if loaded.is_java {
        "the Java client's meshclient.cfg"
    } else {
        "Restante's TOML"
    };
    output::print(format, &found, |out| {
        writeln!(out, "read as {kind}")?;
        for (name, words) in &lines {
            writeln!(out, "  {name}: {words}")?;
        }
        for remark in &found.without_effect {
            writeln!(out, "ignored: {remark}")?;
        }
        for warning in &found.warnings {
            writeln!(out, "warning: {warning}")?;
        }
        for fault in &found.faults {
            writeln!(out, "fault: {fault}")?;
        }
        if found.faults.is_empty() {
            writeln!(
                out,
                "the files, secrets and directories it names can be used"
            )?;
        }
        doctor::print(out, &found.rungs)
    })?;
    Ok(
        if faults.is_empty() && found.rungs.iter().all(|rung| rung.ok) {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        },
    )
}
