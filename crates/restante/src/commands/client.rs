//! `restante client`: serves mailboxes' directories.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use mesh_client::config::AgentConfig;
use mesh_client::{Agent, Cycle, config};
use nhs::{SystemClock, SystemRandomness};

use crate::cli::{Client, Format};
use crate::error::Error;
use crate::output;

pub async fn run(args: Client) -> Result<ExitCode, Error> {
    let config = read(&args.config)?;
    let agent = Agent::new(
        config,
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
        Arc::new(|_| ()),
    )?;
    if !args.once {
        agent.run(super::until_told_to_stop()?).await;
        return Ok(ExitCode::SUCCESS);
    }
    let cycle = agent.run_once().await?;
    print(&cycle, args.format)?;
    let all_well = cycle.failed == 0 && cycle.delayed == 0;
    Ok(if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Either client's file, and the variables that override it.
fn read(path: &Path) -> Result<AgentConfig, Error> {
    let loaded = config::load(path, std::env::vars())?;
    for remark in loaded.remarks {
        tracing::warn!("meshclient.cfg: {remark}");
    }
    Ok(loaded.config)
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

fn print(cycle: &Cycle, format: Format) -> Result<(), Error> {
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
    })
}
