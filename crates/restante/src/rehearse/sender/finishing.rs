//! Waits for the end of a rehearsal, and writes what came of it.

use std::time::Duration;

use nhs::{Clock, SystemClock};
use rehearsal::pack::audit;
use rehearsal::sender::{self, Facts, Standing};
use rehearsal::{CaseResult, Claim, Counts, Pack, Verdict};
use send_document::Ruleset;
use serde_json::json;

use crate::error::Error;
use crate::wiring;

use super::Arguments;
use super::features::Features;
use super::running::Running;
use super::{own_sender, printing};

/// How long the last answers may take to be collected once all scripts are decided.
const LAST_ANSWERS: Duration = Duration::from_secs(10);
/// Lines of the exchange's audit trail read at once, and at most.
const PART: u32 = 1_000;
const MOST_LINES: usize = 50_000;

/// What came of a rehearsal.
pub struct Finished {
    pub counts: Counts,
    pub is_good: bool,
    pub files: usize,
    pub failed: Vec<CaseResult>,
    pub claim: Claim,
}

/// Waits until each script is decided, somebody ends it, or the time is over.
///
/// # Errors
///
/// When our own sender cannot send, or standard output is closed.
pub async fn wait(args: &Arguments, running: &Running) -> Result<(), Error> {
    let stop = wiring::stop_signal()?;
    let time_is_over = async {
        match args.until {
            Some(until) => tokio::time::sleep(until).await,
            None => std::future::pending().await,
        }
    };
    let own = async {
        match &running.own {
            Some(own) => own_sender::send_all(&own.practice, running, args.ruleset).await,
            None => Ok(()),
        }
    };
    let decided = async { tokio::try_join!(follow(args, running), own).map(|_| ()) };
    tokio::select! {
        decided = decided => decided?,
        () = stop.cancelled() => {}
        () = running.end.cancelled() => return Ok(()),
        () = time_is_over => return Ok(()),
    }
    Ok(())
}

/// Tells each change until all is decided and the last answers are collected.
async fn follow(args: &Arguments, running: &Running) -> Result<(), Error> {
    let mut changes = running.shared.changes();
    let mut told = printing::Told::default();
    loop {
        changes.mark_unchanged();
        let (standing, waits) = {
            let run = running.shared.run.lock();
            let answers = run.arrivals().iter().flat_map(|it| &it.answers);
            let waits = answers.clone().any(|it| it.collected.is_none());
            (Standing::of(&run, false), waits)
        };
        told.tell(args, &standing)?;
        if standing.is_decided() {
            if !waits {
                return Ok(());
            }
            if tokio::time::timeout(LAST_ANSWERS, changes.changed())
                .await
                .is_err()
            {
                return Ok(());
            }
        } else if changes.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// Writes the pack.
///
/// # Errors
///
/// When it cannot be written.
pub async fn write(
    args: &Arguments,
    running: &Running,
    features: &Features,
    pack: Pack,
) -> Result<Finished, Error> {
    let events = audit_events(running).await?;
    let (lines, head) = audit::chained(&events)?;
    let audit_head = format!("{} lines, head {head}", events.len());
    let command = command(args);
    let facts = Facts {
        claim: claim(args.ruleset),
        subject: subject(args),
        command: &command,
        mailbox: running.trial.as_str(),
        ended: SystemClock.now(),
        patients: &running.patients,
        features: &features.names,
        audit: &lines,
        audit_head: &audit_head,
    };
    let run = running.shared.run.lock();
    let files = tokio::task::block_in_place(|| sender::write(&run, &facts, pack))?;
    let standing = Standing::of(&run, true);
    let is_failed = |it: &&CaseResult| it.verdict == Verdict::Fail;
    let scripts = standing.outcome.scripts.iter().map(|it| &it.result);
    let failed = standing
        .outcome
        .rows
        .iter()
        .chain(scripts)
        .filter(is_failed);
    Ok(Finished {
        counts: standing.counts,
        is_good: standing.is_good(),
        files,
        failed: failed.cloned().collect(),
        claim: facts.claim,
    })
}

pub fn claim(ruleset: Ruleset) -> Claim {
    Claim {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        rules: match ruleset {
            Ruleset::V1_3 => "GP Connect Messaging Send Document 1.3",
            Ruleset::V2_0 => "Send Document 2.0.2",
        }
        .to_owned(),
    }
}

pub fn subject(args: &Arguments) -> &str {
    match &args.name_of_system {
        Some(name) => name,
        None if args.own => "Restante's own sending system",
        None => "A sending system",
    }
}

/// How it was started, without paths of this machine.
pub fn command(args: &Arguments) -> String {
    let mut words = vec![
        "restante rehearse sender --ruleset".to_owned(),
        args.ruleset.as_str().to_owned(),
    ];
    if args.own {
        words.push("--self".to_owned());
    }
    if !args.feature.is_empty() {
        words.push(format!("--feature ({} files)", args.feature.len()));
    }
    if args.patients.is_some() {
        words.push("--patients FILE.csv".to_owned());
    }
    if args.any_number {
        words.push("--any-number".to_owned());
    }
    words.join(" ")
}

/// The exchange's audit trail, the first line first.
async fn audit_events(running: &Running) -> Result<Vec<serde_json::Value>, Error> {
    let (mut events, mut before) = (Vec::new(), None);
    loop {
        let part = running.exchange.audit_page(before, PART).await?;
        let Some(last) = part.last().map(|line| line.number) else {
            break;
        };
        before = Some(last);
        events.extend(part.into_iter().map(|line| {
            json!({
                "number": line.number, "at": line.at, "actor": line.actor, "action": line.action,
                "subject": line.subject, "detail": line.detail,
            })
        }));
        if events.len() >= MOST_LINES {
            break;
        }
    }
    events.reverse();
    Ok(events)
}
