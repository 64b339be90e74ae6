//! `restante client`: serves mailboxes' directories.

pub mod beside;
mod check;
pub mod load;
mod operations;
mod reload;
mod status;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use mesh_client::{Agent, Cycle};
use nhs::{SystemClock, SystemRandomness};

use crate::error::Error;
use crate::logging;
use crate::output::{self, Format};
use crate::weakened;
use crate::wiring;

/// As the Java client calls it.
pub const LOG_FILE: &str = "mesh.log";

#[derive(Args)]
#[command(
    after_help = "Examples:\n  restante client --config meshclient.cfg\n  \
    restante client --config meshclient.cfg --check --connect\n  \
    restante client status --config meshclient.cfg"
)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Action>,
    /// The Java client's meshclient.cfg, or our TOML (docs/reference/configuration.md)
    #[arg(long, value_name = "FILE", required = true)]
    pub config: Option<PathBuf>,
    /// Send what is in OUT, collect what waits, and exit
    #[arg(long)]
    pub once: bool,
    /// Say what the configuration means, check the files it names, and exit
    #[arg(long, conflicts_with = "once")]
    pub check: bool,
    /// With --check: try the server too, step by step, and log each mailbox in
    #[arg(long, requires = "check")]
    pub connect: bool,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Subcommand)]
pub enum Action {
    /// Say what waits, what moves, what failed and why
    Status(status::Arguments),
}

pub async fn run(args: Arguments) -> Result<ExitCode, Error> {
    if let Some(Action::Status(args)) = args.command {
        return status::run(&args);
    }
    let Some(path) = args.config else {
        return Err(Error::Usage("give --config FILE".to_owned()));
    };
    let loaded = load::read(&path)?;
    if args.check {
        return check::run(&loaded, args.connect, args.format).await;
    }
    if let Some(directory) = loaded.config.log_directory() {
        logging::to_files_too(directory, LOG_FILE);
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
    let weakenings = weakened::of_client(&loaded.config);
    let agent = Agent::new(
        loaded.config,
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
        Arc::new(|_| ()),
    )?;
    let weakened = weakened::admit(weakenings)?;
    let shutdown = wiring::stop_signal()?;
    if args.once {
        return once(&agent.run_once_until(shutdown).await?, args.format);
    }
    let agent = Arc::new(agent);
    if let Some(server) = operations {
        operations::serve(server, agent.clone(), &weakened, shutdown.clone())?;
    }
    let reloading = tokio::spawn(reload::watch(path, files, agent.clone()));
    agent.run(shutdown).await;
    reloading.abort();
    Ok(ExitCode::SUCCESS)
}

#[derive(serde::Serialize)]
struct Counts {
    sent: usize,
    failed: usize,
    delayed: usize,
    received: usize,
    reports: usize,
    acknowledged: usize,
    /// Messages that wait in the inbox and could not be received; `client status` says why.
    not_received: usize,
}

fn once(cycle: &Cycle, format: Format) -> Result<ExitCode, Error> {
    let counts = Counts {
        sent: cycle.sent,
        failed: cycle.failed,
        delayed: cycle.delayed,
        received: cycle.received,
        reports: cycle.reports,
        acknowledged: cycle.acknowledged,
        not_received: cycle.not_received,
    };
    output::print(format, &counts, |out| {
        writeln!(
            out,
            "sent {}, failed {}, delayed {}, received {}, reports {}",
            counts.sent, counts.failed, counts.delayed, counts.received, counts.reports
        )?;
        match counts.not_received {
            0 => Ok(()),
            count => writeln!(
                out,
                "{count} in the inbox not received; `restante client status` says why"
            ),
        }
    })?;
    let all_well = cycle.failed == 0 && cycle.delayed == 0 && cycle.not_received == 0;
    Ok(if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
