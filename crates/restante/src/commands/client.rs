//! `restante client`: serves mailboxes' directories.

mod check;
mod operations;
mod reload;
mod status;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use mesh_client::config::{self, Loaded};
use mesh_client::{Agent, Cycle};
use nhs::{SystemClock, SystemRandomness};

use crate::cli::{Client, ClientCommand, Format};
use crate::error::Error;
use crate::output;

pub async fn run(args: Client) -> Result<ExitCode, Error> {
    if let Some(ClientCommand::Status(args)) = args.command {
        return status::run(&args);
    }
    let Some(path) = args.config else {
        return Err(Error::Usage("give --config FILE".to_owned()));
    };
    let loaded = read(&path)?;
    if args.check {
        return check::run(&loaded, args.format);
    }
    for remark in &loaded.remarks {
        tracing::warn!("meshclient.cfg: {remark}");
    }
    let listen = loaded.config.operations.filter(|_| !args.once);
    let files = loaded.config.files();
    let operations = match listen {
        Some(address) => Some(operations::bind(address).await?),
        None => None,
    };
    let agent = Agent::new(
        loaded.config,
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
        Arc::new(|_| ()),
    )?;
    let shutdown = super::until_told_to_stop()?;
    if args.once {
        return once(&agent.run_once_until(shutdown).await?, args.format);
    }
    let agent = Arc::new(agent);
    if let Some(server) = operations {
        operations::serve(server, agent.clone(), shutdown.clone())?;
    }
    let reloading = tokio::spawn(reload::watch(path, files, agent.clone()));
    agent.run(shutdown).await;
    reloading.abort();
    Ok(ExitCode::SUCCESS)
}

/// Either client's file, and the variables that override it.
fn read(path: &Path) -> Result<Loaded, Error> {
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Ok(config::load(path, variables)?)
}

#[derive(serde::Serialize)]
struct Counts {
    sent: usize,
    failed: usize,
    delayed: usize,
    received: usize,
    reports: usize,
    acknowledged: usize,
}

fn once(cycle: &Cycle, format: Format) -> Result<ExitCode, Error> {
    let counts = Counts {
        sent: cycle.sent,
        failed: cycle.failed,
        delayed: cycle.delayed,
        received: cycle.received,
        reports: cycle.reports,
        acknowledged: cycle.acknowledged,
    };
    output::print(format, &counts, |out| {
        writeln!(
            out,
            "sent {}, failed {}, delayed {}, received {}, reports {}",
            counts.sent, counts.failed, counts.delayed, counts.received, counts.reports
        )
    })?;
    let all_well = cycle.failed == 0 && cycle.delayed == 0;
    Ok(if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
