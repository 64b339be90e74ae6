//! `restante rehearse receiver`: good and bad messages for somebody's receiving system or, with `--self`, for our own, and
//! each answer held against the expected one.

mod carrier;
mod directories;
mod driving;
mod finishing;
mod mesh;
mod own;
mod planning;
mod printing;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{ArgGroup, Args};
use nhs::{MailboxId, OdsCode};
use rehearsal::Pack;
use rehearsal::receiver::PayloadName;

use crate::demo::addresses::Listening;
use crate::error::Error;
use crate::output::Format;
use crate::rehearse::{duration, places};

use self::carrier::Carrier;
use self::planning::Planning;

/// What `--payload` chooses.
type Payloads = &'static [PayloadName];

#[derive(Args)]
#[command(
    after_help = "Examples:\n  restante rehearse receiver --list-patients > patients.csv\n  \
    restante rehearse receiver --out pack --directories mailbox\n  \
    restante rehearse receiver --out pack --self\n\n\
    Exit codes: 0 nothing failed, 1 a case failed, 2 wrong usage"
)]
#[command(group(ArgGroup::new("way").args(["own", "directories", "config", "list_patients"]).required(true)))]
pub struct Arguments {
    /// The directory of the pack: absent or empty
    #[arg(long, value_name = "PACK", required_unless_present = "list_patients")]
    pub out: Option<PathBuf>,
    /// Restante's own receiving system is the one on trial
    #[arg(long = "self")]
    pub own: bool,
    /// Put pairs into DIR/IN and take answers from DIR/OUT, as a MESH client would: no MESH is needed
    #[arg(long, value_name = "DIR")]
    pub directories: Option<PathBuf>,
    /// Send from the mailbox of this client, and collect the answers there
    #[arg(long, value_name = "client.toml")]
    pub config: Option<PathBuf>,
    /// Print the patients that the system must know, as CSV, and send nothing
    #[arg(long)]
    pub list_patients: bool,
    /// What is sent: send-document, update-record, transfer-of-care or all [default: send-document; all with --self]
    #[arg(long, value_name = "PAYLOAD", value_parser = PayloadName::chosen)]
    pub payload: Option<Payloads>,
    /// Only this case, such as RX-N12
    #[arg(long, value_name = "ID")]
    pub case: Vec<String>,
    /// Of what the messages are made; the pack has that of its run [default: another each time]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How long nothing may come before what is not answered counts as missing [default: 2m; 10s with --self]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub answer_within: Option<Duration>,
    /// End after a time, such as 10m or 1h, whatever was seen by then
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub until: Option<Duration>,
    /// Your own test patients: nhs_number, family_name, given_names, date_of_birth, standing, since
    #[arg(long, value_name = "FILE.csv")]
    pub patients: Option<PathBuf>,
    /// Take NHS numbers below 900 000 0000 too, which may be a person's
    #[arg(long)]
    pub any_number: bool,
    /// The mailbox of the system on trial
    #[arg(long, value_name = "MAILBOX", default_value = "A20047OT001")]
    pub mailbox: MailboxId,
    /// The practice of the system on trial [default: the mailbox's]
    #[arg(long, value_name = "ODS", value_parser = OdsCode::parse)]
    pub practice: Option<OdsCode>,
    /// With --config, address each message by its patient: the exchange must know the patients [default: the mailbox]
    #[arg(long, requires = "config")]
    pub by_patient: bool,
    /// The longest message that your product takes, in bytes (RX-N23)
    #[arg(long, value_name = "BYTES")]
    pub limit: Option<u64>,
    /// An approved content type that your product cannot show (RX-N13)
    #[arg(long, value_name = "TYPE")]
    pub unshown: Option<String>,
    /// Your practice has Update Record switched off (RX-N21)
    #[arg(long)]
    pub update_record_off: bool,
    /// What the system on trial is called in the pack
    #[arg(long, value_name = "NAME")]
    pub name_of_system: Option<String>,
    #[command(flatten)]
    pub listening: Listening,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

pub async fn run(args: Arguments) -> Result<ExitCode, Error> {
    let planning = Planning::of(&args)?;
    let Some(out) = args.out.as_deref().filter(|_| !args.list_patients) else {
        printing::patients(&planning)?;
        return Ok(ExitCode::SUCCESS);
    };
    args.listening.check()?;
    Pack::check_free(out).map_err(|error| Error::Arguments(format!("--out {error}")))?;
    if let Some(dir) = &args.directories {
        places::are_apart(out, dir, "where messages are put")?;
    }
    let plan = planning.plan(&args)?;
    let mut carrier = Carrier::open(&args, &planning, &plan).await?;
    // before the first message, so that no work is lost for want of a place for its pack
    let pack = Pack::create(out)?;
    let told = printing::opening(&args, &planning, &plan);
    let driven = driving::drive(&args, &planning, plan, &mut carrier, told).await;
    let way = carrier.way();
    carrier.close().await;
    let finished = finishing::write(&args, &planning, &driven?, way, pack)?;
    printing::closing(&args, &finished)?;
    Ok(if finished.is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
