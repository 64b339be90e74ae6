//! `restante client status`: what waits, what moves, what failed and why.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use mesh_client::agent::{
    Direction, FailedPair, HeldFile, MailboxSnapshot, MailboxStatus, NotReceived, TransferStatus,
    WaitingAgain, WaitingPairs, inspect,
};

use crate::error::Error;
use crate::output::{self, Format};

use super::load;

#[derive(Args)]
#[command(after_help = "Example: restante client status --config meshclient.cfg --format json")]
pub struct Arguments {
    /// The client's configuration
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Name the files too; a file's name may tell whom a message is about
    #[arg(long)]
    pub names: bool,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Looks at the directories, whether or not the client runs. Exits 1 when a mailbox is in trouble or
/// its directories cannot be read.
pub fn run(args: &Arguments) -> Result<ExitCode, Error> {
    let loaded = load::read(&args.config)?;
    let now = Timestamp::now();
    let mut snapshots = Vec::new();
    let mut well = true;
    for mailbox in &loaded.config.mailboxes {
        match inspect(mailbox, now) {
            Ok(mut found) => {
                if !args.names {
                    hide_names(&mut found);
                }
                snapshots.push(found);
            }
            Err(error) => {
                tracing::error!(mailbox = %mailbox.id, %error, "no status");
                well = false;
            }
        }
    }
    output::print(args.format, &snapshots, |out| {
        let mut snapshots = snapshots.iter();
        snapshots.try_for_each(|snapshot| mailbox(out, snapshot, now))
    })?;
    well &= snapshots
        .iter()
        .all(|snapshot| snapshot.trouble().is_none());
    Ok(if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A file's name may tell whom the message is about.
fn hide_names(snapshot: &mut MailboxSnapshot) {
    let held = snapshot.held_in_out.iter_mut();
    let again = snapshot.waiting_to_be_tried_again.iter_mut();
    let failed = snapshot.newest_failed.iter_mut();
    held.for_each(|file| file.name.clear());
    again.for_each(|pair| pair.name.clear());
    failed.for_each(|pair| pair.name.clear());
}

fn mailbox(out: &mut dyn Write, snapshot: &MailboxSnapshot, now: Timestamp) -> std::io::Result<()> {
    writeln!(out, "mailbox {}", snapshot.mailbox)?;
    agent(out, snapshot, now)?;
    waits(out, "OUT", &snapshot.waiting_in_out, "to be sent")?;
    snapshot
        .held_in_out
        .iter()
        .try_for_each(|file| held(out, file))?;
    for directory in &snapshot.second_spellings {
        writeln!(
            out,
            "  {directory} is not looked at, for there is another directory of that name in upper case"
        )?;
    }
    for pair in &snapshot.waiting_to_be_tried_again {
        waits_again(out, pair, now)?;
    }
    let moving = snapshot.agent.iter().filter(|_| snapshot.is_served);
    for transfer in moving.flat_map(|agent| &agent.transfers) {
        moves(out, transfer, now)?;
    }
    let agent = snapshot.agent.iter();
    agent
        .flat_map(|agent| &agent.not_received)
        .try_for_each(|message| not_received(out, message))?;
    waits(out, "IN", &snapshot.waiting_in_in, "for the application")?;
    match snapshot.failed {
        0 => writeln!(out, "  FAILED: nothing")?,
        count => writeln!(out, "  FAILED: {}, the newest:", pairs(count))?,
    }
    snapshot
        .newest_failed
        .iter()
        .try_for_each(|pair| failed(out, pair))
}

fn agent(out: &mut dyn Write, snapshot: &MailboxSnapshot, now: Timestamp) -> std::io::Result<()> {
    let Some(agent) = &snapshot.agent else {
        return writeln!(out, "  no client has served it yet");
    };
    let age = ago(agent.at, now);
    match (snapshot.is_served, agent.stopped) {
        (true, _) => writeln!(out, "  a client serves it")?,
        (false, true) => writeln!(out, "  no client serves it; the last one stopped {age}")?,
        (false, false) => writeln!(
            out,
            "  no client serves it; the last one was heard {age} and did not stop as it should"
        )?,
    }
    match agent.last_contact {
        Some(at) => writeln!(out, "  last contact with the server {}", ago(at, now))?,
        None => writeln!(out, "  no contact with the server since the client's start")?,
    }
    if snapshot.is_served {
        trouble(out, agent, now)?;
    }
    let certificate = agent.certificate.as_ref();
    if let Some(warning) = certificate.and_then(|certificate| certificate.warning.as_deref()) {
        writeln!(out, "  {warning}")?;
    }
    Ok(())
}

fn trouble(out: &mut dyn Write, agent: &MailboxStatus, now: Timestamp) -> std::io::Result<()> {
    if let Some(trouble) = &agent.trouble {
        let (since, code, words) = (ago(trouble.since, now), &trouble.code, &trouble.words);
        writeln!(out, "  in trouble since {since} (code {code}): {words}")?;
    }
    if let Some(seconds) = agent.clock_skew_seconds.filter(|skew| skew.abs() >= 60) {
        let way = if seconds > 0 { "behind" } else { "ahead of" };
        let span = span(seconds.abs());
        writeln!(out, "  this machine's clock is {span} {way} the server's")?;
    }
    if let Some(next) = agent.next_poll.filter(|next| *next > now) {
        let wait = span(next.duration_since(now).as_secs());
        writeln!(out, "  next poll in {wait}")?;
    }
    Ok(())
}

fn waits(
    out: &mut dyn Write,
    place: &str,
    waiting: &WaitingPairs,
    what: &str,
) -> std::io::Result<()> {
    match (waiting.count, waiting.oldest_seconds) {
        (0, _) => writeln!(out, "  {place}: nothing"),
        (count, Some(oldest)) => {
            let (pairs, oldest) = (pairs(count), span(oldest));
            writeln!(
                out,
                "  {place}: {pairs} waiting {what}, the oldest for {oldest}"
            )
        }
        (count, None) => writeln!(out, "  {place}: {} waiting {what}", pairs(count)),
    }
}

fn not_received(out: &mut dyn Write, left: &NotReceived) -> std::io::Result<()> {
    let NotReceived { message, why, .. } = left;
    let next = if left.given_up {
        "it is not fetched again"
    } else {
        "it is fetched again at the next poll"
    };
    writeln!(out, "  inbox: {message} was not received: {why}; {next}")
}

fn held(out: &mut dyn Write, file: &HeldFile) -> std::io::Result<()> {
    let (name, why) = (quoted(&file.name), &file.why);
    writeln!(out, "    a file{name} {why}")
}

fn waits_again(out: &mut dyn Write, pair: &WaitingAgain, now: Timestamp) -> std::io::Result<()> {
    let name = quoted(&pair.name);
    let since = match pair.first_try {
        Some(at) => format!("first tried {}", ago(at, now)),
        None => "not tried yet".to_owned(),
    };
    write!(out, "  TEMP: a pair{name} waits for its next try, {since}")?;
    if let Some((sent, total)) = pair.chunks.filter(|(_, total)| *total > 1) {
        write!(out, "; the server has {sent} of {total} chunks")?;
    }
    if let Some(why) = &pair.why {
        write!(out, ": {why}")?;
    }
    if pair.in_doubt {
        write!(
            out,
            "; it may have arrived, and the server will be asked first"
        )?;
    }
    writeln!(out)
}

fn moves(out: &mut dyn Write, transfer: &TransferStatus, now: Timestamp) -> std::io::Result<()> {
    let way = match transfer.direction {
        Direction::Send => "sending",
        Direction::Receive => "receiving",
    };
    let id = transfer.message.as_ref();
    let id = id.map_or_else(String::new, |id| format!(" {id}"));
    let bytes = transfer.bytes;
    let progress = match transfer.total_bytes.filter(|total| *total > 0) {
        Some(total) => {
            let percent = bytes.min(total) * 100 / total;
            format!("{bytes} of {total} bytes, {percent} %")
        }
        None => format!("{bytes} bytes"),
    };
    let (chunk, chunks) = (transfer.chunk, transfer.chunks);
    let chunk = if chunks > 1 {
        format!(", chunk {chunk} of {chunks}")
    } else {
        String::new()
    };
    let since = ago(transfer.since, now);
    writeln!(out, "  {way}{id}: {progress}{chunk}, begun {since}")
}

fn failed(out: &mut dyn Write, pair: &FailedPair) -> std::io::Result<()> {
    let name = quoted(&pair.name);
    let at = pair.at.as_deref().unwrap_or("at an unknown time");
    let (event, code, why) = (&pair.event, &pair.code, &pair.why);
    writeln!(out, "    {at} {event} {code}{name}: {why}")
}

fn quoted(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!(" '{name}'")
    }
}

fn pairs(count: usize) -> String {
    match count {
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    }
}

fn ago(at: Timestamp, now: Timestamp) -> String {
    match now.duration_since(at).as_secs() {
        seconds if seconds < 1 => "just now".to_owned(),
        seconds => format!("{} ago", span(seconds)),
    }
}

fn span(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
