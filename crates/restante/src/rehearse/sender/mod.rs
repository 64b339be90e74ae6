//! `restante rehearse sender`: an exchange, a registry of test patients and a receiving practice that answers as the NHS's
//! harness does, for somebody's sending system or, with `--self`, for our own.

mod content;
mod features;
mod finishing;
mod keeper;
mod own_sender;
mod page;
mod printing;
mod running;
mod watcher;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use rehearsal::Pack;
use rehearsal::sender::Way;
use send_document::Ruleset;

use crate::demo::addresses::Listening;
use crate::error::{self, Error};
use crate::output::Format;
use crate::rehearse::{duration, places};
use crate::wiring;

use self::features::Features;
use self::finishing::Finished;
use self::running::Running;

#[derive(Args)]
#[command(after_help = "Examples:\n  restante rehearse sender --out pack\n  \
    restante rehearse sender --out pack --ruleset 2.0 --self\n\n\
    Exit codes: 0 nothing failed, 1 a row or a script failed, 2 wrong usage")]
pub struct Arguments {
    /// The directory of the pack: absent or empty
    #[arg(long, value_name = "PACK")]
    pub out: PathBuf,
    /// Restante's own sending system is the one on trial
    #[arg(long = "self")]
    pub own: bool,
    /// Where exchange and partner are kept, and DIR/connect is made [default: a new directory among the temporary files]
    #[arg(long)]
    pub dir: Option<PathBuf>,
    #[command(flatten)]
    pub listening: Listening,
    /// The rules of Send Document that the system is to keep: 1.3 or 2.0
    #[arg(long, value_name = "RULES", default_value = "2.0")]
    pub ruleset: Ruleset,
    /// A feature of the NHS in Gherkin: its scenarios say which scripts are asked for
    #[arg(long, value_name = "FILE")]
    pub feature: Vec<PathBuf>,
    /// Your own test patients: nhs_number, family_name, given_names, date_of_birth
    #[arg(long, value_name = "FILE.csv")]
    pub patients: Option<PathBuf>,
    /// Take NHS numbers below 900 000 0000 too, which may be a person's
    #[arg(long)]
    pub any_number: bool,
    /// How the system reaches MESH [default: what its client says of itself]
    #[arg(long, value_enum)]
    pub way: Option<StatedWay>,
    /// What the system on trial is called in the pack
    #[arg(long, value_name = "NAME")]
    pub name_of_system: Option<String>,
    /// End after a time, such as 90s, 10m or 1h, whatever was seen by then
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub until: Option<Duration>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How a system reaches MESH.
#[derive(Clone, Copy, ValueEnum)]
pub enum StatedWay {
    /// Through a MESH client and its directories
    Client,
    /// Through the API
    Api,
}

impl From<StatedWay> for Way {
    fn from(stated: StatedWay) -> Self {
        match stated {
            StatedWay::Client => Self::Client,
            StatedWay::Api => Self::Api,
        }
    }
}

pub async fn run(args: Arguments) -> Result<ExitCode, Error> {
    args.listening.check()?;
    Pack::check_free(&args.out).map_err(|error| Error::Arguments(format!("--out {error}")))?;
    let features = features::read(&args.feature)?;
    let temporary = match args.dir {
        Some(_) => None,
        None => Some(wiring::temporary_directory("restante-rehearsal-")?),
    };
    let dir = match (&args.dir, &temporary) {
        (Some(dir), _) => dir.clone(),
        (None, Some(made)) => made.path().to_owned(),
        (None, None) => PathBuf::new(),
    };
    places::are_apart(&args.out, &dir, "where exchange and partner are kept")?;
    std::fs::create_dir_all(&dir).map_err(error::at(&dir))?;
    let dir = std::path::absolute(&dir).map_err(error::at(&dir))?;
    let running = Running::start(&dir, &args, &features).await?;
    let result = rehearsed(&args, &running, &features).await;
    running.stop().await;
    let finished = result?;
    printing::closing(&args, &finished)?;
    Ok(if finished.is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn rehearsed(
    args: &Arguments,
    running: &Running,
    features: &Features,
) -> Result<Finished, Error> {
    // before the first message, so that no work is lost for want of a place for its pack
    let pack = Pack::create(&args.out)?;
    printing::opening(args, running)?;
    finishing::wait(args, running).await?;
    finishing::write(args, running, features, pack).await
}
